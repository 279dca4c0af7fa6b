/* SPDX-License-Identifier: MIT
 *
 * logonly.c: logger.c without an event of another backend, so that file= is the
 * log's.
 */
#include <stdint.h>

static inline void trace_both_tick(uint64_t who, uint64_t n)
{
    (void)who, (void)n;
}

#define LOGGER_ONLY
#include "logger.c"
