/* SPDX-License-Identifier: MIT
 *
 * window.c: events of a simple file in order of time.
 *
 * A file is nearly in order: a thread that was held up between taking its time
 * and taking its place comes late. So a window of events is kept, sorted, and
 * the oldest is given out: an event that stands up to WINDOW places too late
 * comes in order; one that is further off comes as it stands, and no time in a
 * file makes memory grow.
 *
 * Reads:  events that were located, not their payloads.
 * Writes: nothing.
 * Never:  drops an event, whatever its time is.
 */
#include "read/in_simple.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW      512u
#define WINDOW_SPAN (4u << 20) /* bytes of the file that a window keeps at most */

struct window {
    struct simple_event event[WINDOW]; /* a ring, in the order of the file */
    bool given[WINDOW];
    unsigned first, n;
    unsigned order[2 * WINDOW]; /* [begin, end): places in the ring by time */
    unsigned begin, end;
    unsigned last; /* the place that was given out and may still be looked at */
    bool held;     /* last is valid */
    /* What the scan met behind the events of the window, told after them. */
    int met; /* 1: nothing */
    char *message;
    struct etch_read_fault fault;
};

struct window *window_new(void)
{
    struct window *w = calloc(1, sizeof(*w));
    if (w != NULL)
        w->met = 1;
    return w;
}

void window_free(struct window *w)
{
    if (w != NULL)
        free(w->message);
    free(w);
}

static void add(struct window *w, const struct simple_event *event)
{
    unsigned place = (w->first + w->n++) % WINDOW;
    w->event[place] = *event;
    w->given[place] = false;
    if (w->end == 2 * WINDOW) {
        memmove(w->order, w->order + w->begin, (w->end - w->begin) * sizeof(w->order[0]));
        w->end -= w->begin;
        w->begin = 0;
    }
    unsigned i = w->end++;
    for (; i > w->begin && w->event[w->order[i - 1]].time > event->time; i--)
        w->order[i] = w->order[i - 1];
    w->order[i] = place;
}

/* Lets go of what was given out. */
static void release(struct window *w)
{
    if (w->held)
        w->given[w->last] = true;
    w->held = false;
    while (w->n > 0 && w->given[w->first]) {
        w->first = (w->first + 1) % WINDOW;
        w->n--;
    }
}

/* Scans once; what is told besides an event is kept for later. */
static int scan(struct simple *s, struct window *w, struct simple_event *event)
{
    struct fault *fault = s->source.fault;
    struct fault caller = *fault;
    *fault = (struct fault){&w->fault, &w->message};
    int met = simple_scan(s, event);
    *fault = caller;
    return met;
}

static void fill(struct simple *s, struct window *w)
{
    while (w->met == 1 && w->n < WINDOW) {
        uint64_t oldest = w->n > 0 ? w->event[w->first].payload : input_offset(&s->in);
        s->in.keep = oldest;
        if (input_offset(&s->in) - oldest > WINDOW_SPAN)
            break;
        struct simple_event event;
        w->met = scan(s, w, &event);
        if (w->met == 1)
            add(w, &event);
    }
}

/* The window is empty: tells what the scan met, once. */
static int tell_met(struct simple *s, struct window *w)
{
    int met = w->met;
    struct fault *fault = s->source.fault;
    if (met < 0 && met != -EAGAIN) {
        if (fault->fault != NULL)
            *fault->fault = w->fault;
        if (fault->error != NULL) {
            free(*fault->error);
            *fault->error = w->message;
            w->message = NULL;
        }
    }
    w->met = 1;
    return met;
}

int simple_next_ordered(struct simple *s, struct etch_record *record)
{
    struct window *w = s->window;
    release(w);
    fill(s, w);
    if (w->begin == w->end)
        return tell_met(s, w);
    w->last = w->order[w->begin++];
    w->held = true;
    return simple_decode(s, &w->event[w->last], record);
}
