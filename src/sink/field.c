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

#include "format/kind.h"
#include "format/pattern.h"

struct etch_field etch_field_parse(const char *text, const char *fallback)
{
    const char *dot = strchr(text, '.');
    return (struct etch_field){.text = text,
                               .event_size = dot ? (size_t)(dot - text) : strlen(text),
                               .name = dot ? dot + 1 : fallback};
}

bool etch_field_is_of(const struct etch_field *field, const char *event)
{
    char pattern[256];
    if (field->event_size >= sizeof(pattern))
        return strncmp(field->text, event, field->event_size) == 0 &&
               event[field->event_size] == '\0';
    memcpy(pattern, field->text, field->event_size);
    pattern[field->event_size] = '\0';
    return pattern_match(pattern, event);
}

static int find_argument(const struct etch_decl *decl, const char *name, size_t size)
{
    for (size_t i = 0; i < decl->n_args && i < ETCH_VALUES_MAX; i++)
        if (strncmp(decl->args[i].name, name, size) == 0 && decl->args[i].name[size] == '\0')
            return (int)i;
    return -1;
}

struct etch_term etch_field_find(const struct etch_decl *decl, const char *name)
{
    struct etch_term term = {0};
    bool product = name && strchr(name, '*');
    while (decl && name && *name) {
        size_t size = strcspn(name, "*");
        int found = find_argument(decl, name, size);
        bool fits = found >= 0 && !(product && decl->args[found].kind == ETCH_KIND_STRING);
        if (fits && term.n < ETCH_FACTORS_MAX)
            term.argument[term.n++] = (uint8_t)found;
        name += size + (name[size] == '*');
    }
    return term;
}
