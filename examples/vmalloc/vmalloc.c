/* SPDX-License-Identifier: MIT
 *
 * vmalloc.c: an allocator of pages that traces what it does, and computes what
 * is costly only when somebody listens. Compiles as C and as C++.
 */
#include <etch/etch.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "trace-vmalloc.h"

#define BLOCKS 64

static struct block {
    void *ptr;
    size_t size;
} blocks[BLOCKS];

static void *qemu_vmalloc(size_t size)
{
    void *ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ptr == MAP_FAILED)
        ptr = NULL;
    for (unsigned i = 0; ptr != NULL && i < BLOCKS; i++)
        if (blocks[i].ptr == NULL) {
            blocks[i].ptr = ptr;
            blocks[i].size = size;
            break;
        }
    trace_qemu_vmalloc(size, ptr);
    return ptr;
}

static void qemu_vfree(void *ptr)
{
    trace_qemu_vfree(ptr);
    for (unsigned i = 0; ptr != NULL && i < BLOCKS; i++)
        if (blocks[i].ptr == ptr) {
            munmap(ptr, blocks[i].size);
            blocks[i].ptr = NULL;
        }
}

/* A walk over all blocks: too much for a program that nobody traces. */
static void summary(void)
{
    unsigned live = 0;
    size_t bytes = 0, largest = 0;
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (blocks[i].ptr == NULL)
            continue;
        live++;
        bytes += blocks[i].size;
        if (blocks[i].size > largest)
            largest = blocks[i].size;
    }
    trace_vmalloc_summary(live, bytes, largest);
}

int main(int argc, char **argv)
{
    for (char **a = argv + 1; a < argv + argc;) {
        int n = etch_option(a);
        if (n <= 0) {
            if (n == 0)
                fprintf(stderr, "usage: vmalloc [--trace PATTERN]...\n");
            return n == -ECANCELED ? 0 : 1;
        }
        a += n;
    }
    void *ptr[8];
    for (size_t i = 0; i < 8; i++)
        ptr[i] = qemu_vmalloc((i + 1) * 4096);
    /* At run time: is anybody listening? */
    if (trace_event_get_state_backends(TRACE_VMALLOC_SUMMARY))
        summary();
#if TRACE_QEMU_VMALLOC_ENABLED
    /* At build time: was the event declared `disable`? */
    for (size_t i = 0; i < 8; i += 2)
        qemu_vfree(ptr[i]);
#endif
    if (trace_event_get_state_backends(TRACE_VMALLOC_SUMMARY))
        summary();
    printf("vmalloc: done\n");
    return 0;
}
