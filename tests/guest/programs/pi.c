/* SPDX-License-Identifier: MIT */
/*
 * pi.c: digits of pi by the spigot, and products of 128 bits: division, remainder, mulh.
 */
#include "mix.h"

enum { DIGITS = 600, TERMS = DIGITS * 10 / 3 + 1, PRODUCTS = 100000 };

static uint64_t digits(void)
{
    static uint32_t a[TERMS];
    uint64_t sum = 0;

    for (unsigned i = 0; i < TERMS; i++)
        a[i] = 2;
    for (unsigned n = 0; n < DIGITS; n++) {
        uint32_t carry = 0;

        for (unsigned i = TERMS - 1; i > 0; i--) {
            uint32_t x = 10 * a[i] + carry;

            a[i] = x % (2 * i + 1);
            carry = x / (2 * i + 1) * i;
        }
        carry += 10 * a[0];
        a[0] = carry % 10;
        sum = mix_in(sum, carry / 10);
    }
    return sum;
}

uint64_t mix_pi(unsigned scale)
{
    uint64_t state = 5, sum = 0;

    while (scale--) {
        sum = mix_in(sum, digits());
        for (unsigned i = 0; i < PRODUCTS; i++) {
            uint64_t x = mix_random(&state), y = mix_random(&state);
            int64_t s = (int64_t)x, d = (int64_t)(y >> (i & 63)) | 1;

            sum = mix_in(sum, (uint64_t)((unsigned __int128)x * y >> 64));
            sum = mix_in(sum, (uint64_t)((__int128)s * d >> 64) ^ (uint64_t)(s / d));
            sum = mix_in(sum, (uint64_t)(s % d) + (x % (y | 1)) + (uint32_t)x / ((uint32_t)y | 1));
        }
    }
    return sum;
}
