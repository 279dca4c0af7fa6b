/* SPDX-License-Identifier: MIT
 *
 * run.c: the engine that runs translated code: the loop that finds, translates and
 * links blocks, threads in it, faults of its code, and changed guest code. Writes
 * cpu and the jump caches; system calls and signals are its caller's.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "guest/access.h"
#include "guest/cache.h"
#include "guest/memory.h"
#include "guest/trace.h"

/* A guest thread, as the translator has it. */
struct run_thread {
    struct guest_cpu *cpu;
    struct run_thread *next;
    _Atomic uint32_t inside; /* in translated code, or on the way: a futex */
    uint32_t generation;     /* that its jump cache is of */
    bool careful;            /* what it is of, too: see cache.h */
    struct jump_entry jumps[JUMP_ENTRIES];
};

static struct {
    pthread_mutex_t lock;
    struct run_thread *threads;
    _Atomic uint32_t generation; /* counts up when blocks are forgotten */
    unsigned forgotten;          /* how often blocks were whose memory is not free yet */
    pid_t pid;                   /* of the process that the code memory is of */
} run;

#define MXCSR_DEFAULT 0x1f80u

static void clear_jumps(struct run_thread *t)
{
    for (unsigned i = 0; i < JUMP_ENTRIES; i++)
        t->jumps[i] = (struct jump_entry){.pc = UINT64_MAX};
    t->generation = atomic_load(&run.generation);
    t->careful = cache_careful(t->cpu);
}

enum { OUTSIDE, INSIDE, AWAITED };

static void leave(struct run_thread *t)
{
    if (atomic_exchange(&t->inside, OUTSIDE) == AWAITED)
        syscall(SYS_futex, &t->inside, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Waits, with the lock held, until no other thread is in translated code. */
static void stop_others(const struct run_thread *self)
{
    for (struct run_thread *t = run.threads; t; t = t->next) {
        if (t == self)
            continue;
        atomic_fetch_or(&t->cpu->request, REQUEST_ENGINE);
        uint32_t inside = INSIDE;

        atomic_compare_exchange_strong(&t->inside, &inside, AWAITED);
        while (atomic_load(&t->inside) == AWAITED)
            syscall(SYS_futex, &t->inside, FUTEX_WAIT_PRIVATE, AWAITED, NULL, NULL, 0);
    }
}

static void empty(void)
{
    cache_empty();
    run.forgotten = 0;
    atomic_fetch_add(&run.generation, 1);
}

/* After so many times threads in translated code are called out of it. */
#define FORGOTTEN_MAX 256

/* Forgotten blocks' memory, when nobody is in translated code: with the lock held nobody
 * enters it. */
static void free_forgotten(const struct run_thread *self)
{
    if (run.forgotten >= FORGOTTEN_MAX)
        stop_others(self);
    for (struct run_thread *t = run.threads; t; t = t->next)
        if (atomic_load(&t->inside) != OUTSIDE)
            return;
    empty();
}

/* The block at cpu->pc, with the lock held; NULL: there is no code. */
static struct block *find(struct run_thread *t)
{
    struct block *b = cache_find(t->cpu);
    bool full = false;

    if (!b)
        b = cache_translate(t->cpu, &full);
    if (!full)
        return b;
    stop_others(t);
    empty();
    return cache_translate(t->cpu, &full);
}

/* The guest's rounding mode in x86's order; the interpreter does what x86 lacks. */
static void set_rounding(struct guest_cpu *cpu)
{
    static const uint32_t modes[] = {0, 3, 1, 2};
    uint32_t mxcsr = MXCSR_DEFAULT | modes[cpu->frm & 3] << 13;

    cpu->engine[ENGINE_MXCSR] = (void *)(uintptr_t)(mxcsr | (uint64_t)MXCSR_DEFAULT << 32);
}

/* How translated code was left. An exit may be looked at while nothing has been
 * forgotten since. */
struct way {
    const struct block_exit *exit; /* direct: it may be linked */
    bool indirect;
    uint32_t generation;
};

/* The code at cpu->pc, and the way that led here made shorter; NULL: none. */
static const uint8_t *next_code(struct run_thread *t, struct way way)
{
    const uint8_t *code = NULL;

    pthread_mutex_lock(&run.lock);
    if (run.forgotten)
        free_forgotten(t);
    struct block *b = find(t);

    if (t->generation != atomic_load(&run.generation) || t->careful != cache_careful(t->cpu))
        clear_jumps(t);
    if (b) {
        code = cache_running(b->code + b->checked);
        if (way.exit && way.generation == t->generation)
            cache_link(way.exit, b);
        if (way.indirect)
            t->jumps[JUMP_INDEX(b->pc)] = (struct jump_entry){b->pc, code};
        atomic_store(&t->inside, INSIDE);
    }
    pthread_mutex_unlock(&run.lock);
    return code;
}

/* Where there is no code, or no memory for what is made of it. */
static enum guest_stop step_one(struct guest_cpu *cpu)
{
    struct insn insn;

    if (guest_fetch(cpu, cpu->pc, &insn) == 0)
        return GUEST_NO_CODE;
    return interp_step(cpu, &insn);
}

/* Of a block's frame only what was before the instruction is true. */
static void cut(struct guest_cpu *cpu, const struct block *b, unsigned insn)
{
    if (cpu->trace && b->frame)
        trace_cut(cpu, b->frame, b->frame_size, insn);
}

/* The interpreter did not get through with an instruction of a block. */
static void cut_step(struct guest_cpu *cpu)
{
    const struct block_insn *b = cpu->engine[ENGINE_STEPS];

    cpu->engine[ENGINE_STEPS] = NULL;
    if (b) {
        const char *first = (const char *)(b - b->index);

        cut(cpu, (const struct block *)(first - offsetof(struct block, insns)), b->index);
    }
}

/* Runs from cpu->pc until the code is left; `way`: how. */
static enum guest_stop enter(struct guest_cpu *cpu, const uint8_t *code, struct way *way)
{
    emit_cursor_take(cpu);
    struct block_exit *exit = cache_stubs()->enter(cpu, code);

    emit_cursor_give(cpu);
    if (exit && exit->late)
        emit_frame_end_late(cpu, exit);
    *way = (struct way){.generation = atomic_load(&run.generation)};
    if (!exit) {
        cut_step(cpu);
        return (enum guest_stop)(uintptr_t)cpu->engine[ENGINE_STOP];
    }
    if (exit->leave == LEAVE_INDIRECT) {
        way->indirect = true;
        return GUEST_GO;
    }
    cpu->pc = exit->target;
    if (exit->leave == LEAVE_STOP)
        return (enum guest_stop)exit->stop;
    way->exit = exit->late && !exit->frame ? NULL : exit;
    return GUEST_GO;
}

static enum guest_stop run_translated(struct guest_cpu *cpu)
{
    struct run_thread *t = cpu->engine[ENGINE_THREAD];
    struct way way = {.exit = NULL};
    enum guest_stop stop;

    do {
        uint32_t request = atomic_load(&cpu->request);

        if (request & REQUEST_ENGINE)
            atomic_fetch_and(&cpu->request, ~(uint32_t)REQUEST_ENGINE);
        if (request & ~(uint32_t)REQUEST_ENGINE)
            return GUEST_REQUEST;
        set_rounding(cpu);
        const uint8_t *code = next_code(t, way);

        if (code) {
            stop = enter(cpu, code, &way);
            leave(t);
        } else {
            stop = step_one(cpu);
            way = (struct way){.exit = NULL};
        }
    } while (stop == GUEST_GO || stop == GUEST_REQUEST);
    return stop;
}

/* Pinned registers are still in the host's, which the context has. */
static void take_registers(struct guest_cpu *cpu, const ucontext_t *context)
{
    static const uint8_t places[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                       REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                       REG_R12, REG_R13, REG_R14, REG_R15};
    const struct _libc_fpstate *floats = context->uc_mcontext.fpregs;

    for (uint8_t i = 0; i < 32; i++) {
        int x = reg_pinned(IR_X(i)), f = reg_pinned(IR_F(i));

        if (x != X86_NONE)
            cpu->x[i] = (uint64_t)context->uc_mcontext.gregs[places[x]];
        if (f != X86_NONE)
            memcpy(&cpu->f[i], &floats->_xmm[f], sizeof(cpu->f[i]));
    }
    cpu->fflags |= stubs_guest_flags(floats->mxcsr);
}

/* The thread will not come back to where it was. */
static bool fault(struct guest_cpu *cpu, void *context)
{
    const ucontext_t *c = context;
    unsigned insn;
    struct block *b = cache_at((uintptr_t)c->uc_mcontext.gregs[REG_RIP], &insn);

    if (b) {
        take_registers(cpu, c);
        cpu->pc = b->insns[insn].pc;
        cpu->engine[ENGINE_CURSOR] = (void *)c->uc_mcontext.gregs[REG_R15];
        emit_cursor_give(cpu);
        cut(cpu, b, insn);
    } else if (cpu->engine[ENGINE_STEPS]) {
        emit_cursor_give(cpu);
        cut_step(cpu);
    }
    if (cpu->engine[ENGINE_THREAD])
        leave(cpu->engine[ENGINE_THREAD]);
    return b;
}

static void flush(struct guest_cpu *cpu, uint64_t start, uint64_t size)
{
    (void)cpu;
    pthread_mutex_lock(&run.lock);
    if (cache_holds(start, size)) {
        cache_forget();
        run.forgotten++;
        atomic_fetch_add(&run.generation, 1);
        for (struct run_thread *t = run.threads; t; t = t->next)
            atomic_fetch_or(&t->cpu->request, REQUEST_ENGINE);
    }
    pthread_mutex_unlock(&run.lock);
}

static void out_of_memory(void)
{
    fprintf(stderr, "etch-guest: no memory for translated code: %s\n", strerror(errno));
    exit(1);
}

/* In a forked child there are no other threads, and code memory that is shared with
 * the parent. */
static void start_process(void)
{
    run.pid = getpid();
    pthread_mutex_init(&run.lock, NULL);
    run.threads = NULL;
    run.forgotten = 0;
    int r = cache_start();

    if (r < 0) {
        errno = -r;
        out_of_memory();
    }
    atomic_fetch_add(&run.generation, 1);
}

static void thread_start(struct guest_cpu *cpu)
{
    if (run.pid != getpid())
        start_process();
    trace_thread_start(cpu);
    struct run_thread *t = calloc(1, sizeof(*t));

    if (!t)
        out_of_memory();
    t->cpu = cpu;
    clear_jumps(t);
    cpu->engine[ENGINE_THREAD] = t;
    cpu->engine[ENGINE_JUMPS] = t->jumps;
    pthread_mutex_lock(&run.lock);
    t->next = run.threads;
    run.threads = t;
    pthread_mutex_unlock(&run.lock);
}

static void thread_end(struct guest_cpu *cpu)
{
    struct run_thread *t = cpu->engine[ENGINE_THREAD], **at;

    pthread_mutex_lock(&run.lock);
    for (at = &run.threads; *at && *at != t; at = &(*at)->next)
        ;
    if (*at)
        *at = t->next;
    pthread_mutex_unlock(&run.lock);
    cpu->engine[ENGINE_THREAD] = NULL;
    trace_thread_end(cpu);
    free(t);
}

const struct guest_engine guest_translator = {run_translated, fault, flush, thread_start,
                                              thread_end};
