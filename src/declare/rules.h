/* SPDX-License-Identifier: MIT
 *
 * rules.h: what each era refuses, and the line that is being parsed, inside
 * src/declare.
 */
#ifndef ETCH_DECLARE_RULES_H
#define ETCH_DECLARE_RULES_H

#include "declare/declare.h"

/* A text longer than this is cut when a message quotes it. */
#define ETCH_QUOTE_MAX 300

enum etch_rule {
    ETCH_RULE_SHAPE,         /* not `name(arguments) format` */
    ETCH_RULE_NUL,           /* a NUL byte in the line */
    ETCH_RULE_UTF8,          /* bytes that are not UTF-8 */
    ETCH_RULE_FINAL_NEWLINE, /* the last line does not end */
    ETCH_RULE_TAIL,          /* what QEMU drops behind ')' */
    ETCH_RULE_PERCENT_M,
    ETCH_RULE_NEWLINE_END, /* \n" ends the format */
    ETCH_RULE_NEWLINE,     /* \n anywhere */
    ETCH_RULE_EMPTY_ARG,
    ETCH_RULE_ONE_WORD,   /* an argument that is a type or a name only */
    ETCH_RULE_EMPTY_NAME, /* nothing behind the '*' */
    ETCH_RULE_TYPE,
    ETCH_RULE_COUNT, /* too many arguments */
    ETCH_RULE_PROPERTY,
    ETCH_RULE_VCPU,
    ETCH_RULE_TCG,
    ETCH_RULE_NOTIME,
    ETCH_RULE_TWO_FORMATS, /* without tcg */
    ETCH_RULE_TCG_FORMATS, /* tcg with one */
    ETCH_RULES
};

/* A type that was met before: thousands of arguments have some forty types. */
struct etch_type_memo {
    char *type; /* the list's own, shared by the arguments; NULL: free */
    size_t length;
    char kind;
    bool allowed; /* by QEMU since 2.12 */
};

#define ETCH_TYPE_MEMOS 64

/* The line that is being parsed. */
struct etch_line {
    struct etch_decl_list *list;
    struct etch_diags *diags; /* may be NULL */
    enum etch_era era;
    const char *file;     /* as given */
    const char *own_file; /* the list's */
    unsigned number;
    const char *text; /* without the newline; not ended by NUL */
    size_t length;
    bool failed;                                  /* the line had an error */
    bool no_memory;                               /* the parse ends */
    struct etch_type_memo types[ETCH_TYPE_MEMOS]; /* of all lines so far, by a hash */
};

enum etch_verdict { ETCH_PASS, ETCH_WARN, ETCH_REFUSE };

/* What the era says when the rule is broken. */
enum etch_verdict etch_rule_verdict(enum etch_rule rule, enum etch_era era);

/* The rule is broken at `at` (in the line; NULL: the whole line): adds what the
 * era has to say, and returns whether it refuses. message as printf. */
bool etch_rule_broken(struct etch_line *line, enum etch_rule rule, const char *at, const char *hint,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
