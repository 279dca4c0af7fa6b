/* SPDX-License-Identifier: MIT
 *
 * heap.c: a preload library that traces malloc's family in programs that know
 * nothing of it:
 *
 *     etch record --preload heap -- git log
 *
 * Reads:  nothing but its arguments.
 * Writes: events.
 * Never:  allocates on its own. malloc is called by the loader before any
 *         constructor, by signal handlers and by forked children; glibc's own
 *         entries (__libc_malloc...) are there from the start, where dlsym()
 *         would itself allocate.
 *
 * An address is traced while it is ours: allocation after, free before the
 * call, so that no other thread's events on it come in between.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trace-heap.h"

#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *ptr);

/* The loader allocates before our constructor runs: the first call registers. */
static inline void heap_ready(void)
{
    static bool ready;
    if (__builtin_expect(!__atomic_load_n(&ready, __ATOMIC_RELAXED), 0)) {
        __atomic_store_n(&ready, true, __ATOMIC_RELAXED);
        etch_group_register(&etch_group_heap);
    }
}

EXPORT void *malloc(size_t size)
{
    heap_ready();
    void *ptr = __libc_malloc(size);
    trace_heap_malloc(size, ptr);
    return ptr;
}

EXPORT void *calloc(size_t count, size_t size)
{
    heap_ready();
    void *ptr = __libc_calloc(count, size);
    trace_heap_calloc(count, size, ptr);
    return ptr;
}

/* Not by way of realloc itself: another library may stand in front of ours. */
static void *resize(void *old, size_t size)
{
    heap_ready();
    void *ptr = __libc_realloc(old, size);
    trace_heap_realloc(old, size, ptr);
    return ptr;
}

EXPORT void *realloc(void *old, size_t size)
{
    return resize(old, size);
}

EXPORT void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        heap_ready();
        trace_heap_realloc(old, SIZE_MAX, NULL);
        errno = ENOMEM;
        return NULL;
    }
    return resize(old, bytes);
}

EXPORT void *memalign(size_t align, size_t size)
{
    heap_ready();
    void *ptr = __libc_memalign(align, size);
    trace_heap_memalign(align, size, ptr);
    return ptr;
}

EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
    heap_ready();
    if (align == 0 || align % sizeof(void *) != 0 || (align & (align - 1)) != 0)
        return EINVAL;
    int saved = errno;
    void *ptr = __libc_memalign(align, size);
    errno = saved;
    trace_heap_posix_memalign(align, size, ptr);
    if (ptr == NULL)
        return ENOMEM;
    *out = ptr;
    return 0;
}

/* Of a program that brings an allocator of its own: what it asks about is glibc's,
 * since our malloc is in front of its. */
EXPORT size_t malloc_usable_size(void *ptr)
{
    static size_t (*usable)(void *ptr);
    size_t (*now)(void *ptr) = __atomic_load_n(&usable, __ATOMIC_RELAXED);
    if (now == NULL) {
        void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
        *(void **)&now = libc == NULL ? NULL : dlsym(libc, "malloc_usable_size");
        __atomic_store_n(&usable, now, __ATOMIC_RELAXED);
    }
    return now == NULL ? 0 : now(ptr);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
    heap_ready();
    void *ptr = __libc_memalign(align, size);
    trace_heap_aligned_alloc(align, size, ptr);
    return ptr;
}

EXPORT void free(void *ptr)
{
    heap_ready();
    trace_heap_free(ptr);
    __libc_free(ptr);
}
