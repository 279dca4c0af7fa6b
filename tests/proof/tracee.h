/* SPDX-License-Identifier: MIT
 *
 * tracee.h: a process that runs one instruction at a time, and in which nothing
 * is left to chance: its tracer decides which thread runs, answers rdtsc and
 * clock_gettime, and lets nobody sleep.
 *
 * Between instructions of which the tracer decides (rdtsc, system calls) a run
 * may also go at full speed: it passes through the same states. A moment of a
 * run is named by how many of these were carried out, and how many instructions
 * since.
 */
#ifndef PROOF_TRACEE_H
#define PROOF_TRACEE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "shared.h"

#define TRACEE_THREADS 8

struct moment {
    uint64_t decided; /* instructions that the tracer decided on */
    uint64_t since;   /* instructions after the last of them */
    /* The same in fewer steps: so many after a place was come to the count-th time
     * since then; place 0: not known. */
    uint64_t place, count, after;
};

struct thread {
    pid_t tid; /* 0: none, or gone */
    bool waiting;
    uint64_t wait_at; /* the futex that it waits on, until it is no longer wait_for */
    uint32_t wait_for;
    int64_t timeout; /* ns, or -1 */
    struct user_regs_struct regs;
};

struct tracee {
    pid_t pid;
    struct thread threads[TRACEE_THREADS]; /* 0: the worker, 1: the drain */
    unsigned current;
    bool round;         /* the drain runs until it sleeps, then the worker goes on */
    bool checked;       /* between BEGIN and END */
    bool ended;         /* all threads are gone */
    int status;         /* as of waitpid, then */
    uint64_t clock;     /* ns and ticks */
    uint64_t random;    /* for the interleaving */
    uint32_t turn;      /* instructions that the drain has left of its turn */
    int signal;         /* to be delivered, or 0 */
    uint64_t signal_in; /* before so many instructions of the worker */
    struct moment now;
    uint64_t steps; /* instructions while checked */
    struct proof_shared *shared;
};

/* Starts argv with the environment in a folder, up to its own SIGSTOP. */
void tracee_start(struct tracee *t, const char *folder, char *const argv[], char *const envp[],
                  struct proof_shared *shared);

/* Makes the thread that is due the current one; a step does so, too. */
void tracee_schedule(struct tracee *t);

/* The next instruction of whatever thread is due; `fast`: as far as the next
 * one that the tracer decides on. False when the process has ended. */
bool tracee_step(struct tracee *t, bool fast);

/* Notes the instruction that is due; moment() has a place to start from then. */
void tracee_note(struct tracee *t);
struct moment tracee_moment(const struct tracee *t);

/* Goes to a moment, as fast as can be. False: it ended before. */
bool tracee_go(struct tracee *t, const struct moment *moment);

/* Whether a stop is by a signal of ours that was blocked when it was sent, and is due
 * now: the thread goes on with it. */
bool tracee_is_ours(int signal);

/* SIGKILL. */
void tracee_kill(struct tracee *t);

/* Says what is wrong, and where the process stands; ends it and the test. */
void tracee_fail(struct tracee *t, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
