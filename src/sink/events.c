/* SPDX-License-Identifier: MIT
 *
 * events.c: see events.h.
 *
 * Reads:  the name and declaration of records.
 * Writes: a struct etch_events.
 * Never:  forgets a number.
 */
#include "sink/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t name_hash(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

static struct etch_event_slot *find(struct etch_events *events, uint64_t key,
                                    const struct etch_record *record)
{
    uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & events->mask;
    for (; events->slots[at].name; at = (at + 1) & events->mask) {
        struct etch_event_slot *slot = &events->slots[at];
        if (slot->key == key && slot->decl == record->decl &&
            (slot->decl || strcmp(slot->name, record->name) == 0))
            break;
    }
    return &events->slots[at];
}

static int grow(struct etch_events *events)
{
    uint32_t room = events->slots ? 2 * (events->mask + 1) : 64;
    struct etch_event_slot *old = events->slots;
    struct etch_event_slot *slots = calloc(room, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    uint32_t old_room = old ? events->mask + 1 : 0;
    events->slots = slots;
    events->mask = room - 1;
    for (uint32_t i = 0; i < old_room; i++) {
        if (!old[i].name)
            continue;
        struct etch_record like = {.name = old[i].name, .decl = old[i].decl};
        *find(events, old[i].key, &like) = old[i];
    }
    free(old);
    return 0;
}

int etch_events_add(struct etch_events *events, const struct etch_record *record, uint32_t *index)
{
    uint64_t key = record->decl ? (uint64_t)(uintptr_t)record->decl : name_hash(record->name);
    if (!events->slots || events->n >= (events->mask + 1) / 2) {
        int r = grow(events);
        if (r)
            return r;
    }
    struct etch_event_slot *slot = find(events, key, record);
    if (!slot->name) {
        char *name = strdup(record->name);
        if (!name)
            return -ENOMEM;
        *slot = (struct etch_event_slot){
            .key = key, .name = name, .decl = record->decl, .index = events->n++};
    }
    *index = slot->index;
    return 0;
}

void etch_events_free(struct etch_events *events)
{
    for (uint32_t i = 0; events->slots && i <= events->mask; i++)
        free(events->slots[i].name);
    free(events->slots);
    *events = (struct etch_events){0};
}

int etch_events_grow(void **array, size_t item, uint32_t *room, uint32_t index)
{
    if (index < *room)
        return 0;
    uint32_t more = index < 64 ? 64 : 2 * index;
    char *grown = realloc(*array, more * item);
    if (!grown)
        return -ENOMEM;
    memset(grown + *room * item, 0, (more - *room) * item);
    *array = grown;
    *room = more;
    return 0;
}
