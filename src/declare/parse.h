/* SPDX-License-Identifier: MIT
 *
 * parse.h: the parts of the parser, inside src/declare.
 */
#ifndef ETCH_DECLARE_PARSE_H
#define ETCH_DECLARE_PARSE_H

#include "declare/rules.h"

/* Blanks within a line. */
static inline bool etch_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/* Splits what stands between the parentheses into decl->args. */
void etch_parse_args(struct etch_line *line, struct etch_decl *decl, const char *text,
                     size_t length);

/* Bytes of the word character at p, 0 if there is none: letters, digits, '_',
 * and letters beyond ASCII, which QEMU lets pass, too. */
size_t etch_word_char(const char *p, const char *end);

/* Bytes of the UTF-8 character at p, 0 if there is none. */
size_t etch_utf8_char(const char *p, const char *end);

#endif
