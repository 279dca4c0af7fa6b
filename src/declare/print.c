/* SPDX-License-Identifier: MIT
 *
 * print.c: a declaration → its line of trace-events text.
 *
 * Reads:  struct etch_decl.
 * Writes: one line.
 * Never:  prints properties that cannot be declared (tcg-trans, tcg-exec).
 */
#include "declare/declare.h"

#include <stdio.h>

char *etch_declare_print(const struct etch_decl *decl)
{
    char *line = NULL;
    int n = asprintf(&line, "%s%s%s%s%s(%s)%s%s%s%s\n",
                     decl->properties & ETCH_PROP_DISABLE ? "disable " : "",
                     decl->properties & ETCH_PROP_VCPU ? "vcpu " : "",
                     decl->properties & ETCH_PROP_TCG ? "tcg " : "",
                     decl->properties & ETCH_PROP_NOTIME ? "notime " : "", decl->name, decl->args_text,
                     decl->format ? " " : "", decl->format ? decl->format : "",
                     decl->format_exec ? ", " : "", decl->format_exec ? decl->format_exec : "");
    return n < 0 ? NULL : line;
}
