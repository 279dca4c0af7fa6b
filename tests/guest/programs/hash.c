/* SPDX-License-Identifier: MIT */
/*
 * hash.c: a table of chains on malloc, filled, searched and emptied.
 */
#include <stdlib.h>

#include "mix.h"

enum { BUCKETS = 4096, KEYS = 16000, SEARCHES = 60000 };

struct entry {
    struct entry *next;
    uint64_t key, value;
};

static unsigned bucket(uint64_t key)
{
    key ^= key >> 33;
    key *= UINT64_C(0xff51afd7ed558ccd);
    key ^= key >> 33;
    return key % BUCKETS;
}

static uint64_t empty(struct entry **table)
{
    uint64_t sum = 0;

    for (unsigned b = 0; b < BUCKETS; b++)
        while (table[b]) {
            struct entry *entry = table[b];

            sum = mix_in(sum, entry->key ^ entry->value);
            table[b] = entry->next;
            free(entry);
        }
    return sum;
}

uint64_t mix_hash(unsigned scale)
{
    static struct entry *table[BUCKETS];
    uint64_t state = 0xfeed, sum = 0;

    while (scale--) {
        for (unsigned i = 0; i < KEYS; i++) {
            struct entry *entry = malloc(sizeof(*entry));
            uint64_t key = mix_random(&state) % (4 * KEYS);

            if (!entry)
                abort();
            *entry = (struct entry){table[bucket(key)], key, i};
            table[bucket(key)] = entry;
        }
        for (unsigned i = 0; i < SEARCHES; i++) {
            uint64_t key = mix_random(&state) % (4 * KEYS);
            const struct entry *entry = table[bucket(key)];

            while (entry && entry->key != key)
                entry = entry->next;
            sum = mix_in(sum, entry ? entry->value : ~UINT64_C(0));
        }
        sum = mix_in(sum, empty(table));
    }
    return sum;
}
