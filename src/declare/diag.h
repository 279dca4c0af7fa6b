/* SPDX-License-Identifier: MIT
 *
 * diag.h: adding a diagnostic, inside src/declare.
 */
#ifndef ETCH_DECLARE_DIAG_H
#define ETCH_DECLARE_DIAG_H

#include <stdarg.h>

#include "declare/declare.h"

/* A place of a source, as far as it is known. */
struct etch_place {
    const char *file;
    unsigned line, column;
    const char *text; /* of the line, not ended by NUL; NULL: unknown */
    size_t length;
};

/* Counts a diagnostic and, below the file's limit, stores it. `diags` may be
 * NULL. `prefix` stands before the message; NULL: none. */
void etch_diag_at(struct etch_diags *diags, enum etch_severity severity,
                  const struct etch_place *place, bool qemu_text, const char *hint,
                  const char *prefix, const char *format, va_list ap);

#endif
