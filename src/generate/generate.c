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

void gen_param(struct etch_text *text, const struct etch_arg *arg)
{
    etch_text_puts(text, arg->name);
    etch_text_add(text, "_", 1);
}

bool gen_is_nop(const struct gen *gen)
{
    for (size_t i = 0; i < gen->options->n_backends; i++)
        if (gen->options->backends[i]->fire)
            return false;
    return true;
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
    switch (letter) {
    case 'n':
        etch_text_puts(gen->out, event->decl->name);
        break;
    case 'N':
        emit_piece(gen, event->upper);
        break;
    case 'i':
        etch_text_number(gen->out, event->index);
        break;
    case 'p':
        emit_piece(gen, event->params);
        break;
    case 't':
        emit_piece(gen, event->types);
        break;
    case 'a':
        emit_piece(gen, event->args);
        break;
    case 'v':
        emit_piece(gen, event->voids);
        break;
    case 's':
        emit_piece(gen, event->format);
        break;
    case 'F':
        emit_piece(gen, event->file);
        break;
    case 'l':
        etch_text_number(gen->out, event->decl->line);
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

enum list { PARAMS, TYPES, ARGS, VOIDS };

static struct gen_piece argument_list(struct gen *gen, const struct etch_decl *decl, enum list list)
{
    struct etch_text *text = &gen->arena;
    size_t at = text->n;
    if (decl->n_args == 0 && (list == PARAMS || list == TYPES))
        etch_text_puts(text, "void");
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        size_t n = strlen(arg->type);
        if (list == VOIDS)
            etch_text_puts(text, "    (void)");
        else if (i)
            etch_text_puts(text, ", ");
        if (list == PARAMS || list == TYPES)
            etch_text_add(text, arg->type, n);
        if (list == PARAMS && n && arg->type[n - 1] != '*')
            etch_text_add(text, " ", 1);
        if (list != TYPES)
            gen_param(text, arg);
        if (list == VOIDS)
            etch_text_puts(text, ";\n");
    }
    return piece_end(gen, at);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The format with a blank between literal and macro where there is none:
 * "%"PRIx64 is a user-defined literal since C++11. */
static struct gen_piece spaced_format(struct gen *gen, const char *format)
{
    size_t at = gen->arena.n;
    bool inside = false;
    for (const char *s = format; s && *s; s++) {
        if (*s == '"' && !inside && s > format && is_word(s[-1]))
            etch_text_add(&gen->arena, " ", 1);
        if (inside && *s == '\\' && s[1]) {
            etch_text_add(&gen->arena, s++, 1);
        } else if (*s == '"') {
            inside = !inside;
        }
        etch_text_add(&gen->arena, s, 1);
        if (*s == '"' && !inside && is_word(s[1]))
            etch_text_add(&gen->arena, " ", 1);
    }
    return piece_end(gen, at);
}

static void prepare_event(struct gen *gen, size_t index)
{
    struct gen_event *event = &gen->events[index];
    const struct etch_decl *decl = &gen->decls->v[index];
    event->decl = decl;
    event->index = index;
    event->enabled = !(decl->properties & ETCH_PROP_DISABLE);
    event->has_query = true;
    event->upper = upper(gen, decl->name);
    event->params = argument_list(gen, decl, PARAMS);
    event->types = argument_list(gen, decl, TYPES);
    event->args = argument_list(gen, decl, ARGS);
    event->voids = argument_list(gen, decl, VOIDS);
    event->format = spaced_format(gen, decl->format);
    event->file = index && gen->events[index - 1].decl->file == decl->file
                      ? gen->events[index - 1].file
                      : escaped(gen, decl->file);
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
