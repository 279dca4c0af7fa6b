/* SPDX-License-Identifier: MIT
 *
 * line.c: the call that backends of text make of an event: its name and format
 * as one literal, then the arguments.
 *
 * The call stands under a #line of the declaration, so that what the compiler
 * has to say about format and arguments points there.
 */
#include "generate/backend.h"

#include <stdlib.h>
#include <string.h>

/* A format of no text takes no arguments: the compiler would warn of all. */
static bool is_empty(const char *format)
{
    return !format || strcmp(format, "\"\"") == 0;
}

/* Whether ISO C wants a cast: %p takes a pointer to void only. */
static bool needs_cast(const char *type)
{
    size_t n = strlen(type);
    return n && type[n - 1] == '*' && strcmp(type, "void *") != 0 &&
           strcmp(type, "const void *") != 0;
}

/* Which arguments are printed by %p and want a cast: one bit each. */
static unsigned cast_arguments(const struct etch_decl *decl)
{
    struct etch_conversion conversion;
    unsigned wanted = 0, bits = 0, argument = 0;
    size_t where, at = 0;
    int error;
    for (size_t i = 0; i < decl->n_args && i < 32; i++)
        wanted |= (unsigned)needs_cast(decl->args[i].type) << i;
    char *text = wanted ? etch_format_expand(decl->format, &error, &where) : NULL;
    while (text && etch_format_next(text, &at, &conversion) && argument < 32) {
        argument += (conversion.width == -2) + (conversion.precision == -2);
        if (conversion.letter == 'p' && argument < 32)
            bits |= 1u << argument;
        argument++;
    }
    free(text);
    return bits & wanted;
}

static void arguments(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    unsigned casts = cast_arguments(decl);
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i < 32 && (casts >> i & 1) ? ", (const void *)" : ", ");
        gen_param(gen->out, &decl->args[i]);
    }
}

void gen_line(struct gen *gen, const char *function, const char *end)
{
    bool empty = is_empty(gen->event->decl->format);
    gen_emit(gen, "#line $l \"$F\"\n    ");
    etch_text_puts(gen->out, function);
    gen_emit(gen, empty ? "(\"$n " : "(\"$n \" $s");
    if (*end) {
        etch_text_puts(gen->out, empty ? "" : " \"");
        etch_text_puts(gen->out, end);
    }
    etch_text_puts(gen->out, empty || *end ? "\"" : "");
    if (!empty)
        arguments(gen);
    gen_emit(gen, ");\n"
                  "#line $L \"$o\"\n");
    if (empty)
        gen_emit(gen, "$v");
}
