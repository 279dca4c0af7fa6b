/* SPDX-License-Identifier: MIT
 *
 * note_fuzz.c: any bytes as an ELF file, and as a side file: declarations or a
 * message.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "read/in_meta.h"
#include "read/in_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32], *error = NULL;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct etch_decl_list list = {0};
    int r = etch_note_load(path, &list, &error);
    require((r < 0) == (error != NULL));
    for (size_t i = 0; i < list.n; i++)
        for (size_t k = 0; k < list.v[i].n_args; k++)
            require(list.v[i].args[k].type != NULL && list.v[i].args[k].name != NULL);
    etch_decl_list_free(&list);
    free(error);
    error = NULL;
    struct fault fault = {NULL, &error};
    struct meta *meta;
    r = meta_open(&meta, path, &fault);
    require(r == -ENOENT ? error == NULL : (r < 0) == (error != NULL)); /* none, or an empty one */
    free(error);
    if (meta != NULL) {
        for (uint64_t id = 0; id < 200; id++)
            meta_find(meta, id, NULL);
        meta_close(meta);
    }
    close(fd);
    return 0;
}
