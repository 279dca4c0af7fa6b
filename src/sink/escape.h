/* SPDX-License-Identifier: MIT
 *
 * escape.h: recorded bytes as text that a terminal, a JSON parser or a script
 * for simpletrace takes. All are hostile.
 *
 * Reads:  bytes of any content.
 * Writes: the output buffer.
 * Never:  lets a control character through.
 */
#ifndef ETCH_SINK_ESCAPE_H
#define ETCH_SINK_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "sink/out.h"

/* Whether the text needs no escape in any of the styles but perhaps quotes and
 * backslashes: all bytes printable ASCII. */
bool etch_text_is_plain(const char *s, size_t n);

/* The bytes of the UTF-8 sequence at s, 0: not one, or one of a control
 * character (C1 or a line separator). */
unsigned etch_utf8_length(const char *s, size_t n);

/* For people: \n, \t, \r, else \xHH for control characters and what is not
 * UTF-8. A backslash stands for itself, as printf would print it. */
char *etch_put_text(struct etch_out *out, char *p, const char *s, size_t n);

/* The inside of a JSON string; what is not UTF-8 becomes U+FFFD. */
char *etch_put_json(struct etch_out *out, char *p, const char *s, size_t n);

/* Python's b'...', as simpletrace.py prints strings. */
char *etch_put_python(struct etch_out *out, char *p, const char *s, size_t n);

#endif
