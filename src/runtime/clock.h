/* SPDX-License-Identifier: MIT
 *
 * clock.h: the clock of a trace (clock.c).
 */
#ifndef ETCH_RUNTIME_CLOCK_H
#define ETCH_RUNTIME_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <etch/event.h>

#include "format/pool.h"
#include "runtime/sys.h"

bool etch_clock_is_raw(void);
struct etch_clock_pair etch_clock_pair_now(uint32_t clock);
static inline uint64_t etch_clock_now(uint32_t clock)
{
    return clock == ETCH_CLOCK_RAW ? etch_clock() : sys_clock_ns(CLOCK_MONOTONIC);
}
uint64_t etch_process_start_time(int pid);
void etch_boot_id(uint8_t id[16]);

#endif
