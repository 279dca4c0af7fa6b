/* SPDX-License-Identifier: MIT
 *
 * host.h: what depends on the host's processor: system calls and signals without
 * libc, which keeps some for itself and hides whether a call was interrupted.
 */
#ifndef ETCH_GUEST_HOST_H
#define ETCH_GUEST_HOST_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

typedef void host_handler(int sig, siginfo_t *info, void *context);

void host_signal_catch(int sig, host_handler *handler, uint64_t mask, uint64_t flags);
void host_signal_ignore(int sig);
void host_signal_default(int sig);
bool host_signal_ignored(int sig);

/* Of the ucontext_t that a handler got: where it was; all signals are blocked when
 * it is back; a system call of guest_host_call that has not been made, or is
 * to be made again, answers -HOST_RESTART. */
uintptr_t host_pc(const void *context);
void host_block_all(void *context);
void host_call_interrupt(void *context);

#endif
