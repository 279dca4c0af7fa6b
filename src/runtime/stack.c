/* SPDX-License-Identifier: MIT
 *
 * stack.c: whether a function was left without returning: by longjmp out of a
 * signal handler.
 *
 * On one stack, a function whose frame lies below that of the one that runs has
 * been left. Between stacks nothing is known: a handler may run on one of its
 * own, a coroutine may be suspended. So both frames have to lie in the stack that
 * the thread was started with: below its thread-local variables, where both
 * glibc and musl put them, or, of a process's first thread, in [stack].
 *
 * Reads:  /proc/self/maps, once a thread.
 * Never:  says that a frame is gone to which somebody may return.
 */
#include "runtime/sys.h"
#include "runtime/write.h"

/* Two functions called from the same place differ by no more than this; a signal
 * handler lies below what it interrupts by more, its context between them. */
#define SLACK 512u
/* The kernel keeps so much below the first thread's stack free for it to grow. */
#define STACK_RESERVE (UINT32_C(128) << 20)

struct range {
    uintptr_t low, high; /* 0, 0: not looked for yet; 1, 1: not known */
};

static __thread struct range own __attribute__((tls_model("initial-exec")));

/* A line of maps: "LOW-HIGH PERMISSIONS OFFSET DEVICE INODE [NAME]". */
struct line {
    struct range range;
    uintptr_t number;
    unsigned numbers; /* of the two that were read */
    char name[5];     /* how a name in brackets begins */
    unsigned name_used;
};

static void line_take(struct line *l, char c)
{
    unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                            : 16;
    if (l->numbers < 2 && digit < 16) {
        l->number = l->number << 4 | digit;
    } else if (l->numbers < 2) {
        *(l->numbers++ == 0 ? &l->range.low : &l->range.high) = l->number;
        l->number = 0;
    } else if (c == '[' || l->name_used > 0) {
        if (l->name_used < sizeof(l->name))
            l->name[l->name_used++] = c;
    }
}

/* Whether the mapping is the thread's stack; narrows it to that. */
static bool line_is_stack(struct line *l, bool first_thread)
{
    uintptr_t tls = (uintptr_t)&own;
    if (tls >= l->range.low && tls < l->range.high) {
        l->range.high = tls;
        return !first_thread;
    }
    if (!first_thread || l->name_used != 5 || __builtin_memcmp(l->name, "[stac", 5) != 0)
        return false;
    l->range.low = l->range.high > STACK_RESERVE ? l->range.high - STACK_RESERVE : 0;
    return true;
}

static struct range find_own(void)
{
    struct range found = {1, 1};
    bool first_thread = sys_gettid() == sys_getpid();
    int fd = sys_openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    struct line line = {0};
    char data[512];
    long n;
    while (fd >= 0 && found.high == 1 && (n = sys_read(fd, data, sizeof(data))) > 0)
        for (long i = 0; i < n && found.high == 1; i++) {
            if (data[i] != '\n') {
                line_take(&line, data[i]);
                continue;
            }
            if (line_is_stack(&line, first_thread))
                found = line.range;
            line = (struct line){0};
        }
    sys_close(fd);
    return found;
}

static bool on_signal_stack(void)
{
    stack_t stack = {.ss_flags = 0};
    sys6(SYS_sigaltstack, 0, SYS_PTR(&stack), 0, 0, 0, 0);
    return (stack.ss_flags & SS_ONSTACK) != 0;
}

bool etch_frame_is_gone(uintptr_t then, uintptr_t now)
{
#if defined(ETCH_TSAN)
    /* The thread sanitizer holds signals back and calls their handlers itself, from
     * within the event, without a signal's context between them. */
    return false;
#endif
    if (now + SLACK <= then || on_signal_stack())
        return false;
    if (own.high == 0)
        own = find_own();
    return then >= own.low && then < own.high && now >= own.low && now < own.high;
}
