/* SPDX-License-Identifier: MIT */
/*
 * mix.h: the kernels of the number-crunching guest. Each does `scale` rounds of about ten million
 * instructions and returns a checksum of all it computed: a wrong bit anywhere changes it.
 *
 * Never: depends on time, addresses or the environment: all that run the same program agree.
 */
#ifndef MIX_H
#define MIX_H

#include <stdint.h>

uint64_t mix_qsort(unsigned scale);
uint64_t mix_crc(unsigned scale);
uint64_t mix_matmul(unsigned scale);
uint64_t mix_hash(unsigned scale);
uint64_t mix_sha256(unsigned scale);
uint64_t mix_pi(unsigned scale);
uint64_t mix_nbody(unsigned scale);
uint64_t mix_mandel(unsigned scale);
uint64_t mix_vm(unsigned scale);
uint64_t mix_text(unsigned scale);

/* xorshift64: the same numbers everywhere. */
static inline uint64_t mix_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static inline uint64_t mix_in(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * UINT64_C(0x100000001b3);
}

#endif
