/* SPDX-License-Identifier: MIT
 *
 * tracee.c: see tracee.h.
 */
#include "tracee.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK UINT64_C(20) /* from one look at the clock to the next */

enum decision { DECIDE_NOTHING, DECIDE_RDTSC, DECIDE_CALL };

void tracee_fail(struct tracee *t, const char *format, ...)
{
    const struct thread *th = &t->threads[t->current];
    va_list ap;
    fprintf(stderr,
            "FAIL: moment %llu+%llu, thread %u at 0x%llx: ", (unsigned long long)t->now.decided,
            (unsigned long long)t->now.since, t->current, th->regs.rip);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    if (!t->ended)
        tracee_kill(t);
    exit(1);
}

/* ---- memory and registers ---- */

static void peek(struct tracee *t, uint64_t at, void *to, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)at, size};
    if (process_vm_readv(t->pid, &here, 1, &there, 1, 0) != (ssize_t)size)
        tracee_fail(t, "cannot read its memory at 0x%llx", (unsigned long long)at);
}

static void poke(struct tracee *t, uint64_t at, const void *from, size_t size)
{
    struct iovec here = {(void *)(uintptr_t)from, size}, there = {(void *)(uintptr_t)at, size};
    if (process_vm_writev(t->pid, &here, 1, &there, 1, 0) != (ssize_t)size)
        tracee_fail(t, "cannot write its memory at 0x%llx", (unsigned long long)at);
}

static void registers_get(struct tracee *t, struct thread *th)
{
    if (ptrace(PTRACE_GETREGS, th->tid, NULL, &th->regs) < 0)
        tracee_fail(t, "cannot read registers: %s", strerror(errno));
}

static void registers_set(struct tracee *t, struct thread *th)
{
    if (ptrace(PTRACE_SETREGS, th->tid, NULL, &th->regs) < 0)
        tracee_fail(t, "cannot write registers: %s", strerror(errno));
}

/* Whether the instruction at rip is one that we decide on. Code does not change:
 * each place is looked at once. */
static enum decision decision_at(struct tracee *t, uint64_t rip)
{
    static struct {
        uint64_t rip;
        enum decision decision;
    } known[1 << 14];
    size_t i = rip % (1 << 14);
    if (known[i].rip != rip) {
        uint8_t code[2] = {0, 0};
        peek(t, rip, code, sizeof(code));
        known[i].rip = rip;
        known[i].decision = code[0] != 0x0f   ? DECIDE_NOTHING
                            : code[1] == 0x31 ? DECIDE_RDTSC
                            : code[1] == 0x05 ? DECIDE_CALL
                                              : DECIDE_NOTHING;
    }
    return known[i].decision;
}

/* ---- running ---- */

static void thread_new(struct tracee *t, pid_t tid)
{
    int status;
    if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
        tracee_fail(t, "a new thread does not stop");
    for (unsigned i = 0; i < TRACEE_THREADS; i++)
        if (t->threads[i].tid == 0) {
            t->threads[i] = (struct thread){.tid = tid};
            registers_get(t, &t->threads[i]);
            return;
        }
    tracee_fail(t, "too many threads");
}

/* Lets a thread run until it stops, with a signal for it. Returns the signal
 * that it stopped by, or 0 if it is gone. */
static int thread_run(struct tracee *t, struct thread *th, enum __ptrace_request how, int signal)
{
    int status;
    if (ptrace(how, th->tid, NULL, (void *)(intptr_t)signal) < 0)
        tracee_fail(t, "cannot go on: %s", strerror(errno));
    if (waitpid(th->tid, &status, __WALL) != th->tid)
        tracee_fail(t, "waitpid: %s", strerror(errno));
    if (!WIFSTOPPED(status)) {
        if (th->tid == t->pid)
            tracee_fail(t, "it died: status 0x%x", status);
        th->tid = 0;
        return 0;
    }
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8)) {
        unsigned long tid;
        ptrace(PTRACE_GETEVENTMSG, th->tid, NULL, &tid);
        thread_new(t, (pid_t)tid);
        return thread_run(t, th, PTRACE_SINGLESTEP, 0);
    }
    registers_get(t, th);
    return WSTOPSIG(status);
}

bool tracee_is_ours(int signal)
{
    return signal == SIGUSR1 || signal == SIGUSR2;
}

static void single_step(struct tracee *t, struct thread *th, int signal)
{
    int got = thread_run(t, th, PTRACE_SINGLESTEP, signal);
    if (tracee_is_ours(got))
        got = thread_run(t, th, PTRACE_SINGLESTEP, got);
    if (got != 0 && got != SIGTRAP)
        tracee_fail(t, "it stopped by signal %d", got);
}

/* Full speed, up to an instruction that we decide on. */
static void run_fast(struct tracee *t, struct thread *th)
{
    if (decision_at(t, th->regs.rip) != DECIDE_NOTHING)
        return;
    int got = thread_run(t, th, PTRACE_SYSEMU, 0);
    if (tracee_is_ours(got))
        got = thread_run(t, th, PTRACE_SYSEMU, got);
    if (got == (SIGTRAP | 0x80)) { /* a system call, not carried out: back before it */
        th->regs.rip -= 2;
        th->regs.rax = th->regs.orig_rax;
        th->regs.orig_rax = UINT64_MAX;
        registers_set(t, th);
        /* The way out of the kernel is a step of its own. */
        uint64_t rip = th->regs.rip;
        if (thread_run(t, th, PTRACE_SINGLESTEP, 0) != SIGTRAP || th->regs.rip != rip)
            tracee_fail(t, "a system call that was not carried out went on");
    } else if (got != SIGSEGV || decision_at(t, th->regs.rip) != DECIDE_RDTSC) {
        tracee_fail(t, "it stopped by signal %d", got);
    }
}

/* ---- what we decide ---- */

/* Goes on behind the instruction, of two bytes, without it. */
static void answer(struct tracee *t, struct thread *th, uint64_t rax)
{
    th->regs.rax = rax;
    th->regs.rip += 2;
    registers_set(t, th);
}

static void answer_rdtsc(struct tracee *t, struct thread *th)
{
    t->clock += TICK;
    uint64_t now = t->clock;
    if (th == &t->threads[0]) {
        t->clock = now += (uint64_t)t->shared->jump;
        now -= (uint64_t)t->shared->slip;
        t->shared->jump = t->shared->slip = 0;
    }
    th->regs.rdx = now >> 32;
    answer(t, th, now & UINT32_MAX);
}

static void answer_clock(struct tracee *t, struct thread *th)
{
    t->clock += TICK;
    struct timespec now = {.tv_sec = (time_t)(t->clock / 1000000000u),
                           .tv_nsec = (long)(t->clock % 1000000000u)};
    if (th->regs.rdi == CLOCK_REALTIME)
        now.tv_sec += 1700000000;
    poke(t, th->regs.rsi, &now, sizeof(now));
    answer(t, th, 0);
}

/* What differs from machine to machine is read from files of ours. */
static void replace_path(struct tracee *t, struct thread *th)
{
    char path[PROOF_PATH];
    struct iovec here = {path, sizeof(path) - 1};
    struct iovec there = {(void *)(uintptr_t)th->regs.rsi, here.iov_len};
    ssize_t n = process_vm_readv(t->pid, &here, 1, &there, 1, 0);
    path[n > 0 ? n : 0] = '\0';
    const char *name = strrchr(path, '/');
    size_t at = name == NULL ? 0
                : strcmp(name, "/current_clocksource") == 0
                    ? offsetof(struct proof_shared, clock_source)
                : strcmp(name, "/boot_id") == 0 ? offsetof(struct proof_shared, boot_id)
                                                : 0;
    if (at != 0) {
        th->regs.rsi = PROOF_SHARED_AT + at;
        registers_set(t, th);
    }
}

static void answer_wait(struct tracee *t, struct thread *th)
{
    uint32_t word;
    peek(t, th->regs.rdi, &word, sizeof(word));
    if (word != (uint32_t)th->regs.rdx) {
        answer(t, th, (uint64_t)-EAGAIN);
        return;
    }
    struct timespec timeout;
    th->waiting = true;
    th->wait_at = th->regs.rdi;
    th->wait_for = word;
    th->timeout = -1;
    if (th->regs.r10 != 0) {
        peek(t, th->regs.r10, &timeout, sizeof(timeout));
        th->timeout = timeout.tv_sec * 1000000000 + timeout.tv_nsec;
    }
}

static void answer_call(struct tracee *t, struct thread *th)
{
    switch ((enum proof_call)th->regs.rax) {
    case PROOF_CALL_BEGIN:
    case PROOF_CALL_END:
        t->checked = th->regs.rax == PROOF_CALL_BEGIN;
        break;
    case PROOF_CALL_ROUND:
        t->round = t->threads[1].tid != 0;
        break;
    case PROOF_CALL_SIGNAL:
        t->signal = (int)th->regs.rdi;
        t->signal_in = th->regs.rsi;
        break;
    }
    answer(t, th, 0);
}

/* The process's last instruction: all its threads are to be waited for. */
static void end(struct tracee *t, struct thread *th)
{
    int status;
    pid_t pid;
    ptrace(PTRACE_CONT, th->tid, NULL, NULL);
    while ((pid = waitpid(-1, &status, __WALL)) > 0)
        if (pid == t->pid)
            t->status = status;
    t->ended = true;
}

/* Carries out, or answers, the instruction that the thread stands at. */
static void decide(struct tracee *t, struct thread *th, enum decision decision)
{
    uint64_t number = th->regs.rax, operation = th->regs.rsi & FUTEX_CMD_MASK;
    if (decision == DECIDE_RDTSC)
        answer_rdtsc(t, th);
    else if (number == SYS_clock_gettime)
        answer_clock(t, th);
    else if (number == SYS_futex && (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET))
        answer_wait(t, th);
    else if (number == SYS_futex && operation == FUTEX_WAKE)
        answer(t, th, 0); /* who waits looks at the word */
    else if (number >= PROOF_CALL_BEGIN && number <= PROOF_CALL_SIGNAL)
        answer_call(t, th);
    else {
        if (number == SYS_openat)
            replace_path(t, th);
        if (number == SYS_exit_group)
            end(t, th);
        else
            single_step(t, th, 0);
    }
}

/* ---- whose turn it is ---- */

static bool may_run(struct tracee *t, const struct thread *th)
{
    uint32_t word;
    if (th->tid == 0 || !th->waiting)
        return th->tid != 0;
    peek(t, th->wait_at, &word, sizeof(word));
    return word != th->wait_for;
}

static void wake(struct tracee *t, struct thread *th)
{
    if (!th->waiting)
        return;
    bool woken = may_run(t, th);
    th->waiting = false;
    if (!woken)
        t->clock += (uint64_t)th->timeout;
    answer(t, th, woken ? 0 : (uint64_t)-ETIMEDOUT);
}

/* Who else runs when the current thread waits: the worker's threads before the
 * drain; where all wait, the drain's time is up first. */
static unsigned choose(struct tracee *t)
{
    for (unsigned i = 0; i < TRACEE_THREADS; i++)
        if (i != 1 && may_run(t, &t->threads[i]))
            return i;
    if (t->threads[1].tid != 0 && (may_run(t, &t->threads[1]) || t->threads[1].timeout >= 0))
        return 1;
    for (unsigned i = 0; i < TRACEE_THREADS; i++)
        if (t->threads[i].tid != 0 && t->threads[i].timeout >= 0)
            return i;
    tracee_fail(t, "all threads wait for ever");
}

static uint32_t random_below(struct tracee *t, uint32_t n)
{
    t->random = t->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((t->random >> 33) % n);
}

void tracee_schedule(struct tracee *t)
{
    struct thread *th = &t->threads[t->current], *drain = &t->threads[1];
    if (t->round && t->current != 1) {
        t->current = 1;
    } else if (t->round && (drain->tid == 0 || drain->waiting)) {
        t->round = false;
        t->current = choose(t);
    } else if (!t->round && t->checked && t->shared->interleave != 0 && drain->tid != 0) {
        if (t->turn == 0)
            t->turn = 1 + random_below(t, t->shared->interleave);
        t->current = --t->turn == 0 && may_run(t, &t->threads[0]) ? 0 : 1;
    } else if (th->tid == 0 || th->waiting) {
        t->current = choose(t);
    }
    wake(t, &t->threads[t->current]);
}

bool tracee_step(struct tracee *t, bool fast)
{
    if (t->ended)
        return false;
    tracee_schedule(t);
    struct thread *th = &t->threads[t->current];
    if (fast && t->signal == 0 && (!t->checked || t->shared->interleave == 0))
        run_fast(t, th);
    enum decision decision = decision_at(t, th->regs.rip);
    int signal = 0;
    if (t->signal != 0 && t->current == 0 && t->signal_in-- == 0) {
        signal = t->signal;
        t->signal = 0;
    }
    t->steps += t->checked;
    if (decision != DECIDE_NOTHING && signal == 0) {
        t->now.decided++;
        t->now.since = 0;
        decide(t, th, decision);
    } else {
        t->now.since++;
        single_step(t, th, signal);
    }
    return !t->ended;
}

/* ---- life ---- */

void tracee_start(struct tracee *t, const char *folder, char *const argv[], char *const envp[],
                  struct proof_shared *shared)
{
    int status;
    *t = (struct tracee){.shared = shared, .clock = UINT64_C(5000000000000), .random = 1};
    t->pid = fork();
    if (t->pid == 0) {
        personality(ADDR_NO_RANDOMIZE);
        if (chdir(folder) < 0)
            _exit(96);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
            _exit(77);
        execve(argv[0], argv, envp);
        _exit(97);
    }
    t->threads[0].tid = t->pid;
    /* The stop of execve, then the worker's own. */
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            ptrace(PTRACE_CONT, t->pid, NULL, NULL);
        if (waitpid(t->pid, &status, __WALL) == t->pid && WIFEXITED(status) &&
            WEXITSTATUS(status) == 77) {
            fprintf(stderr, "SKIP: the kernel forbids ptrace\n");
            exit(77);
        }
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != (i == 0 ? SIGTRAP : SIGSTOP))
            tracee_fail(t, "the worker does not start: status 0x%x", status);
    }
    ptrace(PTRACE_SETOPTIONS, t->pid, NULL,
           (void *)(PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    registers_get(t, &t->threads[0]);
}

void tracee_kill(struct tracee *t)
{
    kill(t->pid, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0)
        ;
    t->ended = true;
}
