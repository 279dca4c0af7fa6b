/* SPDX-License-Identifier: MIT
 *
 * thread.h: what a guest thread is beside its registers, and its signals.
 */
#ifndef ETCH_GUEST_THREAD_H
#define ETCH_GUEST_THREAD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cpu.h"

struct guest_thread {
    struct guest_cpu cpu;
    pid_t tid;
    bool ended;
    uint64_t clear_tid;   /* where 0 is written when it ends; 0: nowhere */
    uint64_t robust_list; /* its head in the guest's memory; 0: none */

    uint64_t blocked; /* the guest's mask; the host's is that, or all */
    stack_t stack;    /* sigaltstack */
    /* With REQUEST_SIGNAL: a signal to be delivered. The host blocks all further
     * ones until it is. */
    siginfo_t pending;
    siginfo_t fault; /* what the engine met; see cpu->faulted */
    bool restarting; /* the system call at pc was interrupted */
};

/* The thread that runs; NULL before there is one. */
struct guest_cpu *guest_self(void);

/* The first thread, whose cpu it answers; NULL: no memory. */
struct guest_cpu *guest_first_thread(void);
/* Runs it; the process ends with the guest. */
_Noreturn void guest_main_loop(struct guest_cpu *cpu);

/* As the system call clone with CLONE_VM and CLONE_THREAD: the tid, or -errno. */
int64_t guest_thread_clone(struct guest_cpu *cpu, uint64_t flags, uint64_t stack, uint64_t parent,
                           uint64_t tls, uint64_t child);
/* As clone without CLONE_VM: fork. */
int64_t guest_fork(struct guest_cpu *cpu, uint64_t flags, uint64_t stack, uint64_t parent,
                   uint64_t tls, uint64_t child);
/* This thread's end; the last one ends the process. */
void guest_thread_exit(struct guest_cpu *cpu, int status);
/* The end of all. */
_Noreturn void guest_exit(int status);

/* signal.c: handlers are installed, and a page with the code that returns from
 * them; 0 or -errno. */
int guest_signals_start(void);
/* The signals that libc takes for itself when it makes its first thread are the
 * guest's again. */
void guest_signals_reclaim(void);
/* The host's mask is what the guest has; nothing pends. */
void guest_signals_unblock(struct guest_thread *thread);
/* All signals are blocked from now on. False: one pends already, and comes first. */
bool guest_signals_block(struct guest_thread *thread);
/* Delivers what pends. */
void guest_signals_deliver(struct guest_cpu *cpu);

int64_t guest_sigaction(unsigned sig, uint64_t action, uint64_t old);
int64_t guest_sigprocmask(struct guest_cpu *cpu, unsigned how, uint64_t set, uint64_t old);
int64_t guest_sigaltstack(struct guest_cpu *cpu, uint64_t stack, uint64_t old);
void guest_sigreturn(struct guest_cpu *cpu);

/* A host's system call that a signal which came before it, or comes in it, ends:
 * what the kernel answers, or -HOST_RESTART. */
#define HOST_RESTART 512
int64_t guest_host_call(struct guest_cpu *cpu, long number, const uint64_t arguments[6]);

#endif
