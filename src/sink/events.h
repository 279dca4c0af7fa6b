/* SPDX-License-Identifier: MIT
 *
 * events.h: numbers the events of a stream from 0 on, so that a sink keeps what
 * it knows of each in an array.
 *
 * Reads:  the name and declaration of records.
 * Writes: its own table.
 * Never:  forgets a number.
 */
#ifndef ETCH_SINK_EVENTS_H
#define ETCH_SINK_EVENTS_H

#include <etch/read.h>

struct etch_event_slot {
    uint64_t key; /* the declaration's address, or a hash of the name */
    char *name;   /* NULL: the slot is free */
    const struct etch_decl *decl;
    uint32_t index;
};

struct etch_events {
    struct etch_event_slot *slots;
    uint32_t n, mask;
    uint64_t last_key;
    uint32_t last;
};

/* The record's event was not known: give it a number. */
int etch_events_add(struct etch_events *events, const struct etch_record *record, uint32_t *index);

/* The index of a record's event; *is_new where it was never seen before. 0 or
 * -ENOMEM. */
static inline int etch_events_index(struct etch_events *events, const struct etch_record *record,
                                    uint32_t *index, bool *is_new)
{
    uint64_t key = (uint64_t)(uintptr_t)record->decl;
    *is_new = false;
    if (__builtin_expect(key != 0, 1)) {
        if (key == events->last_key) {
            *index = events->last;
            return 0;
        }
        if (events->slots) {
            uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & events->mask;
            for (; events->slots[at].name; at = (at + 1) & events->mask) {
                if (events->slots[at].key == key && events->slots[at].decl) {
                    events->last_key = key;
                    *index = events->last = events->slots[at].index;
                    return 0;
                }
            }
        }
    }
    uint32_t before = events->n;
    int r = etch_events_add(events, record, index);
    *is_new = events->n != before;
    return r;
}

void etch_events_free(struct etch_events *events);

/* Grows an array of items that is indexed by events so that `index` fits;
 * zeroes what is new. 0 or -ENOMEM. */
int etch_events_grow(void **array, size_t item, uint32_t *room, uint32_t index);

#endif
