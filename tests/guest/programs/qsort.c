/* SPDX-License-Identifier: MIT */
/*
 * qsort.c: libc's qsort with a comparison through a pointer, of numbers and of strings.
 */
#include <stdlib.h>
#include <string.h>

#include "mix.h"

enum { NUMBERS = 20000, WORDS = 6000, LENGTH = 12 };

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

uint64_t mix_qsort(unsigned scale)
{
    static int32_t numbers[NUMBERS];
    static char words[WORDS][LENGTH];
    uint64_t state = 0x1234567, sum = 0;

    while (scale--) {
        for (unsigned i = 0; i < NUMBERS; i++)
            numbers[i] = (int32_t)mix_random(&state);
        qsort(numbers, NUMBERS, sizeof(numbers[0]), by_number);
        for (unsigned i = 0; i < NUMBERS; i++)
            sum = mix_in(sum, (uint32_t)numbers[i]);
        for (unsigned i = 0; i < WORDS; i++)
            for (unsigned c = 0; c < LENGTH - 1; c++)
                words[i][c] = (char)('a' + mix_random(&state) % 4);
        qsort(words, WORDS, sizeof(words[0]), by_text);
        for (unsigned i = 0; i < WORDS; i++)
            sum = mix_in(sum, (unsigned char)words[i][i % (LENGTH - 1)]);
    }
    return sum;
}
