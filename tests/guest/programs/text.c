/* SPDX-License-Identifier: MIT */
/*
 * text.c: numbers to text and back, searching and copying: libc's printf, strtod, memmove.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"

enum { LINES = 1500 };

static uint64_t line(uint64_t *state, char *text, size_t size)
{
    double value = (double)(int64_t)mix_random(state) / (double)(1 + mix_random(state) % 100000);
    unsigned number = (unsigned)mix_random(state);
    char *end;

    snprintf(text, size, "%.17g %+12.4e %u %#x %s", value, value, number, number,
             number & 1 ? "odd" : "even");
    double back = strtod(text, &end);
    uint64_t sum = back == value ? 1 : 0;

    sum = mix_in(sum, strtoul(strrchr(text, 'x') + 1, NULL, 16));
    memmove(text + 1, text, strlen(text) / 2);
    for (const char *c = text; *c; c++)
        sum = mix_in(sum, (unsigned char)*c);
    return mix_in(sum, strstr(text, "even") != NULL);
}

uint64_t mix_text(unsigned scale)
{
    uint64_t state = 2024, sum = 0;
    char text[160];

    while (scale--)
        for (unsigned i = 0; i < LINES; i++)
            sum = mix_in(sum, line(&state, text, sizeof(text)));
    return sum;
}
