/* SPDX-License-Identifier: MIT
 *
 * lint.h: the parts of the lint, inside src/declare.
 */
#ifndef ETCH_DECLARE_LINT_H
#define ETCH_DECLARE_LINT_H

#include "declare/declare.h"

#define ETCH_HINT_MAX 400

/* Adds a finding about a declaration. hint may be NULL. message as printf. */
void etch_lint_add(struct etch_diags *diags, enum etch_severity severity,
                   const struct etch_decl *decl, unsigned column, const char *hint,
                   const char *format, ...) __attribute__((format(printf, 6, 7)));

/* What the names and types of its arguments will meet in a C compiler. */
void etch_lint_args(const struct etch_decl *decl, struct etch_diags *diags);

/* Its formats against its arguments. 0 or -ENOMEM. */
int etch_lint_formats(const struct etch_decl *decl, struct etch_diags *diags);

/* The names of all events against each other. 0 or -ENOMEM. */
int etch_lint_names(const struct etch_decl_list *list, struct etch_diags *diags);

#endif
