/* SPDX-License-Identifier: MIT
 *
 * register.h: groups and their events: register.c, lock.c, events.c, and memory for
 * what is kept of them (arena.c). They live on over fork.
 */
#ifndef ETCH_RUNTIME_REGISTER_H
#define ETCH_RUNTIME_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <etch/event.h>

#include "format/note.h"
#include "runtime/sys.h"

struct text;

/* Zeroed memory for ever, or NULL; with the registry lock held. */
void *etch_arena(size_t size);

/* A registered group; kept after dlclose, since its ids stay taken. */
struct group_entry {
    struct group_entry *next;
    const struct etch_note *note; /* of the image, or our copy after dlclose */
    struct etch_group *group;     /* NULL after dlclose */
    uint32_t first_id;
    uint32_t n_events;
    struct TraceEvent *events;   /* descriptors, made when first asked for */
    struct TraceEvent **foreign; /* of QEMU's own generated code, instead of all that */
};
extern struct group_entry *etch_groups; /* in order of registration; read with acquire */

/* Adds a group with the registry lock held; 0 or -ENOMEM. */
int etch_group_add(struct group_entry *g);

/* lock.c: its lock. */
void etch_registry_lock(sys_sigset *signals);
void etch_registry_unlock(sys_sigset signals);
/* For the drain, which has no signals to block: false if somebody holds it. */
bool etch_registry_try(void);
void etch_registry_release(void);

/* Whether any group was generated with one of these backends. */
bool etch_backends_have(uint32_t backends);
/* The names of those that they have, for messages. */
void etch_backends_list(struct text *t);

static inline const char *group_event_name(const struct group_entry *g, uint32_t i)
{
    return etch_note_text(g->note) + etch_note_events(g->note)[i].name;
}

static inline bool group_event_disabled(const struct group_entry *g, uint32_t i)
{
    return etch_note_events(g->note)[i].flags & ETCH_NOTE_DISABLED;
}

static inline bool group_event_vcpu(const struct group_entry *g, uint32_t i)
{
    return etch_note_events(g->note)[i].flags & ETCH_NOTE_VCPU;
}

/* events.c: an event's enable word; it is not set after dlclose, nor for an event
 * that is declared `disable`. */
unsigned etch_event_word(const struct group_entry *g, uint32_t i);
void etch_event_set_word(struct group_entry *g, uint32_t i, unsigned value);

#endif
