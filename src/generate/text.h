/* SPDX-License-Identifier: MIT
 *
 * text.h: one growing buffer that holds a generated file until it is written
 * in one go. A failed allocation is remembered, so that callers look once.
 */
#ifndef ETCH_GENERATE_TEXT_H
#define ETCH_GENERATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct etch_text {
    char *v;
    size_t n, capacity;
    bool failed;    /* no memory: what is there is not whole */
    size_t counted; /* bytes whose newlines are in `newlines` */
    size_t newlines;
};

/* Says how large an empty buffer will become, about: it need not be right. */
void etch_text_reserve(struct etch_text *text, size_t bytes);

/* Makes room for more than n bytes; false: there is no memory. */
bool etch_text_grow(struct etch_text *text, size_t n);

/* Inline: it is called some hundred thousand times a file. */
static inline void etch_text_add(struct etch_text *text, const char *bytes, size_t n)
{
    if (n >= text->capacity - text->n && !etch_text_grow(text, n))
        return;
    memcpy(text->v + text->n, bytes, n);
    text->n += n;
}

static inline void etch_text_puts(struct etch_text *text, const char *string)
{
    etch_text_add(text, string, strlen(string));
}

void etch_text_number(struct etch_text *text, unsigned long long number);

/* Adds the bytes so that they are themselves inside a C string literal: quotes
 * and backslashes escaped, trigraphs broken, anything but ASCII in octal. */
void etch_text_escaped(struct etch_text *text, const char *bytes, size_t n);

/* Adds a path as a word of a Makefile's rule, and a blank. */
void etch_text_depfile_word(struct etch_text *text, const char *path);

/* The number, from 1, of the line that is being written. */
size_t etch_text_line(struct etch_text *text);

void etch_text_free(struct etch_text *text);

#endif
