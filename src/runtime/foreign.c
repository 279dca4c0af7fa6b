/* SPDX-License-Identifier: MIT
 *
 * foreign.c: groups of code that QEMU's own tracetool generated: an array of
 * descriptors ended by NULL, without a note. We write one with what there is,
 * the names, so that they are listed, switched and given ids as ours are.
 */
#include <etch/control.h>

#include "format/text.h"
#include "runtime/register.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

/* A note of n events: every string but the names is empty. */
static struct etch_note *note_of(TraceEvent **events, uint32_t n)
{
    size_t text = 1;
    for (uint32_t i = 0; i < n; i++)
        text += text_length(events[i]->name) + 1;
    struct etch_note *note = etch_arena(sizeof(*note) + n * sizeof(struct etch_note_event) + text);
    if (note == NULL)
        return NULL;
    note->version = ETCH_NOTE_VERSION;
    note->long_size = sizeof(long);
    note->ptr_size = sizeof(void *);
    note->char_signed = ETCH_CHAR_SIGNED;
    note->n_events = n;
    note->text_size = (uint32_t)text;
    struct etch_note_event *e = (struct etch_note_event *)(void *)(note + 1);
    char *to = (char *)(e + n);
    size_t at = 1;
    for (uint32_t i = 0; i < n; i++) {
        e[i].name = (uint32_t)at;
        e[i].flags = events[i]->sstate ? 0 : ETCH_NOTE_DISABLED;
        size_t length = text_length(events[i]->name);
        __builtin_memcpy(to + at, events[i]->name, length);
        at += length + 1;
    }
    return note;
}

void trace_event_register_group(TraceEvent **events)
{
    uint32_t n = 0;
    while (events[n] != NULL)
        n++;
    sys_sigset signals;
    etch_registry_lock(&signals);
    etch_settings_load();
    struct group_entry *g = etch_arena(sizeof(*g));
    if (g != NULL && (g->note = note_of(events, n)) != NULL) {
        g->n_events = n;
        g->foreign = events;
        etch_group_add(g);
        for (uint32_t i = 0; i < n; i++)
            events[i]->id = g->first_id + i;
    }
    etch_registry_unlock(signals);
}
