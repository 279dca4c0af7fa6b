/* SPDX-License-Identifier: MIT
 *
 * pool_fuzz.c: any bytes as the side file and the pool of a killed process: the
 * input is a u32 with the size of the side file, that file, the pool. The paths
 * within the pool are not the fuzzer's to choose: they are set to our own
 * files, where reading and recovering it end without a crash.
 */
#include "files.h"
#include "format/pool.h"
#include "read/recover.h"

static void set_path(char path[ETCH_POOL_PATH_MAX], const char *name)
{
    memset(path, 0, ETCH_POOL_PATH_MAX);
    snprintf(path, ETCH_POOL_PATH_MAX, "%s/%s", fuzz_folder, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part meta;
    fuzz_enter();
    if (!fuzz_take(&data, &size, &meta) || size < sizeof(struct etch_pool_header))
        return 0;
    fuzz_write("meta", meta.data, meta.size);
    unsigned char *pool = malloc(size);
    if (pool == NULL)
        return 0;
    memcpy(pool, data, size);
    struct etch_pool_header *header = (void *)pool;
    set_path(header->trace_path, "trace");
    set_path(header->meta_path, "meta");
    memset(header->ctf_path, 0, sizeof(header->ctf_path));
    header->outputs = ETCH_OUT_SIMPLE;
    fuzz_write("pool", pool, size);
    free(pool);
    /* A hostile pool may name one packet but once: events take four bytes. */
    fuzz_read("pool", size);
    struct etch_recovered result = {0};
    char *error;
    if (etch_recover(fuzz_path("pool"), &result, &error) < 0)
        free(error);
    unlink(fuzz_path("trace"));
    unlink(fuzz_path("pool"));
    return 0;
}
