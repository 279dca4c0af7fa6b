/* SPDX-License-Identifier: MIT
 *
 * thread.c: guest threads: each is a thread of the host that runs the engine and
 * does what the engine stops for.
 *
 * Reads and writes the cpu. Never holds a lock while guest code runs.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "events.h"
#include "memory.h"
#include "thread.h"
#include "trace.h"

#define HOST_STACK (1 << 20)

#ifdef __x86_64__
const struct guest_engine *guest_engine = &guest_translator;
#else
const struct guest_engine *guest_engine = &guest_interpreter;
#endif

static __thread struct guest_thread *self;
static atomic_int running; /* threads that have not ended */

struct guest_cpu *guest_self(void)
{
    return self != NULL ? &self->cpu : NULL;
}

struct guest_cpu *guest_first_thread(void)
{
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return NULL;
    self->tid = gettid();
    self->stack.ss_flags = SS_DISABLE;
    self->cpu.thread = self;
    self->cpu.reserved_address = UINT64_MAX;
    running = 1;
    return &self->cpu;
}

/* What the engine came back for. */
static void stopped(struct guest_cpu *cpu, enum guest_stop stop)
{
    uint64_t number;
    switch (stop) {
    case GUEST_ECALL:
        trace_syscall(cpu);
        number = events_syscall(cpu);
        cpu->pc += 4;
        guest_syscall(cpu);
        events_syscall_result(cpu, number);
        trace_result(cpu);
        break;
    case GUEST_EBREAK:
        guest_raise(cpu, SIGTRAP, TRAP_BRKPT, cpu->pc);
        break;
    case GUEST_ILLEGAL:
        guest_raise(cpu, SIGILL, ILL_ILLOPC, cpu->pc);
        break;
    case GUEST_FENCE_I:
        trace_step(cpu, cpu->pc, &(struct insn){.op = OP_FENCE_I, .length = 4, .raw = 0x100f});
        cpu->pc += 4;
        guest_engine->flush(cpu, 0, UINT64_MAX);
        break;
    case GUEST_MISALIGNED:
        guest_raise(cpu, SIGBUS, BUS_ADRALN, cpu->fault_address);
        break;
    case GUEST_NO_CODE:
        guest_raise(cpu, SIGSEGV,
                    guest_memory_allows(cpu->fault_address, 1, 0) ? SEGV_ACCERR : SEGV_MAPERR,
                    cpu->fault_address);
        break;
    case GUEST_REQUEST:
    case GUEST_GO:
        break;
    }
}

static void loop(struct guest_cpu *cpu)
{
    sigjmp_buf back;
    if (sigsetjmp(back, 0) != 0) {
        const siginfo_t *fault = &cpu->thread->fault;
        cpu->faulted = NULL;
        guest_raise(cpu, fault->si_signo, fault->si_code, (uintptr_t)fault->si_addr);
    }
    while (!cpu->thread->ended) {
        if (atomic_load(&cpu->request) & REQUEST_SIGNAL)
            guest_signals_deliver(cpu);
        cpu->faulted = &back;
        enum guest_stop stop = guest_engine->run(cpu);
        cpu->faulted = NULL;
        stopped(cpu, stop);
    }
}

static void futex_wake(uint64_t address)
{
    syscall(SYS_futex, address, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Marks a lock that the thread held as that of a dead owner. */
static void robust_release(uint64_t address, uint32_t tid)
{
    uint32_t word;
    if (address % 4 != 0 || guest_read(&word, address, sizeof(word)) < 0)
        return;
    if ((word & FUTEX_TID_MASK) != tid)
        return;
    word = (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
    if (guest_write(address, &word, sizeof(word)) == 0 && (word & FUTEX_WAITERS))
        futex_wake(address);
}

/* As the kernel does, and no further than it: the list is the guest's. */
static void robust_list(const struct guest_thread *thread)
{
    enum { MOST = 2048 };
    uint64_t head[3], entry; /* next, offset of the word, what was being locked */
    if (thread->robust_list == 0 || guest_read(head, thread->robust_list, sizeof(head)) < 0)
        return;
    entry = head[0];
    for (unsigned i = 0; i < MOST && entry != thread->robust_list; i++) {
        uint64_t next, at = entry & ~1ull;
        if (guest_read(&next, at, sizeof(next)) < 0)
            break;
        if (at != (head[2] & ~1ull))
            robust_release(at + head[1], thread->tid);
        entry = next;
    }
    if (head[2] != 0)
        robust_release((head[2] & ~1ull) + head[1], thread->tid);
}

void guest_thread_exit(struct guest_cpu *cpu, int status)
{
    if (atomic_fetch_sub(&running, 1) == 1)
        guest_exit(status);
    cpu->thread->ended = true;
}

/* Behind its last instruction. */
static void leave(struct guest_thread *thread)
{
    uint32_t zero = 0;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    guest_engine->thread_end(&thread->cpu);
    events_thread_end(&thread->cpu);
    robust_list(thread);
    /* Who joins it may go on from here, and exit. */
    if (thread->clear_tid != 0 && guest_write(thread->clear_tid, &zero, sizeof(zero)) == 0)
        futex_wake(thread->clear_tid);
    self = NULL;
    free(thread);
}

void guest_exit(int status)
{
    /* Two threads may come here; exit is one's. */
    static atomic_flag leaving = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&leaving))
        pause();
    if (guest_self() != NULL)
        events_thread_end(guest_self());
    exit(status);
}

void guest_main_loop(struct guest_cpu *cpu)
{
    guest_engine->thread_start(cpu);
    events_thread_start(cpu);
    guest_signals_unblock(cpu->thread);
    loop(cpu);
    leave(cpu->thread);
    pthread_exit(NULL);
}

struct start {
    struct guest_thread *thread;
    uint64_t parent_tid; /* where the child's tid is written; 0: nowhere */
    uint64_t child_tid;
    pid_t tid; /* the answer: the thread itself may be gone by then */
    sem_t ready;
};

static void write_tid(uint64_t address, pid_t tid)
{
    if (address != 0)
        guest_write(address, &tid, sizeof(tid));
}

static void *thread_main(void *argument)
{
    struct start *start = argument;
    struct guest_thread *thread = start->thread;
    self = thread;
    thread->tid = start->tid = gettid();
    write_tid(start->parent_tid, thread->tid);
    write_tid(start->child_tid, thread->tid);
    guest_engine->thread_start(&thread->cpu);
    events_thread_start(&thread->cpu);
    sem_post(&start->ready); /* `start` is gone from here on */
    guest_signals_unblock(thread);
    loop(&thread->cpu);
    leave(thread);
    return NULL;
}

/* The registers of a child: what its clone answers, its stack, its thread pointer. */
static void child_registers(struct guest_cpu *cpu, uint64_t flags, uint64_t stack, uint64_t tls)
{
    cpu->x[10] = 0;
    if (stack != 0)
        cpu->x[2] = stack;
    if (flags & CLONE_SETTLS)
        cpu->x[4] = tls;
    cpu->reserved_address = UINT64_MAX;
}

static struct guest_thread *thread_copy(const struct guest_cpu *cpu)
{
    struct guest_thread *thread = calloc(1, sizeof(*thread));
    if (thread == NULL)
        return NULL;
    memcpy(thread->cpu.x, cpu->x, sizeof(cpu->x));
    memcpy(thread->cpu.f, cpu->f, sizeof(cpu->f));
    thread->cpu.pc = cpu->pc;
    thread->cpu.fflags = cpu->fflags;
    thread->cpu.frm = cpu->frm;
    thread->cpu.thread = thread;
    thread->blocked = cpu->thread->blocked;
    thread->stack.ss_flags = SS_DISABLE;
    return thread;
}

int64_t guest_thread_clone(struct guest_cpu *cpu, uint64_t flags, uint64_t stack, uint64_t parent,
                           uint64_t tls, uint64_t child)
{
    struct start start = {.parent_tid = flags & CLONE_PARENT_SETTID ? parent : 0,
                          .child_tid = flags & CLONE_CHILD_SETTID ? child : 0};
    pthread_attr_t attributes;
    pthread_t thread;
    if (!guest_signals_block(cpu->thread))
        return -HOST_RESTART;
    start.thread = thread_copy(cpu);
    if (start.thread == NULL) {
        guest_signals_unblock(cpu->thread);
        return -ENOMEM;
    }
    child_registers(&start.thread->cpu, flags, stack, tls);
    if (flags & CLONE_CHILD_CLEARTID)
        start.thread->clear_tid = child;
    sem_init(&start.ready, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, HOST_STACK);
    atomic_fetch_add(&running, 1);
    int code = pthread_create(&thread, &attributes, thread_main, &start);
    pthread_attr_destroy(&attributes);
    int64_t tid = -EAGAIN;
    if (code == 0) {
        static atomic_flag reclaimed = ATOMIC_FLAG_INIT;
        if (!atomic_flag_test_and_set(&reclaimed))
            guest_signals_reclaim();
        while (sem_wait(&start.ready) < 0)
            ;
        tid = start.tid;
    } else {
        atomic_fetch_sub(&running, 1);
        free(start.thread);
    }
    sem_destroy(&start.ready);
    guest_signals_unblock(cpu->thread);
    return tid;
}

int64_t guest_fork(struct guest_cpu *cpu, uint64_t flags, uint64_t stack, uint64_t parent,
                   uint64_t tls, uint64_t child)
{
    if (!guest_signals_block(cpu->thread))
        return -HOST_RESTART;
    pid_t pid = fork();
    if (pid == 0) {
        struct guest_thread *thread = cpu->thread;
        running = 1;
        thread->tid = gettid();
        thread->clear_tid = flags & CLONE_CHILD_CLEARTID ? child : 0;
        thread->robust_list = 0;
        child_registers(cpu, flags, stack, tls);
        write_tid(flags & CLONE_CHILD_SETTID ? child : 0, thread->tid);
        guest_engine->thread_start(cpu);
        events_thread_start(cpu);
    } else if (pid > 0) {
        write_tid(flags & CLONE_PARENT_SETTID ? parent : 0, pid);
    }
    int64_t result = pid < 0 ? -errno : pid;
    guest_signals_unblock(cpu->thread);
    return result;
}
