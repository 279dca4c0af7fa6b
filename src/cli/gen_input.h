/* SPDX-License-Identifier: MIT
 *
 * gen_input.h: what `etch gen` and etch-tracetool share.
 */
#ifndef ETCH_CLI_GEN_INPUT_H
#define ETCH_CLI_GEN_INPUT_H

#include "generate/generate.h"

/* Reads a trace-events file into the list, under its path as seen from `cwd`,
 * so that nothing generated depends on where the tree lies. `diags` is empty
 * before; its messages name `path`. 0, -EINVAL with diagnostics, or -errno
 * without. */
int gen_read(const char *path, const char *cwd, enum etch_era era, struct etch_decl_list *decls,
             struct etch_diags *diags);

/* The era of "2.8", "7.2" or "11"; false if it is another word. */
bool gen_era(const char *word, enum etch_era *era);

/* All names joined by ", "; malloc'd, or NULL. */
char *gen_names(const char *(*name)(size_t index));

#endif
