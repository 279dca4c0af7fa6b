/* SPDX-License-Identifier: MIT
 *
 * events.c: the interface to events by program: QEMU's trace/control.h
 * (include/etch/control.h).
 */
#include <etch/control.h>
#include <stdio.h>

#include "format/pattern.h"
#include "format/text.h"
#include "runtime/register.h"
#include "runtime/sys.h"

int trace_events_enabled_count;

/* Fills the descriptors of a group: the generated ones (--dialect=qemu), else
 * our own. With the registry lock held. */
static TraceEvent *events_make(struct group_entry *g)
{
    TraceEvent *events = g->group->events;
    if (events != NULL) {
        for (uint32_t i = 0; i < g->n_events; i++)
            events[i].id = g->first_id + i;
        return events;
    }
    events = etch_arena(g->n_events * sizeof(*events));
    for (uint32_t i = 0; events != NULL && i < g->n_events; i++) {
        TraceEvent e = {g->first_id + i, group_event_name(g, i), !group_event_disabled(g, i),
                        &g->group->words[i]};
        __builtin_memcpy(&events[i], &e, sizeof(e));
    }
    return events;
}

/* The i-th event of a group; NULL after dlclose or without memory. */
static TraceEvent *group_event(struct group_entry *g, uint32_t i)
{
    if (g->foreign != NULL)
        return g->foreign[i];
    if (__atomic_load_n(&g->group, __ATOMIC_ACQUIRE) == NULL)
        return NULL;
    TraceEvent *events = __atomic_load_n(&g->events, __ATOMIC_ACQUIRE);
    if (events == NULL) {
        sys_sigset signals;
        etch_registry_lock(&signals);
        events = g->events == NULL && g->group != NULL ? events_make(g) : g->events;
        __atomic_store_n(&g->events, events, __ATOMIC_RELEASE);
        etch_registry_unlock(signals);
    }
    return events == NULL ? NULL : &events[i];
}

static void iter_init(TraceEventIter *iter, const char *pattern, uint32_t group, uint32_t groups)
{
    struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE);
    while (g != NULL && group-- > 0)
        g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE);
    *iter = (TraceEventIter){.group = g, .pattern = pattern, .groups = groups};
}

void trace_event_iter_init_all(TraceEventIter *iter)
{
    iter_init(iter, NULL, 0, UINT32_MAX);
}

void trace_event_iter_init_pattern(TraceEventIter *iter, const char *pattern)
{
    iter_init(iter, pattern, 0, UINT32_MAX);
}

void trace_event_iter_init_group(TraceEventIter *iter, size_t group)
{
    iter_init(iter, NULL, (uint32_t)group, 1);
}

TraceEvent *trace_event_iter_next(TraceEventIter *iter)
{
    while (iter->group != NULL && iter->groups != 0) {
        struct group_entry *g = iter->group;
        while (iter->event < g->n_events) {
            uint32_t i = iter->event++;
            if (iter->pattern != NULL && !pattern_match(iter->pattern, group_event_name(g, i)))
                continue;
            TraceEvent *event = group_event(g, i);
            if (event != NULL)
                return event;
        }
        iter->group = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE);
        iter->event = 0;
        iter->groups--;
    }
    return NULL;
}

TraceEvent *trace_event_name(const char *name)
{
    for (struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE))
        for (uint32_t i = 0; i < g->n_events; i++)
            if (text_equal(group_event_name(g, i), name))
                return group_event(g, i);
    return NULL;
}

void trace_event_set_state_dynamic(TraceEvent *event, bool state)
{
    if (!event->sstate)
        return;
    uint16_t was = __atomic_exchange_n(event->dstate, (uint16_t)state, __ATOMIC_RELAXED);
    if ((was != 0) != state)
        __atomic_add_fetch(&trace_events_enabled_count, state ? 1 : -1, __ATOMIC_RELAXED);
}

void trace_event_set_state_dynamic_init(TraceEvent *event, bool state)
{
    trace_event_set_state_dynamic(event, state);
}

void trace_list_events(FILE *file)
{
    TraceEventIter iter;
    TraceEvent *event;
    trace_event_iter_init_all(&iter);
    while ((event = trace_event_iter_next(&iter)) != NULL)
        fprintf(file, "%s\n", event->name);
}

/* Where the enable word of an event lies; NULL after dlclose. */
static uint16_t *group_word(const struct group_entry *g, uint32_t i)
{
    if (g->foreign != NULL)
        return g->foreign[i]->dstate;
    return g->group == NULL ? NULL : &g->group->words[i];
}

unsigned etch_event_word(const struct group_entry *g, uint32_t i)
{
    const uint16_t *word = group_word(g, i);
    return word == NULL ? 0 : __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* Only words that are ours: not through descriptors, which cost memory. */
void etch_event_set_word(struct group_entry *g, uint32_t i, unsigned value)
{
    uint16_t *word = group_word(g, i);
    if (word == NULL || group_event_disabled(g, i))
        return;
    /* Release: who finds the event asked about finds its condition. */
    uint16_t was = __atomic_exchange_n(word, (uint16_t)value, __ATOMIC_RELEASE);
    if ((was != 0) != (value != 0))
        __atomic_add_fetch(&trace_events_enabled_count, value != 0 ? 1 : -1, __ATOMIC_RELAXED);
}
