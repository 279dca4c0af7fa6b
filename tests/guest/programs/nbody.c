/* SPDX-License-Identifier: MIT */
/*
 * nbody.c: bodies that attract each other; double, square roots and divisions.
 */
#include <math.h>
#include <string.h>

#include "mix.h"

enum { BODIES = 6, STEPS = 10000 };

struct body {
    double at[3], speed[3], mass;
};

static void attract(struct body *a, struct body *b, double time)
{
    double d[3], square = 0.01;

    for (unsigned i = 0; i < 3; i++) {
        d[i] = a->at[i] - b->at[i];
        square += d[i] * d[i];
    }
    double pull = time / (square * sqrt(square));

    for (unsigned i = 0; i < 3; i++) {
        a->speed[i] -= d[i] * b->mass * pull;
        b->speed[i] += d[i] * a->mass * pull;
    }
}

uint64_t mix_nbody(unsigned scale)
{
    struct body bodies[BODIES];
    uint64_t state = 42, sum = 0;

    for (unsigned b = 0; b < BODIES; b++) {
        for (unsigned i = 0; i < 3; i++) {
            bodies[b].at[i] = (double)(mix_random(&state) % 1000) / 100;
            bodies[b].speed[i] = (double)(mix_random(&state) % 1000) / 1000 - 0.5;
        }
        bodies[b].mass = (double)(1 + mix_random(&state) % 10);
    }
    while (scale--) {
        for (unsigned step = 0; step < STEPS; step++) {
            for (unsigned a = 0; a < BODIES; a++)
                for (unsigned b = a + 1; b < BODIES; b++)
                    attract(&bodies[a], &bodies[b], 0.001);
            for (unsigned b = 0; b < BODIES; b++)
                for (unsigned i = 0; i < 3; i++)
                    bodies[b].at[i] += bodies[b].speed[i] * 0.001;
        }
        for (unsigned b = 0; b < BODIES; b++) {
            uint64_t bits[3];

            memcpy(bits, bodies[b].at, sizeof(bits));
            sum = mix_in(mix_in(mix_in(sum, bits[0]), bits[1]), bits[2]);
        }
    }
    return sum;
}
