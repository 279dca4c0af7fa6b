/* SPDX-License-Identifier: MIT */
/*
 * mandel.c: the set of Mandelbrot in float: short loops that end by a comparison of floats.
 */
#include "mix.h"

enum { SIZE = 96, LIMIT = 200 };

static unsigned iterations(float x0, float y0)
{
    float x = 0, y = 0;
    unsigned n = 0;

    while (n < LIMIT && x * x + y * y <= 4.0f) {
        float t = x * x - y * y + x0;

        y = 2.0f * x * y + y0;
        x = t;
        n++;
    }
    return n;
}

uint64_t mix_mandel(unsigned scale)
{
    uint64_t sum = 0;

    for (unsigned round = 0; round < scale; round++) {
        float shift = (float)(round % 16) / 64.0f;

        for (unsigned j = 0; j < SIZE; j++)
            for (unsigned i = 0; i < SIZE; i++)
                sum = mix_in(sum, iterations(-2.0f + shift + 2.5f * (float)i / SIZE,
                                             -1.25f + 2.5f * (float)j / SIZE));
    }
    return sum;
}
