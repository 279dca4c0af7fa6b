/* SPDX-License-Identifier: MIT */
/*
 * matmul.c: products of matrices of int, float and double.
 */
#include <string.h>

#include "mix.h"

enum { N = 72 };

#define MATRIX(name, type)                                                                         \
    static uint64_t name(uint64_t *state)                                                          \
    {                                                                                              \
        static type a[N][N], b[N][N], c[N][N];                                                     \
        uint64_t sum = 0;                                                                          \
                                                                                                   \
        for (unsigned i = 0; i < N; i++)                                                           \
            for (unsigned j = 0; j < N; j++) {                                                     \
                a[i][j] = (type)(mix_random(state) % 2000) / 7;                                    \
                b[i][j] = (type)(mix_random(state) % 3000) / 11;                                   \
            }                                                                                      \
        for (unsigned i = 0; i < N; i++)                                                           \
            for (unsigned j = 0; j < N; j++) {                                                     \
                type t = 0;                                                                        \
                                                                                                   \
                for (unsigned k = 0; k < N; k++)                                                   \
                    t += a[i][k] * b[k][j];                                                        \
                c[i][j] = t;                                                                       \
            }                                                                                      \
        for (unsigned i = 0; i < N; i++)                                                           \
            for (unsigned j = 0; j < N; j++) {                                                     \
                uint64_t bits = 0;                                                                 \
                                                                                                   \
                memcpy(&bits, &c[i][j], sizeof(c[i][j]));                                          \
                sum = mix_in(sum, bits);                                                           \
            }                                                                                      \
        return sum;                                                                                \
    }

MATRIX(of_int, int32_t)
MATRIX(of_float, float)
MATRIX(of_double, double)

uint64_t mix_matmul(unsigned scale)
{
    uint64_t state = 77, sum = 0;

    while (scale--)
        sum = mix_in(mix_in(mix_in(sum, of_int(&state)), of_float(&state)), of_double(&state));
    return sum;
}
