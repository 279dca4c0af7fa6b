/* SPDX-License-Identifier: MIT
 *
 * files.h: what the targets share that read files: a folder of their own, and
 * parts of the input as files in it.
 */
#ifndef ETCH_TESTS_FUZZ_FILES_H
#define ETCH_TESTS_FUZZ_FILES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <etch/read.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_folder[64];

static void fuzz_leave(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", fuzz_folder);
    if (system(command) != 0)
        perror(fuzz_folder);
}

/* The folder is made, once. */
static inline void fuzz_enter(void)
{
    if (fuzz_folder[0] != '\0')
        return;
    strcpy(fuzz_folder, "/dev/shm/etch-fuzz-XXXXXX");
    if (mkdtemp(fuzz_folder) == NULL &&
        mkdtemp(strcpy(fuzz_folder, "/tmp/etch-fuzz-XXXXXX")) == NULL)
        abort();
    atexit(fuzz_leave);
}

/* A file of the folder; valid for the next seven calls. */
static inline const char *fuzz_path(const char *name)
{
    static char paths[8][128];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", fuzz_folder, name);
    return path;
}

static inline void fuzz_write(const char *name, const void *data, size_t size)
{
    FILE *f = fopen(fuzz_path(name), "wb");
    if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        abort();
}

/* Removes a folder of files. */
static inline void fuzz_remove(const char *name)
{
    DIR *dir = opendir(fuzz_path(name));
    if (dir == NULL)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    rmdir(fuzz_path(name));
}

/* A part of the input: a u32 with its size, and its bytes. False: there is none. */
struct fuzz_part {
    const uint8_t *data;
    size_t size;
};

static inline bool fuzz_take(const uint8_t **data, size_t *size, struct fuzz_part *part)
{
    uint32_t n;
    if (*size < sizeof(n))
        return false;
    memcpy(&n, *data, sizeof(n));
    if (n > *size - sizeof(n))
        return false;
    *part = (struct fuzz_part){*data + sizeof(n), n};
    *data += sizeof(n) + n;
    *size -= sizeof(n) + n;
    return true;
}

static volatile unsigned fuzz_looked; /* so that the looks are kept */

/* Looks at every byte that a record points to. */
static inline unsigned fuzz_look_at(const struct etch_record *r)
{
    unsigned sum = 0;
    if (r->n_values > ETCH_VALUES_MAX)
        abort();
    for (uint32_t i = 0; i < r->n_values; i++)
        for (uint32_t k = 0; k < r->length[i]; k++)
            sum += ((const unsigned char *)(uintptr_t)r->value[i])[k];
    return sum + (r->type == ETCH_RECORD_EVENT ? (unsigned)strlen(r->name) : 0);
}

/* Reads all of a trace; it has an end after so many records. */
static inline void fuzz_read_as(const char *path, const struct etch_read_options *options,
                                size_t most)
{
    static struct etch_record record;
    struct etch_reader *reader;
    char *error;
    if (etch_reader_open(&reader, &path, 1, options, &error) < 0) {
        if (error == NULL)
            abort();
        free(error);
        return;
    }
    for (size_t n = 0;; n++) {
        int got = etch_reader_next(reader, &record, &error);
        if (got == 0)
            break;
        if (n > most || (got < 0 && error == NULL))
            abort();
        if (got < 0)
            free(error);
        else
            fuzz_looked += fuzz_look_at(&record);
    }
    etch_reader_close(reader);
}

static inline void fuzz_read(const char *name, size_t most)
{
    static const struct etch_read_options options;
    fuzz_read_as(fuzz_path(name), &options, most);
}

#endif
