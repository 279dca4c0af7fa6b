/* SPDX-License-Identifier: MIT
 *
 * fork.c: what a forked child and an exiting process do about themselves.
 */
#include <etch/etch.h>
#include <pthread.h>
#if defined(__GLIBC__)
#include <sys/single_threaded.h>
#endif

#include "runtime/condition.h"
#include "runtime/control.h"
#include "runtime/line.h"
#include "runtime/patterns.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

static sys_sigset fork_signals;

static void before_fork(void)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    fork_signals = signals;
    etch_log_fork();
}

static void in_parent(void)
{
    etch_registry_unlock(fork_signals);
}

static void in_child(void)
{
    etch_session_forget();
    etch_limits_fork();
    etch_line_fork();
    etch_control_fork();
    etch_registry_unlock(fork_signals);
}

void etch_process_watch(void)
{
    static bool watched;
    if (__atomic_exchange_n(&watched, true, __ATOMIC_ACQ_REL))
        return;
    pthread_atfork(before_fork, in_parent, in_child);
#if defined(__GLIBC__)
    if (__libc_single_threaded)
        sys_membarrier_register();
#endif
}

int etch_flush(void)
{
    return etch_session_flush(etch_session_peek());
}

/* The last of the destructors: events of others' are recorded still. */
__attribute__((destructor(101))) static void at_exit(void)
{
    etch_limits_end(NULL);
    etch_session_end();
    if (etch_settings.dir[0] == '\0')
        etch_patterns_warn();
    etch_control_end();
}
