/* SPDX-License-Identifier: MIT
 *
 * hand_ust.h: the events of bench/backends as tracepoints of LTTng-UST written by
 * hand, as its manual has them. Included by backends.c, which defines them.
 */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER hand
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./hand_ust.h"

#if !defined(ETCH_BENCH_HAND_UST) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define ETCH_BENCH_HAND_UST

#ifndef LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#endif
#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(hand, none, LTTNG_UST_TP_ARGS(void), LTTNG_UST_TP_FIELDS())
LTTNG_UST_TRACEPOINT_EVENT(hand, two, LTTNG_UST_TP_ARGS(uint64_t, a, uint64_t, b),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, a, a)
                                                   lttng_ust_field_integer(uint64_t, b, b)))
LTTNG_UST_TRACEPOINT_EVENT(hand, six,
                           LTTNG_UST_TP_ARGS(int, a, int, b, int, c, int, d, int, e, int, f),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, a, a)
                                                   lttng_ust_field_integer(int, b, b)
                                                       lttng_ust_field_integer(int, c, c)
                                                           lttng_ust_field_integer(int, d, d)
                                                               lttng_ust_field_integer(int, e, e)
                                                                   lttng_ust_field_integer(int, f,
                                                                                           f)))
LTTNG_UST_TRACEPOINT_EVENT(hand, text, LTTNG_UST_TP_ARGS(const char *, s),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_string(s, s)))

#endif

#include <lttng/tracepoint-event.h>

#ifndef ETCH_BENCH_HAND_UST_CALLS
#define ETCH_BENCH_HAND_UST_CALLS
static inline void trace_back_none(void)
{
    lttng_ust_tracepoint(hand, none);
}

static inline void trace_back_two(uint64_t a, uint64_t b)
{
    lttng_ust_tracepoint(hand, two, a, b);
}

static inline void trace_back_six(int a, int b, int c, int d, int e, int f)
{
    lttng_ust_tracepoint(hand, six, a, b, c, d, e, f);
}

static inline void trace_back_text(const char *s)
{
    lttng_ust_tracepoint(hand, text, s);
}
#endif
