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

void gen_line_head(struct gen *gen)
{
    gen_emit(gen, "#include <inttypes.h>\n");
}

void gen_letters(const struct etch_decl *decl, char *letters)
{
    struct etch_conversion conversion;
    size_t where, at = 0, argument = 0;
    int error;
    memset(letters, 0, GEN_LETTERS);
    char *text = decl->format ? etch_format_expand(decl->format, &error, &where) : NULL;
    while (text && etch_format_next(text, &at, &conversion)) {
        argument += (conversion.width == -2) + (conversion.precision == -2);
        if (argument < GEN_LETTERS)
            letters[argument] = conversion.letter;
        argument++;
    }
    free(text);
}

static void arguments(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    char letters[GEN_LETTERS] = "";
    bool look = false;
    for (size_t i = 0; i < decl->n_args; i++)
        look |= needs_cast(decl->args[i].type);
    if (look)
        gen_letters(decl, letters);
    for (size_t i = 0; i < decl->n_args; i++) {
        bool cast = i < GEN_LETTERS && letters[i] == 'p' && needs_cast(decl->args[i].type);
        etch_text_puts(gen->out, cast ? ", (const void *)" : ", ");
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
