/* SPDX-License-Identifier: MIT
 *
 * thread.h: the drain's thread: how it starts and ends (thread.c), and what it does (drain.c).
 */
#ifndef ETCH_RUNTIME_THREAD_H
#define ETCH_RUNTIME_THREAD_H

#include <stdint.h>

/* Starts fn(argument) in a thread of the kernel that libc does not know: no
 * malloc, no signal, no pthread. 0 or -errno. */
int etch_thread_start(void (*fn)(void *), void *argument, uint32_t *tid, void **memory);
/* Ends that thread with its memory, leaving no trace of either. */
__attribute__((noreturn)) void etch_thread_leave(void *memory);

void etch_drain_main(void *session);

#endif
