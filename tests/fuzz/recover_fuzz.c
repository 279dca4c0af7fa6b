/* SPDX-License-Identifier: MIT
 *
 * recover_fuzz.c: any bytes as what a killed process left: metadata, a stream
 * file and a side file, each behind a u32 with its size, and the pool. They are
 * read and recovered. Recovered again from the same pool, as after a kill in the
 * middle, the trace is the same to the byte.
 */
#include "files.h"
#include "format/pool.h"
#include "read/recover.h"

#define STREAM "t.ctf/stream-0"

static int recover(const unsigned char *pool, size_t size)
{
    struct etch_recovered result = {0};
    char *error;
    fuzz_write("pool", pool, size);
    int code = etch_recover(fuzz_path("pool"), &result, &error);
    if (code < 0)
        free(error);
    return code;
}

/* The bytes of a file; malloc'd. */
static unsigned char *contents(const char *path, size_t *size)
{
    FILE *f = fopen(fuzz_path(path), "rb");
    struct stat st = {0};
    if (f != NULL && fstat(fileno(f), &st) != 0)
        abort();
    *size = (size_t)st.st_size;
    unsigned char *data = malloc(*size + 1);
    if (data == NULL || (f != NULL && fread(data, 1, *size, f) != *size))
        abort();
    if (f != NULL)
        fclose(f);
    return data;
}

static void recover_twice(const unsigned char *pool, size_t size, const struct fuzz_part *side)
{
    static const char *const files[] = {"t.ctf/metadata", STREAM};
    unsigned char *first[2];
    size_t n[2];
    if (recover(pool, size) < 0)
        return;
    for (int i = 0; i < 2; i++)
        first[i] = contents(files[i], &n[i]);
    fuzz_write("meta", side->data, side->size);
    if (recover(pool, size) < 0)
        abort();
    for (int i = 0; i < 2; i++) {
        size_t again;
        unsigned char *second = contents(files[i], &again);
        if (again != n[i] || memcmp(first[i], second, again) != 0)
            abort();
        free(first[i]);
        free(second);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part metadata, stream, side;
    size_t all = size;
    fuzz_enter();
    if (!fuzz_take(&data, &size, &metadata) || !fuzz_take(&data, &size, &stream) ||
        !fuzz_take(&data, &size, &side) || size < sizeof(struct etch_pool_header))
        return 0;
    if (mkdir(fuzz_path("t.ctf"), 0700) != 0 && access(fuzz_path("t.ctf"), F_OK) != 0)
        abort();
    fuzz_write("t.ctf/metadata", metadata.data, metadata.size);
    fuzz_write(STREAM, stream.data, stream.size);
    fuzz_write("meta", side.data, side.size);
    unsigned char *pool = malloc(size);
    if (pool == NULL)
        return 0;
    memcpy(pool, data, size);
    struct etch_pool_header *header = (void *)pool;
    memset(header->trace_path, 0, sizeof(header->trace_path));
    memset(header->meta_path, 0, sizeof(header->meta_path));
    memset(header->ctf_path, 0, sizeof(header->ctf_path));
    snprintf(header->meta_path, sizeof(header->meta_path), "%s/meta", fuzz_folder);
    snprintf(header->ctf_path, sizeof(header->ctf_path), "%s/t.ctf", fuzz_folder);
    header->outputs = ETCH_OUT_CTF;
    fuzz_write("pool", pool, size);
    fuzz_read("pool", all);
    recover_twice(pool, size, &side);
    fuzz_read("t.ctf", 2 * all);
    free(pool);
    fuzz_remove("t.ctf");
    unlink(fuzz_path("pool"));
    return 0;
}
