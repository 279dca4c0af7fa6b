/* SPDX-License-Identifier: MIT
 *
 * ctf_fuzz.c: any bytes as a CTF trace: a u32 with the size of the metadata, they,
 * the same of one stream file, and the rest as another. What lies between the
 * packets is told once, so that reading ends.
 */
#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part metadata, stream;
    size_t all = size;
    fuzz_enter();
    if (!fuzz_take(&data, &size, &metadata) || !fuzz_take(&data, &size, &stream))
        return 0;
    fuzz_write("metadata", metadata.data, metadata.size);
    fuzz_write("stream-0", stream.data, stream.size);
    fuzz_write("stream-1.2", data, size);
    fuzz_read("", all);
    return 0;
}
