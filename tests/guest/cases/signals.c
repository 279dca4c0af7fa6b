/* SPDX-License-Identifier: MIT
 *
 * signals.c: signals of a guest: faults with their addresses and registers, calls
 * that are interrupted, masks, stacks, jumps out of handlers.
 */
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t count;
static volatile uintptr_t address, place;
static volatile int code;
static sigjmp_buf back;

static void catch (int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    CHECK(sigaction(sig, &action, NULL) == 0);
}

static void note(int sig, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    (void)sig;
    count++;
    code = info->si_code;
    address = (uintptr_t)info->si_addr;
    place = u->uc_mcontext.__gregs[0];
    /* The handler's arithmetic is its own: what it interrupted keeps registers and
     * rounding. */
    fesetround(FE_UPWARD);
    volatile double one = 1, three = 3;
    one /= three;
}

/* Goes on behind the instruction, with a register changed. */
static void skip(int sig, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    uint16_t *at = (uint16_t *)u->uc_mcontext.__gregs[0];
    note(sig, info, context);
    u->uc_mcontext.__gregs[0] += (*at & 3) == 3 ? 4 : 2;
    u->uc_mcontext.__gregs[10] = 4711;
}

static void leave(int sig, siginfo_t *info, void *context)
{
    note(sig, info, context);
    siglongjmp(back, 1);
}

static void faults(void)
{
    register long a0 __asm__("a0") = 1;
    double kept = 1.5;
    catch (SIGSEGV, skip, 0);
    /* Registers that were written before the fault are there, later ones not. */
    register long t1 __asm__("t1") = 0;
    __asm__ volatile("li t1, 5\n"
                     "fault: ld a0, 24(zero)\n"
                     "addi t1, t1, 1\n"
                     : "+r"(a0), "+r"(t1)
                     :
                     : "memory");
    extern char fault[];
    CHECK(a0 == 4711 && t1 == 6 && count == 1);
    CHECK(address == 24 && place == (uintptr_t)fault && code == SEGV_MAPERR);
    CHECK(kept == 1.5 && fegetround() == FE_TONEAREST);

    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    catch (SIGSEGV, leave, 0);
    if (sigsetjmp(back, 1) == 0)
        *(volatile char *)(page + 5) = 1;
    CHECK(count == 2 && address == (uintptr_t)page + 5 && code == SEGV_ACCERR);

    /* A file's page behind its end. */
    FILE *file = tmpfile();
    char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 0);
    catch (SIGBUS, leave, 0);
    if (sigsetjmp(back, 1) == 0)
        (void)*(volatile char *)map;
    CHECK(count == 3 && address == (uintptr_t)map);

    catch (SIGILL, leave, 0);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile(".4byte 0xffffffff");
    CHECK(count == 4 && code == ILL_ILLOPC);
    catch (SIGTRAP, leave, 0);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ebreak");
    CHECK(count == 5 && code == TRAP_BRKPT);

    /* What may not be executed: nothing, and data. */
    catch (SIGSEGV, leave, 0);
    if (sigsetjmp(back, 1) == 0)
        ((void (*)(void))0x123450)();
    CHECK(count == 6 && place == 0x123450);
    if (sigsetjmp(back, 1) == 0)
        ((void (*)(void))page)();
    CHECK(count == 7 && place == (uintptr_t)page);
}

/* Faults in both hosts' ways: an address that is none. */
static void wild(void)
{
    catch (SIGSEGV, leave, 0);
    count = 0;
    if (sigsetjmp(back, 1) == 0)
        *(volatile long *)0x8000000000000010 = 1;
    CHECK(count == 1);
}

static void overflow_handler(int sig, siginfo_t *info, void *context)
{
    char here;
    stack_t now;
    CHECK(sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK));
    CHECK(&here >= (char *)now.ss_sp && &here < (char *)now.ss_sp + now.ss_size);
    leave(sig, info, context);
}

static int recurse(int depth)
{
    volatile char room[4096];
    room[0] = depth;
    return depth < 0 ? 0 : recurse(depth + 1) + room[0];
}

static void overflow(void)
{
    static char alternate[65536];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
    CHECK(sigaltstack(&stack, NULL) == 0);
    catch (SIGSEGV, overflow_handler, SA_ONSTACK);
    count = 0;
    if (sigsetjmp(back, 1) == 0)
        recurse(0);
    CHECK(count == 1);
}

static void alarm_in(long microseconds)
{
    struct itimerval timer = {.it_value = {0, microseconds}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static int pipe_ends[2];
static void feed(int sig, siginfo_t *info, void *context)
{
    note(sig, info, context);
    CHECK(write(pipe_ends[1], "x", 1) == 1);
}

static void interrupted(void)
{
    char c;
    CHECK(pipe(pipe_ends) == 0);
    count = 0;
    catch (SIGALRM, note, 0);
    alarm_in(20000);
    errno = 0;
    CHECK(read(pipe_ends[0], &c, 1) == -1 && errno == EINTR && count == 1);
    catch (SIGALRM, feed, SA_RESTART);
    alarm_in(20000);
    CHECK(read(pipe_ends[0], &c, 1) == 1 && c == 'x' && count == 2);
    catch (SIGALRM, note, SA_RESTART);
    alarm_in(20000);
    CHECK(pause() == -1 && errno == EINTR && count == 3);
    /* In a loop that calls nothing. */
    alarm_in(20000);
    while (count < 4)
        ;
}

static void masks(void)
{
    sigset_t set, old, pending;
    count = 0;
    catch (SIGUSR1, note, 0);
    catch (SIGRTMIN + 3, note, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
    union sigval value = {.sival_int = 42};
    for (int i = 0; i < 3; i++) {
        raise(SIGUSR1);
        CHECK(sigqueue(getpid(), SIGRTMIN + 3, value) == 0);
    }
    CHECK(count == 0 && sigpending(&pending) == 0);
    CHECK(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGRTMIN + 3));
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 3 && info.si_value.sival_int == 42);
    /* Of the rest one, and two. */
    CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0 && count == 3);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    raise(SIGUSR1);
    CHECK(sigsuspend(&old) == -1 && errno == EINTR && count == 4);
    CHECK(sigprocmask(SIG_SETMASK, NULL, &set) == 0 && sigismember(&set, SIGUSR1));
    CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
}

static pthread_t target;
static volatile sig_atomic_t there;
static void on_thread(int sig)
{
    (void)sig;
    there = pthread_equal(pthread_self(), target) ? 1 : 2;
}

static void *spin(void *argument)
{
    while (there == 0)
        ;
    return argument;
}

static void threads(void)
{
    signal(SIGUSR2, on_thread);
    CHECK(pthread_create(&target, NULL, spin, NULL) == 0);
    CHECK(pthread_kill(target, SIGUSR2) == 0);
    CHECK(pthread_join(target, NULL) == 0 && there == 1);
}

/* How a child ends that does `what`. */
static int status_of(void (*what)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGILL, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) != NULL)
            what();
        _exit(0);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static char *volatile nowhere = (char *)16;

static void fault_by_default(void)
{
    *nowhere = 1;
}

static void illegal_by_default(void)
{
    __asm__ volatile(".2byte 0");
}

static void killed(void)
{
    raise(SIGTERM);
}

static void aborted(void)
{
    abort();
}

static void fault_while_blocked(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    fault_by_default();
}

int main(void)
{
    faults();
    wild();
    overflow();
    interrupted();
    masks();
    threads();
    CHECK(status_of(fault_by_default) == SIGSEGV);
    CHECK(status_of(illegal_by_default) == SIGILL);
    CHECK(status_of(killed) == SIGTERM);
    CHECK(status_of(aborted) == SIGABRT);
    CHECK(status_of(fault_while_blocked) == SIGSEGV);
    printf("signals: all as it should be\n");
    return 0;
}
