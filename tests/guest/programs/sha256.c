/* SPDX-License-Identifier: MIT */
/*
 * sha256.c: the compression function of SHA-256 over a running message; long blocks of straight
 * code. The constants are the fractions of the roots of the first primes, computed here.
 */
#include <math.h>

#include "mix.h"

enum { BLOCKS = 3000 };

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* The first 32 bits of the fraction of root. */
static uint32_t fraction(double root)
{
    return (uint32_t)((root - floor(root)) * 4294967296.0);
}

static void constants(uint32_t *k, uint32_t *h)
{
    unsigned n = 0;

    for (unsigned p = 2; n < 64; p++) {
        unsigned d = 2;

        while (d * d <= p && p % d)
            d++;
        if (d * d <= p)
            continue;
        k[n] = fraction(cbrt(p));
        if (n < 8)
            h[n] = fraction(sqrt(p));
        n++;
    }
}

static void compress(const uint32_t *k, uint32_t *h, uint32_t *w)
{
    uint32_t s[8];

    for (unsigned i = 16; i < 64; i++)
        w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) +
               w[i - 7] + (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    for (unsigned i = 0; i < 8; i++)
        s[i] = h[i];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t a = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                     ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        uint32_t b = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                     ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

        for (unsigned j = 7; j > 0; j--)
            s[j] = s[j - 1];
        s[4] += a;
        s[0] = a + b;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += s[i];
}

uint64_t mix_sha256(unsigned scale)
{
    uint32_t k[64], h[8], w[64];
    uint64_t state = 99, sum = 0;

    constants(k, h);
    while (scale--) {
        for (unsigned block = 0; block < BLOCKS; block++) {
            for (unsigned i = 0; i < 16; i++)
                w[i] = (uint32_t)mix_random(&state);
            compress(k, h, w);
        }
        for (unsigned i = 0; i < 8; i++)
            sum = mix_in(sum, h[i]);
    }
    return sum;
}
