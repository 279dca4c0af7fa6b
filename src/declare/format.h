/* SPDX-License-Identifier: MIT
 *
 * format.h: declared formats, inside src/declare.
 */
#ifndef ETCH_DECLARE_FORMAT_H
#define ETCH_DECLARE_FORMAT_H

#include "declare/declare.h"

/* Why a format cannot be resolved. */
enum etch_format_fault {
    ETCH_FORMAT_GOOD,
    ETCH_FORMAT_OPEN,   /* a literal does not end */
    ETCH_FORMAT_MACRO,  /* a word that is no PRI macro */
    ETCH_FORMAT_STRAY,  /* a character outside a literal */
    ETCH_FORMAT_ESCAPE, /* an escape that C does not have */
};

/* Resolves literals, escapes and macros of `format` into `text`, which has room
 * for strlen(format) + 1 bytes. `wide`: fixed-width macros become C23's "w64x"
 * rather than "llx", so that they can be told from a literal "ll". `map`, if
 * not NULL, gets for each byte of the text its offset in the format, and has
 * room for as many. A fault is at *where. */
enum etch_format_fault etch_format_resolve(const char *format, bool wide, char *text, uint32_t *map,
                                           size_t *where);

#endif
