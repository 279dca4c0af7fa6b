/* SPDX-License-Identifier: MIT
 *
 * plain.c: actor.c without a line of libetch in it.
 */
#include <stdbool.h>
#include <stdint.h>

static inline void trace_life_tick(uint64_t who, uint64_t n)
{
    (void)who, (void)n;
}

static inline void trace_life_signal(uint64_t who, uint64_t n)
{
    (void)who, (void)n;
}

static inline void trace_life_text(const char *text)
{
    (void)text;
}

static inline int etch_trace(const char *string)
{
    (void)string;
    return 0;
}

static inline int etch_flush(void)
{
    return 0;
}

#define ACTOR_PLAIN
#include "actor.c"
