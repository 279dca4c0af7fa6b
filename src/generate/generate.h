/* SPDX-License-Identifier: MIT
 *
 * generate.h: declarations → the text of a generated file.
 *
 * Reads:  a list of declarations.
 * Writes: text, in memory.
 * Never:  opens files, prints, exits.
 */
#ifndef ETCH_GENERATE_H
#define ETCH_GENERATE_H

#include "declare/declare.h"
#include "generate/text.h"

struct etch_backend;    /* backend.h */
struct etch_gen_format; /* format.h */

/* Which names the generated C uses. */
enum etch_dialect {
    ETCH_DIALECT_ETCH, /* none that C reserves */
    ETCH_DIALECT_QEMU, /* all that a source of QEMU's expects */
};

#define ETCH_GEN_BACKENDS_MAX 16

/* What is made of a list of declarations. */
struct etch_gen_options {
    const char *group;  /* verbatim in file names; in C, letters, digits and _ */
    const char *header; /* what the generated .c includes */
    const char *single; /* the single-file form's header, in place of <etch/...>; or NULL */
    /* Of probes (dtrace, ust): letters, digits and _; NULL: the group. */
    const char *provider;
    bool probes_elsewhere; /* the .c defines no LTTng probes: the build makes one for all groups */
    bool own_translator; /* tcg events: trace_foo_tcg() is for <etch/tcg.h>, not for QEMU's TCG */
    /* Of tapsets: the traced program's path, and what probes are called by. */
    const char *binary, *probe_prefix;
    enum etch_dialect dialect;
    enum etch_era era;
    const struct etch_backend *backends[ETCH_GEN_BACKENDS_MAX];
    size_t n_backends;
};

/* Reads a comma list of backends into the options. NULL, or the first name in
 * the list that is none, and its length. */
const char *etch_gen_backends(struct etch_gen_options *options, const char *list, size_t *length);

/* The format of that name, or NULL. */
const struct etch_gen_format *etch_gen_format_find(const char *name);

/* The file that a backend of the options has beside trace-G.c: its format, and
 * its name up to and behind the group's. NULL: none. */
const char *etch_gen_backend_file(const struct etch_gen_options *options, size_t index,
                                  const char **head, const char **tail);

/* All backends and formats by number; NULL behind the last. */
/* Whether a name that etch_gen_backends() refused is that of a backend which this
 * build was made without. */
bool etch_gen_backend_left_out(const char *name, size_t length);
const char *etch_gen_backend_name(size_t index);
const char *etch_gen_backend_writes(size_t index);
const char *etch_gen_backend_needs(size_t index); /* or NULL: nothing */
const char *etch_gen_format_name(size_t index);

/* Adds what would keep the C of this group from compiling. 0, -EINVAL if there
 * was something, -ENOMEM. */
int etch_gen_check(const struct etch_gen_options *options, const struct etch_decl_list *decls,
                   struct etch_diags *diags);

/* The first event whose helper QEMU's TCG could not call, and its argument of a type
 * that TCG does not know; NULL: there is none. */
const struct etch_decl *etch_gen_tcg_refused(const struct etch_decl_list *decls, size_t *argument);

/* Writes a generated file to `out`. `output` is its path as #line shall name
 * it. 0 or -ENOMEM. */
int etch_generate(const struct etch_gen_format *format, const struct etch_gen_options *options,
                  const struct etch_decl_list *decls, const char *output, struct etch_text *out);

/* ---- paths ---- */

/* The path as seen from the folder `cwd` (both absolute or both relative to
 * the same folder), without "." and "..": malloc'd, or NULL. */
char *etch_path_relative(const char *path, const char *cwd);

/* The group that belongs to a trace-events file at a relative path: its folder
 * with every character outside A-Z a-z 0-9 turned to _, "root" at the top.
 * malloc'd; NULL: no memory. The path must not lead up ("../"). */
char *etch_path_group(const char *relative);

#endif
