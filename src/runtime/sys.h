/* SPDX-License-Identifier: MIT
 *
 * sys.h: system calls without libc: no errno, no cancellation, no TLS, so that
 * they work in the drain thread, in a signal handler inside malloc, and before
 * libc is initialised. Return the value or -errno.
 */
#ifndef ETCH_RUNTIME_SYS_H
#define ETCH_RUNTIME_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    long r;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(r)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}
#elif defined(__i386__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    long r;
    /* The sixth argument travels in the frame pointer. */
    __asm__ volatile("push %[f]\n\t"
                     "push %%ebp\n\t"
                     "mov 4(%%esp), %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%ebp\n\t"
                     "add $4, %%esp"
                     : "=a"(r)
                     : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [f] "m"(f)
                     : "memory");
    return r;
}
/* Calls that were given again for files, users and times of more than 32 bits. */
#undef SYS_fstat
#undef SYS_fcntl
#undef SYS_getuid
#undef SYS_clock_gettime
#define SYS_fstat         SYS_fstat64
#define SYS_fcntl         SYS_fcntl64
#define SYS_getuid        SYS_getuid32
#define SYS_clock_gettime SYS_clock_gettime64
_Static_assert(sizeof(off_t) == 8, "32 bits: compile with -D_FILE_OFFSET_BITS=64");
#elif defined(__aarch64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
#error "etch runs on x86-64, i386 and aarch64"
#endif

#define SYS_PTR(p) ((long)(intptr_t)(p))

static inline int sys_openat(int dir, const char *path, int flags, unsigned mode)
{
    return (int)sys6(SYS_openat, dir, SYS_PTR(path), flags, mode, 0, 0);
}

static inline int sys_close(int fd)
{
    return (int)sys6(SYS_close, fd, 0, 0, 0, 0, 0);
}

static inline long sys_read(int fd, void *data, size_t size)
{
    return sys6(SYS_read, fd, SYS_PTR(data), (long)size, 0, 0, 0);
}

static inline long sys_write(int fd, const void *data, size_t size)
{
    return sys6(SYS_write, fd, SYS_PTR(data), (long)size, 0, 0, 0);
}

static inline long sys_pwrite(int fd, const void *data, size_t size, uint64_t offset)
{
    /* 64 bits travel in two arguments where a register has 32; else the second is not
     * looked at. */
    return sys6(SYS_pwrite64, fd, SYS_PTR(data), (long)size, (long)offset, (long)(offset >> 32), 0);
}

static inline int sys_ftruncate(int fd, uint64_t size)
{
#if defined(__i386__)
    return (int)sys6(SYS_ftruncate64, fd, (long)size, (long)(size >> 32), 0, 0, 0);
#else
    return (int)sys6(SYS_ftruncate, fd, (long)size, 0, 0, 0, 0);
#endif
}

static inline int sys_fallocate(int fd, int mode, uint64_t offset, uint64_t size)
{
#if defined(__i386__)
    return (int)sys6(SYS_fallocate, fd, mode, (long)offset, (long)(offset >> 32), (long)size,
                     (long)(size >> 32));
#else
    return (int)sys6(SYS_fallocate, fd, mode, (long)offset, (long)size, 0, 0);
#endif
}

static inline int sys_unlinkat(int dir, const char *path)
{
    return (int)sys6(SYS_unlinkat, dir, SYS_PTR(path), 0, 0, 0, 0);
}

static inline int sys_mkdir(const char *path, unsigned mode)
{
    return (int)sys6(SYS_mkdirat, AT_FDCWD, SYS_PTR(path), mode, 0, 0, 0);
}

/* NULL on error. */
static inline void *sys_mmap(void *at, size_t size, int prot, int flags, int fd, uint64_t offset)
{
#if defined(__i386__)
    long r = sys6(SYS_mmap2, SYS_PTR(at), (long)size, prot, flags, fd, (long)(offset / 4096));
#else
    long r = sys6(SYS_mmap, SYS_PTR(at), (long)size, prot, flags, fd, (long)offset);
#endif
    return r < 0 && r > -4096 ? NULL : (void *)(intptr_t)r;
}

static inline void *sys_mmap_anonymous(size_t size)
{
    return sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
}

static inline int sys_munmap(void *at, size_t size)
{
    return (int)sys6(SYS_munmap, SYS_PTR(at), (long)size, 0, 0, 0, 0);
}

static inline int sys_madvise(void *at, size_t size, int advice)
{
    return (int)sys6(SYS_madvise, SYS_PTR(at), (long)size, advice, 0, 0, 0);
}

static inline int sys_getpid(void)
{
    return (int)sys6(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline int sys_getppid(void)
{
    return (int)sys6(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static inline int sys_gettid(void)
{
    return (int)sys6(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline unsigned sys_getuid(void)
{
    return (unsigned)sys6(SYS_getuid, 0, 0, 0, 0, 0, 0);
}

/* Whether thread `tid` of process `pid` is there: 0, or -ESRCH. */
static inline int sys_tgkill0(int pid, int tid)
{
    return (int)sys6(SYS_tgkill, pid, tid, 0, 0, 0, 0);
}

static inline uint64_t sys_clock_ns(clockid_t clock)
{
    struct {
        int64_t sec, nsec;
    } t = {0, 0};
    sys6(SYS_clock_gettime, clock, SYS_PTR(&t), 0, 0, 0, 0);
    return (uint64_t)t.sec * 1000000000u + (uint64_t)t.nsec;
}

static inline int sys_futex_wait(uint32_t *word, uint32_t value, const struct timespec *timeout)
{
    return (int)sys6(SYS_futex, SYS_PTR(word), FUTEX_WAIT, value, SYS_PTR(timeout), 0, 0);
}

static inline int sys_futex_wake(uint32_t *word, int count)
{
    return (int)sys6(SYS_futex, SYS_PTR(word), FUTEX_WAKE, count, 0, 0, 0);
}

/* Allows membarrier(PRIVATE_EXPEDITED) to this process: at once while it has one
 * thread, after a grace period of the kernel's (some 10 ms) later. */
static inline int sys_membarrier_register(void)
{
    return (int)sys6(SYS_membarrier, 16 /* REGISTER_PRIVATE_EXPEDITED */, 0, 0, 0, 0, 0);
}

/* The kernel's signal set: 64 bits on both architectures. */
typedef uint64_t sys_sigset;

static inline sys_sigset sys_block_signals(void)
{
    sys_sigset all = ~UINT64_C(0), old = 0;
    sys6(SYS_rt_sigprocmask, SIG_SETMASK, SYS_PTR(&all), SYS_PTR(&old), sizeof(all), 0, 0);
    return old;
}

static inline void sys_restore_signals(sys_sigset old)
{
    sys6(SYS_rt_sigprocmask, SIG_SETMASK, SYS_PTR(&old), 0, sizeof(old), 0, 0);
}

/* Takes a pending SIGXFSZ away while it is blocked: a small `ulimit -f` must
 * not kill the traced program for our file. */
static inline void sys_consume_sigxfsz(void)
{
    sys_sigset set = UINT64_C(1) << (SIGXFSZ - 1);
    struct timespec none = {0, 0};
    sys6(SYS_rt_sigtimedwait, SYS_PTR(&set), 0, SYS_PTR(&none), sizeof(set), 0, 0);
}

#endif
