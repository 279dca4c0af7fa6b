/* SPDX-License-Identifier: MIT
 *
 * printer.c: see printer.h.
 *
 * Reads:  the name and declaration of records.
 * Writes: a struct etch_printer.
 * Never:  prints.
 */
#include "sink/printer.h"

#include <errno.h>
#include <stdlib.h>

#include "sink/escape.h"

/* Of a name, bytes. Longer ones are cut. */
#define NAME_MAX_SHOWN 1024u

static int make_head(const struct etch_printer *printer, struct etch_printed *event,
                     const char *name)
{
    struct etch_out out;
    int r = etch_out_open(&out, -1);
    if (r)
        return r;
    size_t n = strnlen(name, NAME_MAX_SHOWN);
    etch_out_text(&out, printer->before);
    out.p = printer->style == ETCH_PLAN_JSON ? etch_put_json(&out, out.p, name, n)
                                             : etch_put_text(&out, out.p, name, n);
    etch_out_text(&out, printer->after);
    event->head_size = (size_t)(out.p - out.start);
    event->head = calloc(1, event->head_size + ETCH_OUT_SLACK);
    if (event->head)
        memcpy(event->head, out.start, event->head_size);
    out.p = out.start; /* nothing to flush */
    etch_out_close(&out);
    return event->head ? 0 : -ENOMEM;
}

int etch_printer_add(struct etch_printer *printer, const struct etch_record *record, uint32_t index)
{
    int r = etch_events_grow((void **)&printer->events, sizeof(*printer->events), &printer->room,
                             index);
    if (r)
        return r;
    struct etch_printed *event = &printer->events[index];
    printer->n = index + 1;
    r = make_head(printer, event, record->name);
    if (r == 0 && record->decl)
        r = etch_plan_make(&event->plan, record->decl, printer->style);
    return r == -EINVAL ? 0 : r; /* a broken format prints raw */
}

void etch_printer_free(struct etch_printer *printer)
{
    for (uint32_t i = 0; i < printer->n; i++) {
        etch_plan_free(&printer->events[i].plan);
        free(printer->events[i].head);
    }
    free(printer->events);
    etch_events_free(&printer->numbers);
}
