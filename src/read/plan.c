/* SPDX-License-Identifier: MIT
 *
 * plan.c: plans; see plan.h.
 */
#include "read/plan.h"

#include <errno.h>
#include <stdlib.h>

#include "format/kind.h"

struct plan *plan_new(uint64_t id, const char *name, size_t name_size, const struct etch_decl *decl)
{
    struct plan *plan = calloc(1, sizeof(*plan));
    if (plan == NULL)
        return NULL;
    plan->id = id;
    plan->name = strndup(name, name_size);
    if (plan->name == NULL) {
        free(plan);
        return NULL;
    }
    if (decl == NULL || decl->n_args > ETCH_VALUES_MAX)
        return plan;
    plan->decl = decl;
    plan->n = (uint32_t)decl->n_args;
    plan->numbers = true;
    for (uint32_t i = 0; i < plan->n; i++) {
        char kind = decl->args[i].kind;
        plan->op[i] = PLAN_NUMBER;
        if (kind == ETCH_KIND_STRING)
            plan->op[i] = PLAN_STRING;
        else if (kind == ETCH_KIND_FLOAT || kind == ETCH_KIND_DOUBLE)
            plan->op[i] = PLAN_DOUBLE;
        plan->size += plan->op[i] == PLAN_STRING ? 4 : 8;
        plan->numbers &= plan->op[i] == PLAN_NUMBER;
    }
    return plan;
}

static void plan_free(struct plan *plan)
{
    if (plan != NULL)
        free(plan->name);
    free(plan);
}

static void enter(struct plan **slot, size_t capacity, struct plan *plan)
{
    size_t i = (size_t)(plan->id * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (capacity - 1);
    while (slot[i] != NULL)
        i = (i + 1) & (capacity - 1);
    slot[i] = plan;
}

static int grow(struct plan_table *table)
{
    size_t capacity = table->capacity == 0 ? 1024 : table->capacity * 2;
    struct plan **slot = calloc(capacity, sizeof(*slot));
    if (slot == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slot[i] != NULL)
            enter(slot, capacity, table->slot[i]);
    free(table->slot);
    table->slot = slot;
    table->capacity = capacity;
    return 0;
}

/* Keeps a plan that was replaced until the table goes. */
static int retire(struct plan_table *table, struct plan *plan)
{
    if ((table->n_old & (table->n_old - 1)) == 0) {
        size_t capacity = table->n_old == 0 ? 1 : table->n_old * 2;
        struct plan **old = realloc(table->old, capacity * sizeof(*old));
        if (old == NULL)
            return -ENOMEM;
        table->old = old;
    }
    table->old[table->n_old++] = plan;
    return 0;
}

int plan_table_put(struct plan_table *table, struct plan *plan)
{
    if (table->capacity != 0) {
        size_t mask = table->capacity - 1;
        size_t i = (size_t)(plan->id * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
        while (table->slot[i] != NULL && table->slot[i]->id != plan->id)
            i = (i + 1) & mask;
        if (table->slot[i] != NULL) {
            struct plan *old = table->slot[i];
            if (strcmp(old->name, plan->name) == 0 && old->decl == plan->decl) {
                plan_free(plan); /* the same again, as QEMU writes for late groups */
                return 0;
            }
            table->slot[i] = plan;
            return retire(table, old);
        }
    }
    if (table->n * 2 >= table->capacity && grow(table) < 0) {
        plan_free(plan);
        return -ENOMEM;
    }
    enter(table->slot, table->capacity, plan);
    table->n++;
    return 0;
}

void plan_table_free(struct plan_table *table)
{
    for (size_t i = 0; i < table->capacity; i++)
        plan_free(table->slot[i]);
    for (size_t i = 0; i < table->n_old; i++)
        plan_free(table->old[i]);
    free(table->slot);
    free(table->old);
    *table = (struct plan_table){0};
}

/* The simple format casts a double to uint64_t; readers get the bits of one. */
static uint64_t double_bits(uint64_t whole)
{
    double d = (double)(int64_t)whole; /* negative ones are extended */
    uint64_t bits;
    memcpy(&bits, &d, sizeof(bits));
    return bits;
}

static bool decode_mixed(const struct plan *plan, const unsigned char *p, size_t left, bool swap,
                         struct etch_record *record)
{
    for (uint32_t i = 0; i < plan->n; i++) {
        if (plan->op[i] == PLAN_STRING) {
            if (left < 4)
                return false;
            uint32_t length = plan_u32(p, swap);
            if (length > left - 4)
                return false;
            record->value[i] = (uint64_t)(uintptr_t)(p + 4);
            record->length[i] = length;
            p += 4 + (size_t)length;
            left -= 4 + (size_t)length;
        } else {
            if (left < 8)
                return false;
            uint64_t v = plan_u64(p, swap);
            record->value[i] = plan->op[i] == PLAN_DOUBLE ? double_bits(v) : v;
            record->length[i] = 0;
            p += 8;
            left -= 8;
        }
    }
    return left == 0;
}

bool plan_decode(const struct plan *plan, const unsigned char *payload, size_t size, bool swap,
                 struct etch_record *record)
{
    if (plan->numbers && size != plan->size)
        return false;
    if (!plan->numbers && !decode_mixed(plan, payload, size, swap, record))
        return false;
    if (plan->numbers)
        for (uint32_t i = 0; i < plan->n; i++) {
            record->value[i] = plan_u64(payload + 8 * (size_t)i, swap);
            record->length[i] = 0;
        }
    record->decl = plan->decl;
    record->n_values = plan->n;
    return true;
}

void plan_decode_raw(const unsigned char *payload, size_t size, bool swap,
                     struct etch_record *record)
{
    record->decl = NULL;
    record->n_values = (uint32_t)(size / 8);
    if (size % 8 != 0 || size / 8 > ETCH_VALUES_MAX) {
        record->n_values = 1;
        record->value[0] = (uint64_t)(uintptr_t)payload;
        record->length[0] = (uint32_t)size;
        return;
    }
    for (uint32_t i = 0; i < record->n_values; i++) {
        record->value[i] = plan_u64(payload + 8 * (size_t)i, swap);
        record->length[i] = 0;
    }
}
