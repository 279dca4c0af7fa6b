/* SPDX-License-Identifier: MIT
 *
 * harness.h: what the programs that harness.py writes stand on, with QEMU's
 * generated code (HARNESS_QEMU) and with etch's.
 */
#ifndef ETCH_HARNESS_H
#define ETCH_HARNESS_H

#ifdef HARNESS_QEMU
#include "qemu/osdep.h"
#include "trace/control.h"
#include "trace/simple.h"
#else
#include "trace/control.h"
#include <etch/etch.h>
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Where pointers point, in every run and on both sides. Its first bytes are a
 * CPUState whose events are all on. */
static char *const harness_memory = (char *)0x10000000;

/* Longer than the 512 bytes that simple stores. */
#define HARNESS_50  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
#define HARNESS_200 HARNESS_50 HARNESS_50 HARNESS_50 HARNESS_50
static const char harness_long_string[] __attribute__((unused)) =
    HARNESS_200 HARNESS_200 HARNESS_200;

static inline void harness_start(void)
{
    char *memory = mmap(harness_memory, 4096, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != harness_memory)
        abort();
    memset(memory, 0xff, 64);
    strcpy(memory + 64, "pointer");
#ifdef HARNESS_QEMU
    shim_start();
#endif
}

static inline void harness_flush(void)
{
#ifdef HARNESS_QEMU
    st_flush_trace_buffer();
#endif
}

static inline void harness_name(const char *name, bool enabled, TraceEvent *event, uint16_t *dstate,
                                bool state, bool state_backends, bool type)
{
    /* etch fills the ids in when it first hands a descriptor of the group out. */
    if (trace_event_name(name) != event)
        printf("%s: found by name, it is another event\n", name);
    printf("%s enabled %d event %s id %u sstate %d dstate %d state %d %d type %d\n", name, enabled,
           trace_event_get_name(event), (unsigned)trace_event_get_id(event),
           trace_event_get_state_static(event), *dstate, state, state_backends, type);
    if (event->dstate != dstate)
        printf("%s: the descriptor has another state word\n", name);
}

#endif
