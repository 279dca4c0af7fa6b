/* SPDX-License-Identifier: MIT
 *
 * table.h: an open-addressing hash table from a number and a group (a process,
 * say) to two numbers.
 *
 * Reads:  keys, which a hostile trace may choose: the hash is a good one.
 * Writes: its own memory, as much as it has keys.
 * Never:  keeps what was removed.
 */
#ifndef ETCH_SINK_TABLE_H
#define ETCH_SINK_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct etch_item {
    uint64_t key;
    uint32_t group;
    uint32_t tag; /* 0: the slot is free; else the user's */
    uint64_t a, b;
};

struct etch_table {
    struct etch_item *items;
    size_t n, room; /* room: a power of 2, or 0 */
};

/* NULL: not there. */
struct etch_item *etch_table_find(const struct etch_table *table, uint64_t key, uint32_t group);

/* The item of a key, made with this tag and zeros if it is not there. NULL: no
 * memory. Pointers to other items are no longer valid. */
struct etch_item *etch_table_get(struct etch_table *table, uint64_t key, uint32_t group,
                                 uint32_t tag);

/* Pointers to other items are no longer valid. */
void etch_table_remove(struct etch_table *table, struct etch_item *item);

void etch_table_free(struct etch_table *table);

#endif
