/* SPDX-License-Identifier: MIT
 *
 * signal.c: the guest's signals. The host's kernel queues, blocks and ends by
 * them; a signal with a handler of the guest is caught here, noted in its thread,
 * and delivered between two guest instructions. From being noted until then the
 * host blocks all further ones, so that one place for it is enough.
 *
 * Reads and writes the guest's stack, and its cpu. In a handler of the host it
 * sets flags, or leaves the engine by siglongjmp, and never more.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "host.h"
#include "memory.h"
#include "thread.h"
#include "trace.h"

#define SIGNALS  64
#define BIT(sig) (1ull << ((sig)-1))
/* What the host never blocks: faults. */
#define FAULTS (BIT(SIGSEGV) | BIT(SIGBUS))

#define IGNORED_BY_DEFAULT (BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT))
#define STOPS_BY_DEFAULT   (BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))

/* As the guest's kernel has it. */
struct action {
    uint64_t handler; /* or SIG_DFL, SIG_IGN */
    uint64_t flags;
    uint64_t mask;
};

static struct action actions[SIGNALS + 1];
static pthread_mutex_t actions_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t return_code; /* where a handler returns to */

/* What a handler finds on its stack: the layout of RISC-V's kernel. */
struct frame {
    uint8_t info[128];
    struct {
        uint64_t flags;
        uint64_t link;
        uint64_t stack;
        uint64_t stack_flags;
        uint64_t stack_size;
        uint64_t mask;
        uint8_t reserved[120];
        uint64_t pc __attribute__((aligned(16)));
        uint64_t x[31]; /* from x1 */
        uint64_t f[32];
        uint32_t fcsr;
        uint8_t rest[12 + 256]; /* as long as registers of 128 bits would need */
    } context;
};

_Static_assert(sizeof(((struct frame *)0)->context) == 176 + 256 + 528, "the kernel's ucontext");

static void host_mask(uint64_t mask)
{
    mask &= ~FAULTS;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
}

void guest_signals_unblock(struct guest_thread *thread)
{
    host_mask(thread->blocked);
}

bool guest_signals_block(struct guest_thread *thread)
{
    host_mask(~0ull);
    return !(atomic_load(&thread->cpu.request) & REQUEST_SIGNAL);
}

/* A signal of the host that the guest has a handler for. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
    struct guest_cpu *cpu = guest_self();
    (void)sig;
    if (cpu == NULL)
        return;
    cpu->thread->pending = *info;
    atomic_fetch_or(&cpu->request, REQUEST_SIGNAL);
    host_call_interrupt(context);
    host_block_all(context);
}

/* A fault: of the guest, if the engine or a copy for it made it. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
    struct guest_cpu *cpu = guest_self();
    if (info->si_code <= 0) {
        on_signal(sig, info, context);
        return;
    }
    if (cpu != NULL && cpu->faulted != NULL &&
        (guest_engine->fault(cpu, context) || guest_access_at(host_pc(context)))) {
        cpu->thread->fault = *info;
        siglongjmp(*cpu->faulted, 1);
    }
    /* Ours: it happens again, and ends the process. */
    signal(sig, SIG_DFL);
}

static const char *fault_name(int sig)
{
    const char *name = sigabbrev_np(sig);
    return name != NULL ? name : "?";
}

/* Ends the process as the signal does by default. */
static _Noreturn void die(struct guest_cpu *cpu, const siginfo_t *info, bool own_fault)
{
    int sig = info->si_signo;
    if (own_fault)
        fprintf(stderr, "etch-guest: SIG%s at pc %#llx, address %#llx\n", fault_name(sig),
                (unsigned long long)cpu->pc, (unsigned long long)(uintptr_t)info->si_addr);
    host_signal_default(sig);
    syscall(SYS_tgkill, getpid(), gettid(), sig);
    uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
    _exit(128 + sig);
}

static void fill_frame(const struct guest_cpu *cpu, const siginfo_t *info, struct frame *frame)
{
    const struct guest_thread *thread = cpu->thread;
    memset(frame, 0, sizeof(*frame));
    memcpy(frame->info, info, sizeof(frame->info));
    frame->context.stack = (uintptr_t)thread->stack.ss_sp;
    frame->context.stack_flags = thread->stack.ss_flags;
    frame->context.stack_size = thread->stack.ss_size;
    frame->context.mask = thread->blocked;
    frame->context.pc = cpu->pc;
    memcpy(frame->context.x, &cpu->x[1], sizeof(frame->context.x));
    memcpy(frame->context.f, cpu->f, sizeof(frame->context.f));
    frame->context.fcsr = cpu->frm << 5 | cpu->fflags;
}

static bool on_alternate_stack(const struct guest_cpu *cpu)
{
    const stack_t *stack = &cpu->thread->stack;
    return !(stack->ss_flags & SS_DISABLE) && cpu->x[2] - (uintptr_t)stack->ss_sp <= stack->ss_size;
}

/* Starts the guest's handler. */
static void enter(struct guest_cpu *cpu, const siginfo_t *info, const struct action *action)
{
    struct guest_thread *thread = cpu->thread;
    int sig = info->si_signo;
    struct frame frame;
    uint64_t sp = cpu->x[2];
    if (thread->restarting && !(action->flags & SA_RESTART)) {
        cpu->x[10] = -EINTR;
        cpu->pc += 4;
    }
    thread->restarting = false;
    uint64_t from = cpu->pc;
    fill_frame(cpu, info, &frame);
    if ((action->flags & SA_ONSTACK) && !(thread->stack.ss_flags & SS_DISABLE) &&
        !on_alternate_stack(cpu))
        sp = (uintptr_t)thread->stack.ss_sp + thread->stack.ss_size;
    sp = (sp - sizeof(frame)) & ~15ull;
    if (guest_write(sp, &frame, sizeof(frame)) < 0) {
        siginfo_t overflow = {.si_signo = SIGSEGV, .si_code = SI_KERNEL, .si_addr = (void *)sp};
        die(cpu, &overflow, true);
    }
    thread->blocked |= action->mask | (action->flags & SA_NODEFER ? 0 : BIT(sig));
    thread->blocked &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
    cpu->reserved_address = UINT64_MAX;
    cpu->x[1] = return_code;
    cpu->x[2] = sp;
    cpu->x[10] = sig;
    cpu->x[11] = sp + offsetof(struct frame, info);
    cpu->x[12] = sp + offsetof(struct frame, context);
    cpu->pc = action->handler;
    trace_signal(cpu, from, (unsigned)sig);
}

static struct action action_of(int sig)
{
    pthread_mutex_lock(&actions_lock);
    struct action action = actions[sig];
    if (action.handler > 1 && (action.flags & SA_RESETHAND))
        actions[sig].handler = (uintptr_t)SIG_DFL;
    pthread_mutex_unlock(&actions_lock);
    return action;
}

void guest_signals_deliver(struct guest_cpu *cpu)
{
    struct guest_thread *thread = cpu->thread;
    siginfo_t info = thread->pending;
    struct action action = action_of(info.si_signo);
    uint64_t bit = BIT(info.si_signo);
    if (action.handler > 1)
        enter(cpu, &info, &action);
    else if (action.handler == (uintptr_t)SIG_DFL && (bit & STOPS_BY_DEFAULT))
        kill(getpid(), SIGSTOP);
    else if (action.handler == (uintptr_t)SIG_DFL && !(bit & IGNORED_BY_DEFAULT))
        die(cpu, &info, false);
    atomic_fetch_and(&cpu->request, ~REQUEST_SIGNAL);
    guest_signals_unblock(thread);
}

void guest_raise(struct guest_cpu *cpu, int sig, int code, uint64_t address)
{
    siginfo_t info = {.si_signo = sig, .si_code = code, .si_addr = (void *)address};
    trace_helper_settle(cpu);
    /* One that came from outside is delivered after it, on top. */
    bool pends = !guest_signals_block(cpu->thread);
    struct action action = action_of(sig);
    cpu->thread->restarting = false;
    if (action.handler <= 1 || (cpu->thread->blocked & BIT(sig)))
        die(cpu, &info, true);
    enter(cpu, &info, &action);
    if (!pends)
        guest_signals_unblock(cpu->thread);
}

/* Has the host's kernel do what the guest wants of a signal. */
static void host_action(int sig, const struct action *action)
{
    if (BIT(sig) & FAULTS) /* caught in any case */
        return;
    if (action->handler > 1)
        host_signal_catch(sig, on_signal, ~0ull,
                          SA_RESTART | (action->flags & (SA_NOCLDSTOP | SA_NOCLDWAIT)));
    else if (action->handler == (uintptr_t)SIG_IGN)
        host_signal_ignore(sig);
    else
        host_signal_default(sig);
}

void guest_signals_reclaim(void)
{
    pthread_mutex_lock(&actions_lock);
    for (int sig = 32; sig <= 33; sig++)
        host_action(sig, &actions[sig]);
    pthread_mutex_unlock(&actions_lock);
}

int64_t guest_sigaction(unsigned sig, uint64_t new, uint64_t old)
{
    struct action action = {0};
    if (sig < 1 || sig > SIGNALS || (new != 0 && (sig == SIGKILL || sig == SIGSTOP)))
        return -EINVAL;
    if (new != 0 && guest_read(&action, new, sizeof(action)) < 0)
        return -EFAULT;
    struct guest_thread *thread = guest_self()->thread;
    if (!guest_signals_block(thread))
        return -HOST_RESTART;
    pthread_mutex_lock(&actions_lock);
    struct action before = actions[sig];
    if (new != 0) {
        actions[sig] = action;
        host_action(sig, &action);
    }
    pthread_mutex_unlock(&actions_lock);
    guest_signals_unblock(thread);
    return old != 0 ? guest_write(old, &before, sizeof(before)) : 0;
}

int64_t guest_sigprocmask(struct guest_cpu *cpu, unsigned how, uint64_t set, uint64_t old)
{
    struct guest_thread *thread = cpu->thread;
    uint64_t mask = thread->blocked, change;
    if (set != 0) {
        if (guest_read(&change, set, sizeof(change)) < 0)
            return -EFAULT;
        if (how > SIG_SETMASK)
            return -EINVAL;
        if (!guest_signals_block(thread))
            return -HOST_RESTART;
        mask = how == SIG_BLOCK ? mask | change : how == SIG_UNBLOCK ? mask & ~change : change;
        mask &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
    }
    uint64_t before = thread->blocked;
    thread->blocked = mask;
    if (set != 0)
        guest_signals_unblock(thread);
    return old != 0 ? guest_write(old, &before, sizeof(before)) : 0;
}

int64_t guest_sigaltstack(struct guest_cpu *cpu, uint64_t stack, uint64_t old)
{
    stack_t now = cpu->thread->stack, next;
    bool busy = on_alternate_stack(cpu);
    if (stack != 0) {
        if (guest_read(&next, stack, sizeof(next)) < 0)
            return -EFAULT;
        if (busy)
            return -EPERM;
        if (next.ss_flags & ~(SS_DISABLE | SS_ONSTACK))
            return -EINVAL;
        if (!(next.ss_flags & SS_DISABLE) && next.ss_size < 2048)
            return -ENOMEM;
        cpu->thread->stack = next;
        cpu->thread->stack.ss_flags = next.ss_flags & SS_DISABLE;
    }
    now.ss_flags |= busy ? SS_ONSTACK : 0;
    return old != 0 ? guest_write(old, &now, sizeof(now)) : 0;
}

void guest_sigreturn(struct guest_cpu *cpu)
{
    struct guest_thread *thread = cpu->thread;
    struct frame frame;
    if (guest_read(&frame, cpu->x[2], sizeof(frame)) < 0) {
        guest_raise(cpu, SIGSEGV, SEGV_MAPERR, cpu->x[2]);
        return;
    }
    bool pends = !guest_signals_block(thread);
    thread->blocked = frame.context.mask & ~(BIT(SIGKILL) | BIT(SIGSTOP));
    thread->restarting = false;
    cpu->pc = frame.context.pc;
    memcpy(&cpu->x[1], frame.context.x, sizeof(frame.context.x));
    memcpy(cpu->f, frame.context.f, sizeof(frame.context.f));
    cpu->fflags = frame.context.fcsr & 31;
    cpu->frm = frame.context.fcsr >> 5 & 7;
    cpu->reserved_address = UINT64_MAX;
    if (!pends)
        guest_signals_unblock(thread);
}

static void lock_take(void)
{
    pthread_mutex_lock(&actions_lock);
}

static void lock_leave(void)
{
    pthread_mutex_unlock(&actions_lock);
}

int guest_signals_start(void)
{
    static const uint32_t code[] = {0x08b00893, 0x00000073}; /* li a7, 139; ecall */
    int64_t at =
        guest_mmap(0, GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0)
        return at;
    int failed = guest_write(at, code, sizeof(code));
    if (failed == 0)
        failed = guest_mprotect(at, GUEST_PAGE, PROT_READ | PROT_EXEC);
    return_code = at;
    uint64_t mask;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, 8);
    guest_self()->thread->blocked = mask;
    for (int sig = 1; sig <= SIGNALS; sig++) {
        if (host_signal_ignored(sig))
            actions[sig].handler = (uintptr_t)SIG_IGN;
    }
    /* A signal that comes while a fault is looked at is noted, as elsewhere. */
    host_signal_catch(SIGSEGV, on_fault, 0, SA_NODEFER);
    host_signal_catch(SIGBUS, on_fault, 0, SA_NODEFER);
    return failed < 0 ? failed : -pthread_atfork(lock_take, lock_leave, lock_leave);
}
