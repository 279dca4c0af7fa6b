/* SPDX-License-Identifier: MIT
 *
 * plan.h: how the payload of one event of a simple file is taken apart, made
 * once when its id is mapped; and the table of them by id.
 *
 * Reads:  declarations.
 * Writes: the values of a record.
 * Never:  allocates while decoding.
 */
#ifndef ETCH_READ_PLAN_H
#define ETCH_READ_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "declare/declare.h"
#include <etch/read.h>

enum plan_op { PLAN_NUMBER, PLAN_STRING, PLAN_DOUBLE };

struct plan {
    uint64_t id;
    const struct etch_decl *decl; /* NULL: unknown, or found not to fit */
    char *name;
    uint32_t n;    /* values */
    uint32_t size; /* of the payload; with empty strings, if there are some */
    bool numbers;  /* no strings and no doubles */
    bool told;     /* a fault of this event was reported */
    bool misfit;   /* a payload did not fit: the values are shown raw */
    bool unmapped; /* the name is ours */
    uint8_t op[ETCH_VALUES_MAX];
};

/* An open-addressed table; the plans stay where they are. */
struct plan_table {
    struct plan **slot;
    size_t n, capacity; /* a power of two, or 0 */
    struct plan **old;  /* replaced by a later mapping; events may still refer to them */
    size_t n_old;
};

/* Makes the plan of an event; `decl` may be NULL. NULL: out of memory. */
struct plan *plan_new(uint64_t id, const char *name, size_t name_size,
                      const struct etch_decl *decl);

/* Enters a plan, in place of an older one of the same id. 0 or -ENOMEM; owns
 * the plan either way. */
int plan_table_put(struct plan_table *table, struct plan *plan);
void plan_table_free(struct plan_table *table);

static inline struct plan *plan_table_get(const struct plan_table *table, uint64_t id)
{
    if (table->capacity == 0)
        return NULL;
    size_t mask = table->capacity - 1;
    for (size_t i = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;; i = (i + 1) & mask)
        if (table->slot[i] == NULL || table->slot[i]->id == id)
            return table->slot[i];
}

/* Numbers of a file whose byte order may be the other one. */
static inline uint64_t plan_u64(const unsigned char *p, bool swap)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return swap ? __builtin_bswap64(v) : v;
}

static inline uint32_t plan_u32(const unsigned char *p, bool swap)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return swap ? __builtin_bswap32(v) : v;
}

/* Takes a payload apart by the declaration; false: it does not fit exactly. */
bool plan_decode(const struct plan *plan, const unsigned char *payload, size_t size, bool swap,
                 struct etch_record *record);

/* Shows a payload of which nothing is known. */
void plan_decode_raw(const unsigned char *payload, size_t size, bool swap,
                     struct etch_record *record);

#endif
