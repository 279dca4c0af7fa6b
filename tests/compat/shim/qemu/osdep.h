/* SPDX-License-Identifier: MIT
 *
 * The few things that QEMU's generated trace code and trace/simple.c take from
 * QEMU's own headers, so that both build outside its tree. Every other header
 * of this folder only includes this one.
 *
 * Reads and writes nothing; shim.c has the functions.
 */
#ifndef ETCH_SHIM_OSDEP_H
#define ETCH_SHIM_OSDEP_H

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define CONFIG_TRACE_FILE "trace"
#define FMT_pid           "%d"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

/* A group registers before main, as QEMU's trace initialisers do when called. */
#define trace_init(function)                                                                       \
    static void __attribute__((constructor)) shim_init_##function(void)                            \
    {                                                                                              \
        function();                                                                                \
    }

typedef struct CPUState CPUState;
typedef struct QemuOptsList QemuOptsList;

static inline int64_t get_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#define LOG_TRACE 1
extern bool message_with_timestamp;
bool qemu_loglevel_mask(int mask);
void qemu_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
int qemu_get_thread_id(void);
void qemu_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What QEMU's main does: switches the events of SHIM_TRACE on, starts the
 * writer and opens SHIM_FILE. */
void shim_start(void);

#endif
