/* SPDX-License-Identifier: MIT
 *
 * bytes.h: files made byte by byte, for the tests of the readers.
 */
#ifndef ETCH_TESTS_BYTES_H
#define ETCH_TESTS_BYTES_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bytes {
    unsigned char *data;
    size_t n, capacity;
    bool swap; /* numbers in the other byte order */
};

static inline void put_bytes(struct bytes *b, const void *data, size_t n)
{
    if (b->n + n > b->capacity) {
        b->capacity = (b->n + n) * 2;
        b->data = realloc(b->data, b->capacity);
        if (b->data == NULL)
            abort();
    }
    if (n > 0)
        memcpy(b->data + b->n, data, n);
    b->n += n;
}

static inline void put_u64(struct bytes *b, uint64_t v)
{
    v = b->swap ? __builtin_bswap64(v) : v;
    put_bytes(b, &v, sizeof(v));
}

static inline void put_u32(struct bytes *b, uint32_t v)
{
    v = b->swap ? __builtin_bswap32(v) : v;
    put_bytes(b, &v, sizeof(v));
}

static inline void put_text(struct bytes *b, const char *s)
{
    put_bytes(b, s, strlen(s));
}

/* ---- the simple format ---- */

static inline void put_header(struct bytes *b, uint64_t version)
{
    put_u64(b, UINT64_MAX);
    put_u64(b, UINT64_C(0xf2b177cb0aa429b4));
    put_u64(b, version);
}

static inline void put_mapping(struct bytes *b, uint64_t id, const char *name)
{
    put_u64(b, 0);
    put_u64(b, id);
    put_u32(b, (uint32_t)strlen(name));
    put_text(b, name);
}

/* The head of an event of format 4 whose payload of `size` bytes follows. */
static inline void put_event(struct bytes *b, uint64_t id, uint64_t time, uint32_t size)
{
    put_u64(b, 1);
    put_u64(b, id);
    put_u64(b, time);
    put_u32(b, 24 + size);
    put_u32(b, 7);
}

static inline void put_string(struct bytes *b, const char *s)
{
    put_u32(b, (uint32_t)strlen(s));
    put_text(b, s);
}

/* ---- files ---- */

/* A new file: to cut and write an old one anew makes ext4 wait for the disk. */
static inline void write_at(const char *path, const void *data, size_t n)
{
    unlink(path);
    FILE *f = fopen(path, "wb");
    if (f == NULL || (n != 0 && fwrite(data, 1, n, f) != n) || fclose(f) != 0) {
        perror(path);
        abort();
    }
}

static inline void write_bytes(const char *path, const struct bytes *b)
{
    write_at(path, b->data, b->n);
}

static inline void write_text(const char *path, const char *text)
{
    write_at(path, text, strlen(text));
}

/* A folder of the test's own, entered; removed by leave_folder(). */
static inline void enter_folder(char path[32])
{
    /* Thousands of small files: in memory, where there is such a folder. */
    strcpy(path, access("/dev/shm", W_OK) == 0 ? "/dev/shm/etch-t-XXXXXX" : "/tmp/etch-t-XXXXXX");
    if (mkdtemp(path) == NULL || chdir(path) < 0)
        abort();
}

static inline void leave_folder(const char *path)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    if (chdir("/") < 0 || system(command) != 0)
        abort();
}

#endif
