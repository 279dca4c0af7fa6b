/* SPDX-License-Identifier: MIT
 *
 * args.c: the arguments of a declaration.
 *
 * Reads:  the text between the parentheses.
 * Writes: struct etch_arg.
 * Never:  understands C: QEMU's rule (split at ',', the type ends at the last
 *         '*' or before the last word) decides what a field is.
 */
#include <string.h>

#include "declare/parse.h"
#include "declare/store.h"
#include "declare/types.h"

struct span {
    const char *p;
    size_t n;
};

static struct span trim(const char *p, const char *end)
{
    while (p < end && etch_blank(*p))
        p++;
    while (p < end && etch_blank(end[-1]))
        end--;
    return (struct span){p, (size_t)(end - p)};
}

static int quoted(struct span s)
{
    return (int)(s.n < ETCH_QUOTE_MAX ? s.n : ETCH_QUOTE_MAX);
}

/* Splits a piece into type and name. */
static void piece_split(struct span piece, struct span *type, struct span *name)
{
    const char *end = piece.p + piece.n;
    const char *star = memrchr(piece.p, '*', piece.n);
    if (star) {
        *type = (struct span){piece.p, (size_t)(star + 1 - piece.p)};
        *name = trim(star + 1, end);
        return;
    }
    const char *word = end;
    while (word > piece.p && !etch_blank(word[-1]))
        word--;
    *type = trim(piece.p, word);
    *name = (struct span){word, (size_t)(end - word)};
}

/* What is known of a type; NULL: no memory. */
static const struct etch_type_memo *type_look_up(struct etch_line *line, struct span type)
{
    size_t hash = type.n * 7 + (unsigned char)type.p[0] + (unsigned char)type.p[type.n / 2] * 5u;
    struct etch_type_memo *memo = &line->types[hash % ETCH_TYPE_MEMOS];
    if (memo->type && memo->length == type.n && memcmp(memo->type, type.p, type.n) == 0)
        return memo;
    memo->type = etch_store_string(line->list, type.p, type.n);
    memo->length = type.n;
    memo->kind = etch_type_kind(type.p, type.n);
    memo->allowed = etch_type_allowed(type.p, type.n);
    if (!memo->type)
        line->no_memory = true;
    return memo->type ? memo : NULL;
}

/* What to write instead of a type that QEMU refuses. */
static const char *type_hint(struct span type)
{
    static const struct {
        const char *begin, *hint;
    } hints[] = {
        {"struct ", "pass a pointer to it as void *, or its members"},
        {"union ", "pass a pointer to it as void *, or its members"},
        {"enum ", "pass it as int"},
        {"float", "pass an integer, such as thousandths"},
        {"double", "pass an integer, such as thousandths"},
        {"_Bool", "write bool"},
        {"intptr_t", "write uintptr_t or ssize_t"},
        {"off_t", "write int64_t"},
        {"pid_t", "write int"},
        {"hwaddr", "write uint64_t"},
        {"target_ulong", "write uint64_t"},
    };
    if (type.n && type.p[type.n - 1] == '*')
        return "write void *";
    if (memchr(type.p, '\t', type.n))
        return "write blanks, no tabs, between the words of a type";
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        size_t n = strlen(hints[i].begin);
        if (type.n >= n && memcmp(type.p, hints[i].begin, n) == 0)
            return hints[i].hint;
    }
    return NULL;
}

static bool one_word(struct etch_line *line, struct span piece)
{
    return !etch_rule_broken(line, ETCH_RULE_ONE_WORD, piece.p,
                             "write the type and the name: int x",
                             "argument '%.*s' is one word: its %s is missing", quoted(piece),
                             piece.p, etch_type_allowed(piece.p, piece.n) ? "name" : "type");
}

static bool type_check(struct etch_line *line, struct span type)
{
    return !etch_rule_broken(line, ETCH_RULE_TYPE, type.p, type_hint(type),
                             "Argument type '%.*s' is not allowed. Only standard C types and "
                             "fixed size integer types should be used. struct, union, and other "
                             "complex pointer types should be declared as 'void *'",
                             quoted(type), type.p);
}

static void arg_add(struct etch_line *line, struct etch_decl *decl, struct span piece)
{
    struct span type, name;
    piece_split(piece, &type, &name);
    if (type.n == 0) {
        if (!one_word(line, piece))
            return;
        type = name; /* a reader takes the word for the type */
        name.n = 0;
    } else if (name.n == 0) {
        etch_rule_broken(line, ETCH_RULE_EMPTY_NAME, piece.p, "give it a name",
                         "argument '%.*s' has no name", quoted(piece), piece.p);
    }
    const struct etch_type_memo *memo = type_look_up(line, type);
    const char *native;
    /* Values of translated code, where there are events of it. */
    bool tcg = memo && line->era == ETCH_ERA_ANY && decl->properties & ETCH_PROP_TCG &&
               etch_type_tcg(memo->type, &native);
    if (!memo || (!memo->allowed && !tcg && !type_check(line, type)))
        return;
    struct etch_arg *arg = &decl->args[decl->n_args++];
    *arg = (struct etch_arg){.type = memo->type};
    arg->name = etch_store_string(line->list, name.p, name.n);
    arg->kind = memo->kind;
    arg->column = (unsigned)(piece.p - line->text) + 1;
    if (!arg->name)
        line->no_memory = true;
}

void etch_parse_args(struct etch_line *line, struct etch_decl *decl, const char *text,
                     size_t length)
{
    const char *end = text + length;
    size_t pieces = 1;
    for (const char *p = text; (p = memchr(p, ',', (size_t)(end - p))) != NULL; p++)
        pieces++;
    decl->args = etch_store_alloc(line->list, pieces * sizeof(*decl->args));
    if (!decl->args) {
        line->no_memory = true;
        return;
    }
    for (const char *p = text; p <= end && !line->no_memory;) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        struct span piece = trim(p, stop);
        p = stop + 1;
        if (piece.n == 0)
            etch_rule_broken(line, ETCH_RULE_EMPTY_ARG, stop, "write (void) for no arguments",
                             "Empty argument (did you forget to use 'void'?)");
        else if (piece.n != 4 || memcmp(piece.p, "void", 4) != 0)
            arg_add(line, decl, piece);
    }
}
