/* SPDX-License-Identifier: MIT */
/*
 * crc.c: CRC-32 of a buffer, by table and bit by bit.
 */
#include "mix.h"

enum { BYTES = 400000, BITWISE = 60000 };

static uint32_t step(uint32_t crc)
{
    return crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
}

uint64_t mix_crc(unsigned scale)
{
    static uint8_t buffer[BYTES];
    uint32_t table[256];
    uint64_t state = 0xabcdef, sum = 0;

    for (unsigned i = 0; i < 256; i++) {
        table[i] = i;
        for (unsigned bit = 0; bit < 8; bit++)
            table[i] = step(table[i]);
    }
    for (unsigned i = 0; i < BYTES; i++)
        buffer[i] = (uint8_t)mix_random(&state);
    while (scale--) {
        uint32_t fast = ~0u, slow = ~0u;

        for (unsigned i = 0; i < BYTES; i++)
            fast = table[(fast ^ buffer[i]) & 255] ^ fast >> 8;
        for (unsigned i = 0; i < BITWISE; i++) {
            slow ^= buffer[i];
            for (unsigned bit = 0; bit < 8; bit++)
                slow = step(slow);
        }
        sum = mix_in(mix_in(sum, fast), slow);
        buffer[sum % BYTES] ^= 0x55;
    }
    return sum;
}
