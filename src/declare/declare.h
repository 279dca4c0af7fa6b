/* SPDX-License-Identifier: MIT
 *
 * declare.h: trace-events text → declarations.
 *
 * Reads:  the text of a trace-events file, in memory.
 * Writes: a list of declarations and diagnostics.
 * Never:  opens files (its callers do), exits, or prints.
 */
#ifndef ETCH_DECLARE_H
#define ETCH_DECLARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which declarations are accepted. */
enum etch_era {
    ETCH_ERA_ANY = 0, /* the union of all eras; what 11 refuses is a warning */
    ETCH_ERA_2_8,
    ETCH_ERA_7_2,
    ETCH_ERA_11,
    ETCH_ERA_READER, /* for readers of old traces: as lenient as can be, silent */
};

enum etch_severity { ETCH_NOTE, ETCH_WARNING, ETCH_ERROR };

/* One message about one place of a source. */
struct etch_diag {
    enum etch_severity severity;
    const char *file;  /* as given; not owned */
    unsigned line;     /* from 1; 0: the whole file */
    unsigned column;   /* in bytes, from 1; 0: the whole line */
    char *message;     /* owned */
    char *hint;        /* the cure, or NULL; owned */
    char *source_line; /* the line's text, or NULL; owned */
    bool qemu_text;    /* message is QEMU's own wording (etch-tracetool prints it bare) */
};

#define ETCH_DIAGS_PER_FILE 1000 /* more are counted, not stored */

struct etch_diags {
    struct etch_diag *v;
    size_t n, capacity;
    size_t errors, warnings; /* those that are not stored included */
    const char *current;     /* the file that in_file counts; not owned */
    size_t in_file;
};

enum etch_property {
    ETCH_PROP_DISABLE = 1u << 0,
    ETCH_PROP_VCPU = 1u << 1,
    ETCH_PROP_TCG = 1u << 2,
    ETCH_PROP_TCG_TRANS = 1u << 3, /* made from a tcg event, never declared */
    ETCH_PROP_TCG_EXEC = 1u << 4,
    ETCH_PROP_NOTIME = 1u << 5, /* of etch's own dialect: stored without a time stamp */
};

#define ETCH_ARGS_MAX 10 /* in eras that limit them */

struct etch_arg {
    char *type;      /* as declared, inner spacing kept: "const char *" */
    char *name;      /* "": none, which QEMU lets pass behind a '*' */
    char kind;       /* format/kind.h */
    char *tcg;       /* of a NAME_exec event: its type when the code is translated; or NULL */
    unsigned column; /* of its first byte; 0: none */
};

/* A declared event. Its strings and arguments belong to the list. */
struct etch_decl {
    char *name;
    unsigned properties; /* enum etch_property */
    struct etch_arg *args;
    size_t n_args;
    char *args_text;   /* between the parentheses, verbatim */
    char *format;      /* C text from the first quote, verbatim; NULL: none */
    char *format_exec; /* second format of a tcg event, else NULL */
    const char *file;  /* of the list; not owned */
    unsigned line;
    unsigned name_column, format_column, format_exec_column; /* 0: none */
};

struct etch_decl_list {
    struct etch_decl *v;
    size_t n, capacity;
    char **files; /* names that the declarations refer to; owned */
    size_t n_files;
    struct etch_store *store; /* the memory of all that v points to */
};

/* Parses `size` bytes of trace-events text called `file`, appends to `list`
 * and to `diags`. All errors of the text are reported, not only the first.
 * Returns 0, -EINVAL if there was an error, -ENOMEM. What was declared without
 * error is in the list either way. */
int etch_declare_parse(struct etch_decl_list *list, const char *file, const char *text, size_t size,
                       enum etch_era era, struct etch_diags *diags);

/* Appends a declaration from its parts, as the note of a binary holds them:
 * `args` stood between the parentheses, `format` may be NULL or "". As lenient
 * as ETCH_ERA_READER. 0, -EINVAL if it cannot be a declaration, -ENOMEM. */
int etch_declare_add(struct etch_decl_list *list, const char *name, const char *args,
                     const char *format, unsigned properties, const char *file, unsigned line);

/* Replaces each tcg event of the list by its two, NAME_trans and NAME_exec, and
 * gives vcpu events their implicit argument, as QEMU 2.8 does. */
int etch_declare_expand_tcg(struct etch_decl_list *list, enum etch_era era);

/* Prints a declaration back as one line of trace-events text with its newline,
 * which parses to the same declaration. malloc'd, or NULL. */
char *etch_declare_print(const struct etch_decl *decl);

/* The kind of an argument's C type, by QEMU's rules (a string is a
 * `const char *` or `char *`, spelt so; any other pointer a pointer). */
char etch_declare_kind(const char *type);

void etch_decl_list_free(struct etch_decl_list *list);

/* Adds a diagnostic; message as printf. */
void etch_diag_add(struct etch_diags *diags, enum etch_severity severity, const char *file,
                   unsigned line, unsigned column, const char *source_line, const char *hint,
                   const char *format, ...) __attribute__((format(printf, 8, 9)));
void etch_diags_free(struct etch_diags *diags);

/* ---- format strings ---- */

/* What a declared format (C literals and PRI macros) says once its escapes and
 * macros are resolved: the text that printf would get, PRIx64 as "llx" and so
 * on; malloc'd. NULL and -errno style *error (-EINVAL: a literal that does not
 * end, a macro that is unknown; *where is the offset in `format`). */
char *etch_format_expand(const char *format, int *error, size_t *where);

#define ETCH_WIDTH_MAX 4095 /* C lets an implementation stop there; larger ones become it */

/* One conversion of an expanded format. */
struct etch_conversion {
    size_t begin, end; /* its bytes in the expanded text, from '%' */
    char flags[6];     /* "-+ #0" as they stand, NUL */
    int width;         /* -1: none, -2: '*'; at most ETCH_WIDTH_MAX */
    int precision;     /* -1: none, -2: '*'; at most ETCH_WIDTH_MAX */
    char length[4];    /* "hh", "h", "l", "ll", "z", "t", "j", "L", "w64" (C23), "" */
    char letter;       /* d i u o x X c s p f g e ..., 0: malformed or missing */
};

/* Scans the next conversion at or after *at ("%%" is passed over); false at
 * the end of the text. */
bool etch_format_next(const char *expanded, size_t *at, struct etch_conversion *conversion);

/* ---- lint ---- */

/* Looks at a whole list (all files of a program) and adds what a C compiler or
 * a reader of the trace would stumble over. */
int etch_declare_lint(const struct etch_decl_list *list, struct etch_diags *diags);

#endif
