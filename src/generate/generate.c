/* SPDX-License-Identifier: MIT
 *
 * generate.c: prepares a group's events for the formats, and writes their
 * templates.
 *
 * Reads:  a list of declarations.
 * Writes: text, in memory.
 * Never:  opens files, prints, exits.
 */
#include "generate/backend.h"
#include "generate/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool gen_is_nop(const struct gen *gen)
{
    for (size_t i = 0; i < gen->options->n_backends; i++)
        if (gen->options->backends[i]->fire)
            return false;
    return true;
}

/* ---- lists of arguments ---- */

void gen_param(struct etch_text *text, const struct etch_arg *arg)
{
    etch_text_puts(text, arg->name);
    etch_text_add(text, "_", 1);
}

static void params(struct etch_text *text, const struct etch_decl *decl)
{
    if (decl->n_args == 0)
        etch_text_puts(text, "void");
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        size_t n = strlen(arg->type);
        etch_text_add(text, ", ", i ? 2 : 0);
        etch_text_add(text, arg->type, n);
        etch_text_add(text, " ", n && arg->type[n - 1] == '*' ? 0 : 1);
        gen_param(text, arg);
    }
}

static void types(struct etch_text *text, const struct etch_decl *decl)
{
    if (decl->n_args == 0)
        etch_text_puts(text, "void");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_add(text, ", ", i ? 2 : 0);
        etch_text_puts(text, decl->args[i].type);
    }
}

static void arguments(struct etch_text *text, const struct etch_decl *decl)
{
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_add(text, ", ", i ? 2 : 0);
        gen_param(text, &decl->args[i]);
    }
}

static void void_casts(struct etch_text *text, const struct etch_decl *decl)
{
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(text, "    (void)");
        gen_param(text, &decl->args[i]);
        etch_text_puts(text, ";\n");
    }
}

/* ---- names and formats ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The format with a blank between literal and macro where there is none:
 * "%"PRIx64 is a user-defined literal since C++11. */
static void spaced_format(struct etch_text *text, const char *format)
{
    bool inside = false;
    for (const char *s = format; *s; s++) {
        if (*s == '"' && !inside && s > format && is_word(s[-1]))
            etch_text_add(text, " ", 1);
        if (inside && *s == '\\' && s[1])
            etch_text_add(text, s++, 1);
        else if (*s == '"')
            inside = !inside;
        etch_text_add(text, s, 1);
        if (*s == '"' && !inside && is_word(s[1]))
            etch_text_add(text, " ", 1);
    }
}

static struct gen_piece piece_end(const struct gen *gen, size_t at)
{
    return (struct gen_piece){at, gen->arena.n - at};
}

/* The string with its letters mapped and all that C does not allow in a name
 * turned to _. */
static struct gen_piece identifier(struct gen *gen, const char *s, int (*map)(int))
{
    size_t at = gen->arena.n;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        char mapped = (char)(c < 128 && isalnum(c) ? map(c) : '_');
        etch_text_add(&gen->arena, &mapped, 1);
    }
    return piece_end(gen, at);
}

/* Upper case as in QEMU: of ASCII letters only, nothing else is changed. */
static struct gen_piece upper(struct gen *gen, const char *s)
{
    size_t at = gen->arena.n;
    for (; *s; s++) {
        char c = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
        etch_text_add(&gen->arena, &c, 1);
    }
    return piece_end(gen, at);
}

static struct gen_piece escaped(struct gen *gen, const char *s)
{
    size_t at = gen->arena.n;
    etch_text_escaped(&gen->arena, s, strlen(s));
    return piece_end(gen, at);
}

/* ---- templates ---- */

static void emit_piece(struct gen *gen, struct gen_piece piece)
{
    etch_text_add(gen->out, gen->arena.v + piece.at, piece.n);
}

static void emit_group_field(struct gen *gen, char letter)
{
    switch (letter) {
    case 'H':
        etch_text_puts(gen->out, gen->options->header);
        break;
    case 'g':
        emit_piece(gen, gen->symbol);
        break;
    case 'G':
        emit_piece(gen, gen->guard);
        break;
    case 'c':
        etch_text_number(gen->out, gen->n_events);
        break;
    case 'o':
        emit_piece(gen, gen->output);
        break;
    case 'L':
        etch_text_number(gen->out, etch_text_line(gen->out) + 1);
        break;
    }
}

static void emit_event_field(struct gen *gen, const struct gen_event *event, char letter)
{
    const struct etch_decl *decl = event->decl;
    switch (letter) {
    case 'n':
        etch_text_puts(gen->out, decl->name);
        break;
    case 'N':
        emit_piece(gen, event->upper);
        break;
    case 'i':
        etch_text_number(gen->out, event->index);
        break;
    case 'p':
        params(gen->out, decl);
        break;
    case 't':
        types(gen->out, decl);
        break;
    case 'a':
        arguments(gen->out, decl);
        break;
    case 'v':
        void_casts(gen->out, decl);
        break;
    case 's':
        spaced_format(gen->out, decl->format);
        break;
    case 'F':
        etch_text_escaped(gen->out, decl->file, strlen(decl->file));
        break;
    case 'l':
        etch_text_number(gen->out, decl->line);
        break;
    }
}

void gen_emit(struct gen *gen, const char *template)
{
    const char *dollar;
    while ((dollar = strchr(template, '$'))) {
        etch_text_add(gen->out, template, (size_t)(dollar - template));
        if (strchr("HgGcoL", dollar[1]))
            emit_group_field(gen, dollar[1]);
        else
            emit_event_field(gen, gen->event, dollar[1]);
        template = dollar + 2;
    }
    etch_text_puts(gen->out, template);
}

/* ---- preparation ---- */

static void prepare_event(struct gen *gen, size_t index)
{
    struct gen_event *event = &gen->events[index];
    event->decl = &gen->decls->v[index];
    event->index = index;
    event->enabled = !(event->decl->properties & ETCH_PROP_DISABLE);
    event->has_query = true;
    event->upper = upper(gen, event->decl->name);
}

/* An event that is itself called foo_enabled takes the name of the function
 * that would ask for foo. */
static void drop_queries(struct gen *gen)
{
    static const char suffix[] = "_enabled";
    for (size_t i = 0; i < gen->n_events; i++) {
        const char *name = gen->events[i].decl->name;
        size_t n = strlen(name);
        if (n < sizeof(suffix) || strcmp(name + n - (sizeof(suffix) - 1), suffix) != 0)
            continue;
        n -= sizeof(suffix) - 1;
        for (size_t j = 0; j < gen->n_events; j++) {
            const char *other = gen->events[j].decl->name;
            if (strncmp(other, name, n) == 0 && other[n] == '\0')
                gen->events[j].has_query = false;
        }
    }
}

int etch_generate(const struct etch_gen_format *format, const struct etch_gen_options *options,
                  const struct etch_decl_list *decls, const char *output, struct etch_text *out)
{
    struct gen gen = {.options = options, .decls = decls, .n_events = decls->n, .out = out};
    gen.events = calloc(decls->n + 1, sizeof(*gen.events));
    if (!gen.events)
        return -ENOMEM;
    gen.symbol = identifier(&gen, options->group, tolower);
    gen.guard = identifier(&gen, options->group, toupper);
    gen.output = escaped(&gen, output);
    for (size_t i = 0; i < decls->n; i++)
        prepare_event(&gen, i);
    drop_queries(&gen);
    if (!gen.arena.failed)
        format->write(&gen);
    bool failed = gen.arena.failed || out->failed;
    etch_text_free(&gen.arena);
    free(gen.events);
    return failed ? -ENOMEM : 0;
}
