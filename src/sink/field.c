/* SPDX-License-Identifier: MIT
 *
 * field.c: see field.h.
 *
 * Reads:  the text, declarations.
 * Writes: nothing.
 * Never:  owns the text.
 */
#include "sink/field.h"

#include <string.h>

#include <etch/read.h>

struct etch_field etch_field_parse(const char *text, const char *fallback)
{
    const char *dot = strchr(text, '.');
    return (struct etch_field){.text = text,
                               .event_size = dot ? (size_t)(dot - text) : strlen(text),
                               .name = dot ? dot + 1 : fallback};
}

bool etch_field_is_of(const struct etch_field *field, const char *event)
{
    return strncmp(field->text, event, field->event_size) == 0 && event[field->event_size] == '\0';
}

int etch_field_find(const struct etch_decl *decl, const char *name)
{
    for (size_t i = 0; decl && name && i < decl->n_args && i < ETCH_VALUES_MAX; i++)
        if (strcmp(decl->args[i].name, name) == 0)
            return (int)i;
    return -1;
}
