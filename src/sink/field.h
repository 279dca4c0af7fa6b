/* SPDX-License-Identifier: MIT
 *
 * field.h: "EVENT.FIELD", as users name an argument of events: EVENT may be a
 * pattern, FIELD a product "count*size". What an event has not of a product
 * counts as 1, so that "heap_*.count*size" are the bytes that calloc and malloc
 * were asked for.
 *
 * Reads:  the text, declarations.
 * Writes: nothing.
 * Never:  owns the text.
 */
#ifndef ETCH_SINK_FIELD_H
#define ETCH_SINK_FIELD_H

#include <stdbool.h>

#include <etch/read.h>

#include "declare/declare.h"

#define ETCH_FACTORS_MAX 4

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

/* A field in the records of one event; n = 0: the event has it not. */
struct etch_term {
    uint8_t n;
    uint8_t argument[ETCH_FACTORS_MAX];
};

/* A string is no factor of several. */
struct etch_term etch_field_find(const struct etch_decl *decl, const char *name);

static inline uint64_t etch_term_value(const struct etch_term *term,
                                       const struct etch_record *record)
{
    uint64_t value = record->value[term->argument[0]];
    for (uint8_t i = 1; i < term->n; i++)
        value *= record->value[term->argument[i]];
    return value;
}

#endif
