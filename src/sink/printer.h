/* SPDX-License-Identifier: MIT
 *
 * printer.h: the plans of all events of a stream in one style, each made when
 * its event first appears, and the text that stands before its values.
 *
 * Reads:  records.
 * Writes: the output buffer.
 * Never:  prints a name without escapes: names are the trace's.
 */
#ifndef ETCH_SINK_PRINTER_H
#define ETCH_SINK_PRINTER_H

#include "sink/events.h"
#include "sink/plan.h"

struct etch_printed {
    struct etch_plan plan; /* no text: without declaration */
    char *head;
    size_t head_size;
};

struct etch_printer {
    enum etch_plan_style style;
    const char *before, *after; /* around the name in a head */
    struct etch_events numbers;
    struct etch_printed *events;
    uint32_t n, room;
};

/* A record's event for the first time. */
int etch_printer_add(struct etch_printer *printer, const struct etch_record *record,
                     uint32_t index);

/* The event of a record; valid until the next call. 0 or -ENOMEM. */
static inline int etch_printer_find(struct etch_printer *printer, const struct etch_record *record,
                                    struct etch_printed **event)
{
    uint32_t index;
    bool is_new;
    int r = etch_events_index(&printer->numbers, record, &index, &is_new);
    if (__builtin_expect(r == 0 && is_new, 0))
        r = etch_printer_add(printer, record, index);
    *event = &printer->events[index];
    return r;
}

/* Prints the values. */
static inline void etch_printer_values(const struct etch_printer *printer,
                                       const struct etch_printed *event,
                                       const struct etch_record *record, struct etch_out *out)
{
    if (__builtin_expect(event->plan.text != NULL, 1))
        etch_plan_print(&event->plan, record, out);
    else
        etch_plan_print_undeclared(record, printer->style, out);
}

void etch_printer_free(struct etch_printer *printer);

#endif
