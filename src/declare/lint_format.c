/* SPDX-License-Identifier: MIT
 *
 * lint_format.c: conversions of a format against the arguments of its event.
 *
 * Reads:  one declaration.
 * Writes: diagnostics, with the text that would be right as their hint.
 * Never:  minds the sign: %d for an unsigned argument shows the same bits, and
 *         compilers do not warn of it either.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declare/format.h"
#include "declare/lint.h"
#include "declare/types.h"
#include "format/kind.h"

/* What printf takes from its arguments; of numbers, those of equal rank may be
 * exchanged on every machine. */
enum rank {
    RANK_INT, /* and all that is promoted to it */
    RANK_LONG,
    RANK_LLONG,
    RANK_64,   /* int64_t: long here, long long there */
    RANK_MAX,  /* intmax_t */
    RANK_SIZE, /* size_t, ptrdiff_t, uintptr_t */
    RANK_DOUBLE,
    RANK_POINTER,
    RANK_STRING,
    RANK_NOTHING, /* %m */
    RANK_UNKNOWN,
};

/* A format, its resolved text, and the arguments that it prints. */
struct check {
    const struct etch_decl *decl;
    struct etch_diags *diags;
    const struct etch_arg *args;
    size_t n_args;
    size_t next;         /* argument */
    const char *format;  /* as declared */
    unsigned column;     /* of the format */
    const char *text;    /* resolved */
    const uint32_t *map; /* offsets in format */
};

static unsigned column_at(const struct check *c, size_t offset)
{
    return c->column ? c->column + (unsigned)offset : 0;
}

static enum rank arg_rank(const struct etch_arg *arg)
{
    switch (arg->kind) {
    case ETCH_KIND_LONG:
    case ETCH_KIND_ULONG:
        return RANK_LONG;
    case ETCH_KIND_LLONG:
    case ETCH_KIND_ULLONG:
        return strstr(arg->type, "int64_t") ? RANK_64 : RANK_LLONG;
    case ETCH_KIND_SSIZE:
    case ETCH_KIND_SIZE:
        return RANK_SIZE;
    case ETCH_KIND_POINTER:
        return RANK_POINTER;
    case ETCH_KIND_STRING:
        return RANK_STRING;
    case ETCH_KIND_FLOAT:
    case ETCH_KIND_DOUBLE:
        return RANK_DOUBLE;
    case ETCH_KIND_OTHER:
        return RANK_UNKNOWN;
    default:
        return RANK_INT;
    }
}

static enum rank conversion_rank(const struct etch_conversion *v)
{
    if (v->letter == 's')
        return v->length[0] ? RANK_UNKNOWN : RANK_STRING;
    if (v->letter == 'p')
        return RANK_POINTER;
    if (v->letter == 'm')
        return RANK_NOTHING;
    if (strchr("fFeEgGaA", v->letter))
        return RANK_DOUBLE;
    if (strcmp(v->length, "l") == 0)
        return RANK_LONG;
    if (strcmp(v->length, "ll") == 0)
        return RANK_LLONG;
    if (strcmp(v->length, "w64") == 0)
        return RANK_64;
    if (strcmp(v->length, "j") == 0)
        return RANK_MAX;
    if (v->length[0] == 'z' || v->length[0] == 't')
        return RANK_SIZE;
    return RANK_INT;
}

static bool is_unsigned(const struct etch_arg *arg)
{
    return arg->kind != ETCH_KIND_CHAR && !etch_kind_signed(arg->kind, true);
}

/* The conversion that fits the argument, with the flags and, of numbers, the
 * letter of the one that is there; "" if there is none. The macros are set off
 * by blanks: C++ wants them. */
static void suggest(const struct check *c, const struct etch_conversion *v,
                    const struct etch_arg *arg, char *out, size_t size)
{
    char head[64];
    size_t body = strspn(c->text + v->begin + 1, "-+ #0123456789.*");
    char letter = v->letter && strchr("diouxX", v->letter) ? v->letter
                  : is_unsigned(arg)                       ? 'u'
                                                           : 'd';
    /* A blank that only a broken conversion swallows is text. */
    while (!v->letter && body && c->text[v->begin + body] == ' ')
        body--;
    if (!v->letter && v->begin >= 2 && strncmp(c->text + v->begin - 2, "0x", 2) == 0)
        letter = 'x';
    if (v->letter == 'p')
        letter = 'x';
    snprintf(head, sizeof(head), "%s%%%.*s", v->letter == 'p' ? "0x" : "",
             (int)(body < 32 ? body : 32), c->text + v->begin + 1);
    bool t = strstr(arg->type, "ptrdiff_t"), ptr = strstr(arg->type, "intptr_t");
    switch (arg_rank(arg)) {
    case RANK_INT:
        snprintf(out, size, "%s%c", head, letter);
        break;
    case RANK_LONG:
    case RANK_LLONG:
        snprintf(out, size, "%s%s%c", head, arg_rank(arg) == RANK_LONG ? "l" : "ll", letter);
        break;
    case RANK_64:
        snprintf(out, size, "%s\" PRI%c64 \"", head, letter);
        break;
    case RANK_SIZE:
        if (ptr)
            snprintf(out, size, "%s\" PRI%cPTR \"", head, letter);
        else
            snprintf(out, size, "%s%c%c", head, t ? 't' : 'z', letter);
        break;
    case RANK_POINTER:
    case RANK_STRING:
        snprintf(out, size, "%%%c", arg_rank(arg) == RANK_STRING ? 's' : 'p');
        break;
    case RANK_DOUBLE:
        snprintf(out, size, "%s%c", head, 'f');
        break;
    default:
        out[0] = '\0';
    }
}

/* The conversion as it is written, for a message: "%016\"PRIx64" is shown so. */
static void quote_conversion(const struct check *c, const struct etch_conversion *v, char *out,
                             size_t size)
{
    size_t begin = c->map[v->begin], end = c->map[v->end - 1] + 1;
    if (v->length[0] == 'w') /* a macro: its whole word */
        end += strspn(c->format + end, "PRIdiouxX0123456789LEASTMX");
    snprintf(out, size, "%.*s", (int)(end - begin), c->format + begin);
}

static void report(const struct check *c, const struct etch_conversion *v,
                   const struct etch_arg *arg, enum etch_severity severity, const char *why)
{
    char written[64], better[160], hint[ETCH_HINT_MAX];
    quote_conversion(c, v, written, sizeof(written));
    suggest(c, v, arg, better, sizeof(better));
    snprintf(hint, sizeof(hint), "write %s instead of %s", better, written);
    etch_lint_add(c->diags, severity, c->decl, column_at(c, c->map[v->begin]),
                  better[0] ? hint : NULL, "'%s' for argument '%s' of type '%s': %s", written,
                  arg->name, arg->type, why);
}

/* Whether printf takes a pointer of this type as a string. */
static bool points_to_bytes(const char *type)
{
    return (strstr(type, "char") || strstr(type, "int8_t")) &&
           strchr(type, '*') == strrchr(type, '*');
}

/* Bits of an integer conversion that is narrower than int, else 32. */
static unsigned conversion_bits(const struct etch_conversion *v)
{
    if (strcmp(v->length, "hh") == 0 || strcmp(v->length, "w8") == 0)
        return 8;
    return strcmp(v->length, "h") == 0 || strcmp(v->length, "w16") == 0 ? 16 : 32;
}

/* A conversion of one rank and an argument of another. */
static void check_rank(const struct check *c, const struct etch_conversion *v,
                       const struct etch_arg *arg)
{
    enum rank want = conversion_rank(v), have = arg_rank(arg);
    bool number = want <= RANK_SIZE && have <= RANK_SIZE;
    if (want == RANK_INT && have == RANK_INT && v->letter != 'c' &&
        conversion_bits(v) < 8 * etch_kind_size(arg->kind, 8, 8))
        return report(c, v, arg, ETCH_NOTE, "shows only its low bits");
    if (v->letter == 'c' && arg->kind == ETCH_KIND_BOOL)
        return report(c, v, arg, ETCH_WARNING, "shows an invisible character");
    if (want == have || have == RANK_UNKNOWN || (v->letter == 'c' && have == RANK_INT))
        return;
    if (want == RANK_POINTER && have == RANK_STRING)
        return report(c, v, arg, ETCH_NOTE, "a trace holds the text, not the address");
    if (want == RANK_STRING && have == RANK_POINTER && points_to_bytes(arg->type))
        return etch_lint_add(c->diags, ETCH_WARNING, c->decl, arg->column,
                             "write const char * so that the text is stored",
                             "argument '%s' of type '%s' is stored as an address, not as text",
                             arg->name, arg->type);
    if (number && (want == RANK_INT) != (have == RANK_INT))
        return report(c, v, arg, ETCH_ERROR,
                      want == RANK_INT ? "shows 32 of its 64 bits"
                                       : "takes 64 bits where 32 are passed");
    if (want == RANK_MAX && (have == RANK_64 || have == RANK_LLONG))
        return;
    if (number)
        return report(c, v, arg, ETCH_WARNING, "the same size here, but not on every machine");
    report(c, v, arg, ETCH_ERROR, "the wrong type");
}

/* The argument that the next conversion or '*' takes, or NULL, and says so. */
static const struct etch_arg *take(struct check *c, const struct etch_conversion *v,
                                   const char *what)
{
    char written[64];
    if (c->next < c->n_args)
        return &c->args[c->next++];
    if (c->next++ == c->n_args) { /* once a format */
        quote_conversion(c, v, written, sizeof(written));
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column_at(c, c->map[v->begin]),
                      "pass it, or write %% for a percent sign",
                      "%s'%s' has no argument: the event has %zu", what, written, c->n_args);
    }
    return NULL;
}

static void check_star(struct check *c, const struct etch_conversion *v, int value)
{
    if (value != -2)
        return;
    const struct etch_arg *arg = take(c, v, "the '*' of ");
    if (arg && arg_rank(arg) != RANK_INT && arg_rank(arg) != RANK_UNKNOWN)
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column_at(c, c->map[v->begin]), "pass an int",
                      "the '*' takes an int, but argument '%s' is of type '%s'", arg->name,
                      arg->type);
}

static void check_conversion(struct check *c, const struct etch_conversion *v)
{
    char written[64], better[160], hint[ETCH_HINT_MAX];
    check_star(c, v, v->width);
    check_star(c, v, v->precision);
    if (v->letter && v->letter != 'n') {
        const struct etch_arg *arg = v->letter == 'm' ? NULL : take(c, v, "");
        if (arg)
            check_rank(c, v, arg);
        return;
    }
    quote_conversion(c, v, written, sizeof(written));
    if (v->letter == 'n') {
        take(c, v, "");
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column_at(c, c->map[v->begin]), "remove it",
                      "'%s' writes to memory", written);
        return;
    }
    better[0] = '\0';
    if (c->next < c->n_args)
        suggest(c, v, &c->args[c->next++], better, sizeof(better));
    if (better[0])
        snprintf(hint, sizeof(hint), "write %s for argument '%s'", better,
                 c->args[c->next - 1].name);
    else
        snprintf(hint, sizeof(hint), "write %%%% for a percent sign");
    etch_lint_add(c->diags, ETCH_ERROR, c->decl, column_at(c, c->map[v->begin]), hint,
                  "conversion '%s' has no letter that says its type", written);
}

static void report_fault(const struct check *c, enum etch_format_fault fault, size_t where)
{
    const char *at = c->format + where;
    unsigned column = column_at(c, where);
    int word = (int)strcspn(at, " \t\"");
    if (fault == ETCH_FORMAT_OPEN)
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column, "add a '\"'",
                      "the string that starts here does not end");
    else if (fault == ETCH_FORMAT_ESCAPE)
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column, "write \\\\ for a backslash",
                      "'%.2s' is no escape of C", at);
    else if (fault == ETCH_FORMAT_MACRO)
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column,
                      "the macros are PRI, one of d i o u x X, one of 8 16 32 64 PTR MAX",
                      "'%.*s' is no macro that a format can hold", word < 64 ? word : 64, at);
    else
        etch_lint_add(c->diags, ETCH_ERROR, c->decl, column,
                      *at == '#' || *at == '/' ? "a comment is a line of its own" : "remove it",
                      "'%c' outside the quotes is part of the format", *at);
}

static void check_conversions(struct check *c)
{
    struct etch_conversion v;
    for (size_t at = 0; etch_format_next(c->text, &at, &v);)
        check_conversion(c, &v);
    for (; c->next < c->n_args; c->next++)
        etch_lint_add(c->diags, ETCH_WARNING, c->decl, c->args[c->next].column,
                      "add a conversion for it to the format",
                      "argument '%s' is not printed by the format", c->args[c->next].name);
}

static int check_format(struct check *c)
{
    size_t length = strlen(c->format), where = 0;
    char *text = malloc(length + 1);
    uint32_t *map = malloc((length + 1) * sizeof(*map));
    if (!text || !map) {
        free(text);
        free(map);
        return -ENOMEM;
    }
    enum etch_format_fault fault = etch_format_resolve(c->format, true, text, map, &where);
    c->text = text;
    c->map = map;
    if (fault == ETCH_FORMAT_GOOD)
        check_conversions(c);
    else
        report_fault(c, fault, where);
    free(text);
    free(map);
    return 0;
}

/* The formats of a tcg event: the first prints what is known at translation,
 * the second all, each in its native type. */
static int check_tcg(struct check *c, const char *format, bool trans)
{
    const struct etch_decl *decl = c->decl;
    struct etch_arg *args = malloc((decl->n_args + 1) * sizeof(*args));
    const char *native;
    if (!args)
        return -ENOMEM;
    c->format = format;
    c->args = args;
    c->n_args = 0;
    c->next = 0;
    for (size_t i = 0; i < decl->n_args; i++) {
        struct etch_arg arg = decl->args[i];
        if (etch_type_tcg(arg.type, &native)) {
            if (trans)
                continue;
            arg.kind = etch_declare_kind(native);
            arg.type = (char *)native;
        }
        args[c->n_args++] = arg;
    }
    int error = check_format(c);
    free(args);
    return error;
}

int etch_lint_formats(const struct etch_decl *decl, struct etch_diags *diags)
{
    struct check c = {.decl = decl,
                      .diags = diags,
                      .args = decl->args,
                      .n_args = decl->n_args,
                      .format = decl->format,
                      .column = decl->format_column};
    if (!decl->format)
        return 0;
    if (!decl->format_exec)
        return check_format(&c);
    int error = check_tcg(&c, decl->format, true);
    c.column = decl->format_exec_column;
    return error ? error : check_tcg(&c, decl->format_exec, false);
}
