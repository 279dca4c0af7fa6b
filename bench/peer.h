/* SPDX-License-Identifier: MIT
 *
 * peer.h: the same calls, trace_bench_two(), trace_bench_off() and, in the
 * shared library, trace_benchlib_two(), from etch, from QEMU's simple backend
 * or from LTTng-UST, so that one source measures all. The peers have no
 * library of their own; their trace_benchlib_two() is trace_bench_two().
 *
 * PEER_ETCH:  trace-bench.h and trace-benchlib.h are made by `etch gen`.
 * PEER_HERE:  with PEER_ETCH: also etch/here.h, and trace-benchhere.h.
 * PEER_QEMU:  trace-bench.h is made by QEMU's tracetool.py.
 * PEER_LTTNG: lttng/provider.h.
 */
#ifndef ETCH_BENCH_PEER_H
#define ETCH_BENCH_PEER_H

#if defined(PEER_ETCH) && defined(PEER_LIBRARY)
#include "trace-benchlib.h"
#elif defined(PEER_ETCH)
#include "trace-bench.h"
#include <etch/etch.h>
#if defined(PEER_HERE)
#include "trace-benchhere.h"
#include <etch/here.h>
#include <inttypes.h>
#endif
static inline void peer_start(void)
{
}
static inline void peer_flush(void)
{
    etch_flush();
}
#elif defined(PEER_QEMU)
#include "qemu/osdep.h"
#include "trace-bench.h"
#include "trace/simple.h"
static inline void peer_start(void)
{
    shim_start();
}
static inline void peer_flush(void)
{
    st_flush_trace_buffer();
}
#elif defined(PEER_LTTNG)
#include "lttng/provider.h"
#include <stdint.h>
static inline void peer_start(void)
{
}
static inline void peer_flush(void)
{
}
static inline void trace_bench_two(uint64_t a, uint64_t b)
{
    lttng_ust_tracepoint(bench, two, a, b);
}
static inline void trace_bench_off(uint64_t a, uint64_t b)
{
    lttng_ust_tracepoint(bench, off, a, b);
}
#else
#error "define PEER_ETCH, PEER_QEMU or PEER_LTTNG"
#endif

#ifndef PEER_ETCH
#define trace_benchlib_two trace_bench_two
#endif

#endif
