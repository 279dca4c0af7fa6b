/* SPDX-License-Identifier: MIT
 *
 * count.c: an independent count of malloc's family, preloaded in front of the
 * heap example: every call is counted and passed on to the next library.
 *
 * Reads:  COUNT_FILE, from the kernel's copy of the environment.
 * Writes: that file, uint64_t[N_CALLS], shared by all processes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { MALLOC, CALLOC, REALLOC, FREE, MEMALIGN, POSIX_MEMALIGN, ALIGNED_ALLOC, N_CALLS };

static uint64_t nowhere[N_CALLS];

/* The loader allocates before there is an environment to look at. */
static uint64_t *open_counts(void)
{
    static char environment[65536];
    int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, environment, sizeof(environment) - 1);
    close(fd);
    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(environment + i) + 1) {
        if (strncmp(environment + i, "COUNT_FILE=", 11) != 0)
            continue;
        fd = open(environment + i + 11, O_RDWR | O_CLOEXEC);
        void *p = mmap(NULL, sizeof(nowhere), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        return p == MAP_FAILED ? nowhere : p;
    }
    return nowhere;
}

static void count(int call)
{
    static uint64_t *counts;
    int saved = errno;
    uint64_t *c = __atomic_load_n(&counts, __ATOMIC_ACQUIRE);
    if (c == NULL) {
        c = open_counts();
        __atomic_store_n(&counts, c, __ATOMIC_RELEASE);
    }
    __atomic_add_fetch(&c[call], 1, __ATOMIC_RELAXED);
    errno = saved;
}

/* The same name in the next library. */
#define NEXT(name, type)                                                                           \
    static type next;                                                                              \
    type f = __atomic_load_n(&next, __ATOMIC_RELAXED);                                             \
    if (f == NULL) {                                                                               \
        *(void **)&f = dlsym(RTLD_NEXT, #name);                                                    \
        __atomic_store_n(&next, f, __ATOMIC_RELAXED);                                              \
    }

typedef void *(*fn_size)(size_t);
typedef void *(*fn_sizes)(size_t, size_t);
typedef void *(*fn_realloc)(void *, size_t);
typedef void *(*fn_reallocarray)(void *, size_t, size_t);
typedef void (*fn_free)(void *);
typedef int (*fn_posix)(void **, size_t, size_t);

EXPORT void *malloc(size_t size)
{
    NEXT(malloc, fn_size)
    count(MALLOC);
    return f(size);
}

EXPORT void *calloc(size_t n, size_t size)
{
    NEXT(calloc, fn_sizes)
    count(CALLOC);
    return f(n, size);
}

EXPORT void *realloc(void *old, size_t size)
{
    NEXT(realloc, fn_realloc)
    count(REALLOC);
    return f(old, size);
}

EXPORT void *reallocarray(void *old, size_t n, size_t size)
{
    NEXT(reallocarray, fn_reallocarray)
    count(REALLOC);
    return f(old, n, size);
}

EXPORT void free(void *ptr)
{
    NEXT(free, fn_free)
    count(FREE);
    f(ptr);
}

EXPORT void *memalign(size_t align, size_t size);
EXPORT void *memalign(size_t align, size_t size)
{
    NEXT(memalign, fn_sizes)
    count(MEMALIGN);
    return f(align, size);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
    NEXT(aligned_alloc, fn_sizes)
    count(ALIGNED_ALLOC);
    return f(align, size);
}

/* A call that is refused for its alignment allocates nothing, and is no event. */
EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
    NEXT(posix_memalign, fn_posix)
    int r = f(out, align, size);
    if (r != EINVAL)
        count(POSIX_MEMALIGN);
    return r;
}
