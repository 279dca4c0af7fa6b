/* SPDX-License-Identifier: MIT
 *
 * tsdl_fuzz.c: any bytes as the metadata of a CTF trace; what is found in them
 * can be looked up.
 */
#include "files.h"
#include "read/tsdl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *error = NULL;
    struct fault fault = {NULL, &error};
    struct tsdl *tsdl;
    fuzz_enter();
    fuzz_write("metadata", data, size);
    int code = tsdl_open(&tsdl, fuzz_folder, &fault);
    if ((code < 0) != (error != NULL) || (tsdl != NULL && tsdl->whole > size))
        abort();
    free(error);
    for (uint64_t id = 0; tsdl != NULL && id < 64; id++)
        meta_find(&tsdl->meta, id, NULL);
    tsdl_close(tsdl);
    return 0;
}
