/* SPDX-License-Identifier: MIT
 *
 * field.h: "EVENT.FIELD", as users name an argument of an event.
 *
 * Reads:  the text, declarations.
 * Writes: nothing.
 * Never:  owns the text.
 */
#ifndef ETCH_SINK_FIELD_H
#define ETCH_SINK_FIELD_H

#include <stdbool.h>

#include "declare/declare.h"

struct etch_field {
    const char *text; /* the whole */
    size_t event_size;
    const char *name; /* NULL: none was named */
    bool seen;        /* the stream had the event */
    bool met;         /* and the event has the field */
};

/* `fallback` is the field where the text names the event alone. */
struct etch_field etch_field_parse(const char *text, const char *fallback);

/* Whether it is of the event of that name. */
bool etch_field_is_of(const struct etch_field *field, const char *event);

/* The index of the argument, -1: the event has none of that name. */
int etch_field_find(const struct etch_decl *decl, const char *name);

#endif
