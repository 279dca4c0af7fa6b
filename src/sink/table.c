/* SPDX-License-Identifier: MIT
 *
 * table.c: see table.h. Linear probing; removal moves back what probed past.
 *
 * Reads:  keys.
 * Writes: a struct etch_table.
 * Never:  keeps what was removed.
 */
#include "sink/table.h"

#include <stdbool.h>
#include <stdlib.h>

static size_t home(const struct etch_table *table, uint64_t key, uint32_t group)
{
    uint64_t h = key ^ (uint64_t)group * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h ^ h >> 29) & (table->room - 1);
}

/* The key's slot, or the free one where it would go. */
static struct etch_item *probe(const struct etch_table *table, uint64_t key, uint32_t group)
{
    size_t at = home(table, key, group);
    while (table->items[at].tag && (table->items[at].key != key || table->items[at].group != group))
        at = (at + 1) & (table->room - 1);
    return &table->items[at];
}

struct etch_item *etch_table_find(const struct etch_table *table, uint64_t key, uint32_t group)
{
    if (!table->room)
        return NULL;
    struct etch_item *item = probe(table, key, group);
    return item->tag ? item : NULL;
}

static bool grow(struct etch_table *table)
{
    struct etch_table more = {.n = table->n, .room = table->room ? 2 * table->room : 256};
    more.items = calloc(more.room, sizeof(*more.items));
    if (!more.items)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->items[i].tag)
            *probe(&more, table->items[i].key, table->items[i].group) = table->items[i];
    free(table->items);
    *table = more;
    return true;
}

struct etch_item *etch_table_get(struct etch_table *table, uint64_t key, uint32_t group,
                                 uint32_t tag)
{
    if (3 * table->room <= 4 * table->n + 4 && !grow(table))
        return NULL;
    struct etch_item *item = probe(table, key, group);
    if (!item->tag) {
        *item = (struct etch_item){.key = key, .group = group, .tag = tag};
        table->n++;
    }
    return item;
}

void etch_table_remove(struct etch_table *table, struct etch_item *item)
{
    size_t mask = table->room - 1, hole = (size_t)(item - table->items);
    for (size_t at = hole;;) {
        at = (at + 1) & mask;
        struct etch_item *next = &table->items[at];
        if (!next->tag)
            break;
        /* It may move into the hole unless its home lies behind the hole. */
        if (((at - home(table, next->key, next->group)) & mask) >= ((at - hole) & mask)) {
            table->items[hole] = *next;
            hole = at;
        }
    }
    table->items[hole].tag = 0;
    table->n--;
}

void etch_table_free(struct etch_table *table)
{
    free(table->items);
    *table = (struct etch_table){0};
}
