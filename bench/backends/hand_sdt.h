/* SPDX-License-Identifier: MIT
 *
 * hand_sdt.h: the events of bench/backends as probes written by hand, each behind its
 * semaphore.
 */
#include <stdint.h>

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#define HAND_SEMAPHORE(event)                                                                      \
    volatile unsigned short hand_##event##_semaphore __attribute__((section(".probes")));
HAND_SEMAPHORE(none)
HAND_SEMAPHORE(two)
HAND_SEMAPHORE(six)
HAND_SEMAPHORE(text)

#define HAND_WANTED(event) __builtin_expect(hand_##event##_semaphore, 0)

static inline void trace_back_none(void)
{
    if (HAND_WANTED(none))
        DTRACE_PROBE(hand, none);
}

static inline void trace_back_two(uint64_t a, uint64_t b)
{
    if (HAND_WANTED(two))
        DTRACE_PROBE2(hand, two, a, b);
}

static inline void trace_back_six(int a, int b, int c, int d, int e, int f)
{
    if (HAND_WANTED(six))
        DTRACE_PROBE6(hand, six, a, b, c, d, e, f);
}

static inline void trace_back_text(const char *s)
{
    if (HAND_WANTED(text))
        DTRACE_PROBE1(hand, text, s);
}
