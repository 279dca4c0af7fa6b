/* SPDX-License-Identifier: MIT
 *
 * events.h: the places where the guest's own events (trace-events) are fired.
 */
#ifndef ETCH_GUEST_EVENTS_H
#define ETCH_GUEST_EVENTS_H

#include "guest/cpu.h"

/* The folder, made if there is none, in which this process and its children make their
 * traces: trace-PID.ctf, or trace-PID.N.ctf behind an execve. 0, or -errno, said. */
int events_output(const char *folder);

/* A thread is about to run its first instruction; has run its last one. */
void events_thread_start(struct guest_cpu *cpu);
void events_thread_end(struct guest_cpu *cpu);

/* A system call that the registers ask for, whose number it answers; and once it has
 * come back. */
uint64_t events_syscall(struct guest_cpu *cpu);
void events_syscall_result(struct guest_cpu *cpu, uint64_t number);

#endif
