/* SPDX-License-Identifier: MIT
 *
 * cpu.h: a guest thread's registers, and what lies between the engine that runs
 * instructions (interpreter or translator) and the rest, which makes system
 * calls, signals and threads for it. One guest thread is one host thread.
 */
#ifndef ETCH_GUEST_CPU_H
#define ETCH_GUEST_CPU_H

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"

/* Why an engine comes back. pc is then that of the instruction that stopped it,
 * which has not been executed, or the next one (GUEST_REQUEST). */
enum guest_stop {
    GUEST_GO, /* of interp_step: executed, go on */
    GUEST_ECALL,
    GUEST_EBREAK,
    GUEST_ILLEGAL,
    GUEST_FENCE_I,
    GUEST_MISALIGNED, /* an atomic access; its address is in cpu->fault_address */
    GUEST_NO_CODE,    /* pc cannot be read or executed from: in cpu->fault_address */
    GUEST_REQUEST,    /* cpu->request is not 0 */
};

/* Bits of cpu->request. */
enum guest_request {
    REQUEST_SIGNAL = 1 << 0, /* cpu->pending is to be delivered */
    REQUEST_END = 1 << 1,    /* the thread is to end: another one ended all, or execs */
    REQUEST_ENGINE = 1 << 2, /* the engine's own: it clears it itself */
};

struct guest_trace; /* of who writes traces */

struct guest_cpu {
    uint64_t x[32]; /* x[0] stays 0 */
    uint64_t pc;
    uint64_t f[32]; /* a float is boxed: its upper half all ones */
    uint32_t fflags;
    uint32_t frm;
    /* What lr read, and where: sc stores if it is still there. Address ~0: none. */
    uint64_t reserved_address;
    uint64_t reserved_value;
    /* Read by engines at least once a loop of the guest; set by signal handlers
     * and other threads. */
    _Atomic uint32_t request;

    /* The engine's and the tracer's own, all 0 when the thread starts. */
    void *engine[8];
    struct guest_trace *trace;

    uint64_t fault_address;
    struct guest_thread *thread; /* thread.h */
    sigjmp_buf *faulted;         /* where a host fault goes on, see fault.c */
};

/* What runs instructions. */
struct guest_engine {
    /* Runs until there is a reason to stop; cpu is then up to date. */
    enum guest_stop (*run)(struct guest_cpu *cpu);
    /* Called by the handler of SIGSEGV, SIGBUS and SIGFPE, with its ucontext_t:
     * if the host's pc lies in code of the engine's making, brings cpu (pc
     * too) to where it was before the instruction that faulted. */
    bool (*fault)(struct guest_cpu *cpu, void *context);
    /* Guest code at [start, start + size) may have changed or gone. No thread
     * runs what was made of it before once this is back, but the caller, which is
     * not in it, and others until their next stop or request. */
    void (*flush)(struct guest_cpu *cpu, uint64_t start, uint64_t size);
    /* A thread starts and ends; in a forked child, the one thread starts anew. */
    void (*thread_start)(struct guest_cpu *cpu);
    void (*thread_end)(struct guest_cpu *cpu);
};

extern const struct guest_engine guest_interpreter;
extern const struct guest_engine guest_translator; /* run.c: on x86-64 */
extern const struct guest_engine *guest_engine;    /* the one in use */

/* One instruction, with its effect on registers and memory; pc goes on. Where
 * it stops, nothing has been changed. A host fault leaves cpu as it was, too. */
enum guest_stop interp_step(struct guest_cpu *cpu, const struct insn *insn);

/* Why the run loop is told of ecall, ebreak, fence.i and what is no instruction. */
enum guest_stop interp_system_stop(enum insn_op op);

/* Zicsr's register `number`; false: there is none. */
bool guest_csr_read(struct guest_cpu *cpu, unsigned number, uint64_t *value);

/* The system call that the registers ask for; pc is behind its ecall. */
void guest_syscall(struct guest_cpu *cpu);

/* Sends the thread the signal of a fault of its own. */
void guest_raise(struct guest_cpu *cpu, int sig, int code, uint64_t address);

#endif
