/* SPDX-License-Identifier: MIT
 *
 * diag.c: the list of diagnostics.
 *
 * Reads:  a message and the place that it is about.
 * Writes: struct etch_diags.
 * Never:  prints, or keeps more than ETCH_DIAGS_PER_FILE for a file: a hostile
 *         file of 100 MB shall not cost gigabytes of messages.
 */
#include "declare/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declare/store.h"

/* A longer source line is kept only up to here. */
#define SOURCE_LINE_MAX 1000

static struct etch_diag *diag_push(struct etch_diags *diags)
{
    struct etch_diag *v = etch_grow(diags->v, diags->n, &diags->capacity, sizeof(*v));
    if (!v)
        return NULL;
    diags->v = v;
    struct etch_diag *diag = &diags->v[diags->n++];
    memset(diag, 0, sizeof(*diag));
    return diag;
}

static char *message_make(const char *prefix, const char *format, va_list ap)
{
    char *message = NULL, *whole = NULL;
    if (vasprintf(&message, format, ap) < 0)
        return NULL;
    if (!prefix)
        return message;
    if (asprintf(&whole, "%s%s", prefix, message) < 0)
        whole = NULL;
    free(message);
    return whole;
}

static void count(struct etch_diags *diags, enum etch_severity severity)
{
    if (severity == ETCH_ERROR)
        diags->errors++;
    else if (severity == ETCH_WARNING)
        diags->warnings++;
}

/* Whether one more may be stored for the file; the first that may not leaves
 * a note in its place. */
static bool room_for(struct etch_diags *diags, const char *file)
{
    if (diags->current != file) {
        diags->current = file;
        diags->in_file = 0;
    }
    if (diags->in_file++ < ETCH_DIAGS_PER_FILE)
        return true;
    if (diags->in_file == ETCH_DIAGS_PER_FILE + 1) {
        struct etch_diag *diag = diag_push(diags);
        if (diag) {
            diag->severity = ETCH_NOTE;
            diag->file = file;
            diag->message = strdup("further messages about this file are counted, not shown");
        }
    }
    return false;
}

void etch_diag_at(struct etch_diags *diags, enum etch_severity severity,
                  const struct etch_place *place, bool qemu_text, const char *hint,
                  const char *prefix, const char *format, va_list ap)
{
    if (!diags)
        return;
    count(diags, severity);
    if (!room_for(diags, place->file))
        return;
    struct etch_diag *diag = diag_push(diags);
    if (!diag)
        return;
    diag->severity = severity;
    diag->file = place->file;
    diag->line = place->line;
    diag->column = place->column;
    diag->qemu_text = qemu_text;
    diag->message = message_make(prefix, format, ap);
    diag->hint = hint ? strdup(hint) : NULL;
    if (place->text && place->column <= SOURCE_LINE_MAX)
        diag->source_line =
            strndup(place->text, place->length < SOURCE_LINE_MAX ? place->length : SOURCE_LINE_MAX);
}

void etch_diag_add(struct etch_diags *diags, enum etch_severity severity, const char *file,
                   unsigned line, unsigned column, const char *source_line, const char *hint,
                   const char *format, ...)
{
    struct etch_place place = {.file = file,
                               .line = line,
                               .column = column,
                               .text = source_line,
                               .length = source_line ? strlen(source_line) : 0};
    va_list ap;
    va_start(ap, format);
    etch_diag_at(diags, severity, &place, false, hint, NULL, format, ap);
    va_end(ap);
}

void etch_diags_free(struct etch_diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        free(diags->v[i].message);
        free(diags->v[i].hint);
        free(diags->v[i].source_line);
    }
    free(diags->v);
    memset(diags, 0, sizeof(*diags));
}
