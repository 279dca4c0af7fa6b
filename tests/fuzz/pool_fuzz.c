/* SPDX-License-Identifier: MIT
 *
 * pool_fuzz.c: any bytes as the side file and the pool of a killed process: the
 * input is a u32 with the size of the side file, that file, the pool. The paths
 * within the pool are not the fuzzer's to choose: they are set to our own
 * files, where reading and recovering it end without a crash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/pool.h"
#include "read/recover.h"
#include <etch/read.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[32], meta[64], pool_path[64], trace[64];

static void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    if (system(command) != 0)
        perror(folder);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        abort();
}

static void read_pool(const char *path, size_t size)
{
    static const struct etch_read_options options;
    static struct etch_record record;
    struct etch_reader *reader;
    char *error;
    if (etch_reader_open(&reader, &path, 1, &options, &error) < 0) {
        free(error);
        return;
    }
    for (size_t n = 0;; n++) {
        int got = etch_reader_next(reader, &record, &error);
        if (got == 0)
            break;
        /* A hostile pool may name one packet but once: events take four bytes. */
        if (n > size || (got < 0 && error == NULL))
            abort();
        if (got < 0)
            free(error);
    }
    etch_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (folder[0] == '\0') {
        strcpy(folder, "/tmp/etch-fuzz-XXXXXX");
        if (mkdtemp(folder) == NULL)
            abort();
        atexit(remove_folder);
        snprintf(meta, sizeof(meta), "%s/meta", folder);
        snprintf(pool_path, sizeof(pool_path), "%s/pool", folder);
        snprintf(trace, sizeof(trace), "%s/trace", folder);
    }
    uint32_t meta_size;
    if (size < sizeof(meta_size))
        return 0;
    memcpy(&meta_size, data, sizeof(meta_size));
    data += sizeof(meta_size);
    size -= sizeof(meta_size);
    if (meta_size > size || size - meta_size < sizeof(struct etch_pool_header))
        return 0;
    write_file(meta, data, meta_size);
    size -= meta_size;
    unsigned char *pool = malloc(size);
    if (pool == NULL)
        return 0;
    memcpy(pool, data + meta_size, size);
    struct etch_pool_header *header = (void *)pool;
    memset(header->trace_path, 0, sizeof(header->trace_path));
    memset(header->meta_path, 0, sizeof(header->meta_path));
    snprintf(header->trace_path, sizeof(header->trace_path), "%s", trace);
    snprintf(header->meta_path, sizeof(header->meta_path), "%s", meta);
    write_file(pool_path, pool, size);
    free(pool);
    read_pool(pool_path, size);
    struct etch_recovered result = {0};
    char *error;
    if (etch_recover(pool_path, &result, &error) < 0)
        free(error);
    unlink(trace);
    unlink(pool_path);
    return 0;
}
