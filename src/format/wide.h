/* SPDX-License-Identifier: MIT
 *
 * wide.h: products of 128 bits, where the machine has none of its own, too.
 * Results that do not fit 64 bits lose their upper part.
 */
#ifndef ETCH_FORMAT_WIDE_H
#define ETCH_FORMAT_WIDE_H

#include <stdint.h>

#ifdef __SIZEOF_INT128__

/* a * b / c */
static inline uint64_t wide_mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    return (uint64_t)((unsigned __int128)a * b / c);
}

/* a * b / 2^32 */
static inline uint64_t wide_mul_shift(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 32);
}

#else

static inline uint64_t wide_mul_shift(uint64_t a, uint64_t b)
{
    uint64_t low = a & UINT32_MAX;
    return (a >> 32) * b + low * (b >> 32) + (low * (b & UINT32_MAX) >> 32);
}

static inline uint64_t wide_mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX), cross = (a >> 32) * (b & UINT32_MAX);
    uint64_t middle = (low >> 32) + (cross & UINT32_MAX) + (a & UINT32_MAX) * (b >> 32);
    uint64_t rest = (a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32), quotient = 0;
    low = (low & UINT32_MAX) | middle << 32;
    rest %= c;
    for (int i = 0; i < 64; i++) {
        uint64_t carry = rest >> 63;
        rest = rest << 1 | low >> 63;
        low <<= 1;
        quotient <<= 1;
        if (carry != 0 || rest >= c) {
            rest -= c;
            quotient |= 1;
        }
    }
    return quotient;
}

#endif
#endif
