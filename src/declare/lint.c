/* SPDX-License-Identifier: MIT
 *
 * lint.c: what a C compiler or a reader of the trace would stumble over, in
 * declarations that parse. doc/lint.md lists the findings and their reasons.
 *
 * Reads:  a list of declarations, all of one program.
 * Writes: diagnostics.
 * Never:  repeats what the parser says.
 */
#include "declare/lint.h"

#include <string.h>

#include "declare/diag.h"

void etch_lint_add(struct etch_diags *diags, enum etch_severity severity,
                   const struct etch_decl *decl, unsigned column, const char *hint,
                   const char *format, ...)
{
    struct etch_place place = {.file = decl->file, .line = decl->line, .column = column};
    va_list ap;
    va_start(ap, format);
    etch_diag_at(diags, severity, &place, false, hint, NULL, format, ap);
    va_end(ap);
}

int etch_declare_lint(const struct etch_decl_list *list, struct etch_diags *diags)
{
    for (size_t i = 0; i < list->n; i++) {
        etch_lint_args(&list->v[i], diags);
        int error = etch_lint_formats(&list->v[i], diags);
        if (error)
            return error;
    }
    return etch_lint_names(list, diags);
}
