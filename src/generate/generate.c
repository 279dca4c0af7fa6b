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

/* A copy with its letters mapped and all that C does not allow in a name turned
 * to _; NULL: no memory. */
static char *identifier(const char *s, int (*map)(int))
{
    char *copy = strdup(s);
    for (char *c = copy; c && *c; c++)
        *c = (char)((unsigned char)*c < 128 && isalnum(*c) ? map(*c) : '_');
    return copy;
}

/* Upper case as in QEMU: of ASCII letters only, nothing else is changed. */
static struct gen_piece upper(struct gen *gen, const char *s)
{
    size_t at = gen->arena.n;
    etch_text_puts(&gen->arena, s);
    for (size_t i = at; i < gen->arena.n; i++)
        if (gen->arena.v[i] >= 'a' && gen->arena.v[i] <= 'z')
            gen->arena.v[i] = (char)(gen->arena.v[i] - 'a' + 'A');
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

/* Up to QEMU 2.8 a build has one for all groups. */
static void ust_header(struct gen *gen)
{
    if (gen->options->probes_elsewhere && gen->options->era == ETCH_ERA_2_8)
        return etch_text_puts(gen->out, "trace/generated-ust-provider.h");
    etch_text_puts(gen->out, "trace-ust-");
    etch_text_puts(gen->out, gen->options->group);
    etch_text_puts(gen->out, ".h");
}

static void emit_field(struct gen *gen, char letter)
{
    const struct gen_event *event = gen->event;
    struct etch_text *out = gen->out;
    switch (letter) {
    case 'H':
        return etch_text_puts(out, gen->options->header);
    case 'g':
        return etch_text_puts(out, gen->symbol);
    case 'G':
        return etch_text_puts(out, gen->guard);
    case 'c':
        return etch_text_number(out, gen->n_events);
    case 'o':
        return emit_piece(gen, gen->output);
    case 'P':
        return etch_text_puts(out, gen->provider);
    case 'U':
        return ust_header(gen);
    case 'R':
        return etch_text_puts(out, gen->options->group);
    case 'L':
        return etch_text_number(out, etch_text_line(out) + 1);
    case 'n':
        return emit_piece(gen, event->name);
    case 'N':
        return emit_piece(gen, event->upper);
    case 'i':
        return emit_piece(gen, event->digits);
    case 'w':
        return emit_piece(gen, event->word);
    case 'f':
        return emit_piece(gen, event->fire);
    case 'p':
        return params(out, event->decl);
    case 't':
        return types(out, event->decl);
    case 'a':
        return arguments(out, event->decl);
    case 'v':
        return void_casts(out, event->decl);
    case 's':
        return spaced_format(out, event->decl->format);
    case 'F':
        return etch_text_escaped(out, event->decl->file, strlen(event->decl->file));
    case 'l':
        return etch_text_number(out, event->decl->line);
    }
}

void gen_emit(struct gen *gen, const char *template)
{
    for (;;) {
        const char *end = strchrnul(template, '$');
        etch_text_add(gen->out, template, (size_t)(end - template));
        if (!*end)
            return;
        emit_field(gen, end[1]);
        template = end + 2;
    }
}

/* ---- preparation ---- */

/* The pieces that stand more than once in a header are written once. */
static void prepare_event(struct gen *gen, size_t index)
{
    struct gen_event *event = &gen->events[index];
    struct etch_text *arena = &gen->arena;
    event->decl = &gen->decls->v[index];
    event->enabled = !(event->decl->properties & ETCH_PROP_DISABLE);
    event->has_query = true;
    event->upper = upper(gen, event->decl->name);

    size_t at = arena->n;
    etch_text_puts(arena, "etch_fire_");
    etch_text_puts(arena, gen->symbol);
    etch_text_puts(arena, "_");
    event->name.at = arena->n;
    etch_text_puts(arena, event->decl->name);
    event->name.n = arena->n - event->name.at;
    event->fire = piece_end(gen, at);

    at = arena->n;
    etch_text_puts(arena, "etch_words_");
    etch_text_puts(arena, gen->symbol);
    etch_text_puts(arena, "[");
    event->digits.at = arena->n;
    etch_text_number(arena, index);
    event->digits.n = arena->n - event->digits.at;
    etch_text_puts(arena, "]");
    event->word = piece_end(gen, at);
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
            if (*other == *name && strncmp(other, name, n) == 0 && other[n] == '\0')
                gen->events[j].has_query = false;
        }
    }
}

static void prepare(struct gen *gen, const char *output)
{
    gen->output = escaped(gen, output);
    for (size_t i = 0; i < gen->n_events; i++)
        prepare_event(gen, i);
    drop_queries(gen);
}

/* What an event takes in an output, about. */
#define EVENT_BYTES 720

int etch_generate(const struct etch_gen_format *format, const struct etch_gen_options *options,
                  const struct etch_decl_list *decls, const char *output, struct etch_text *out)
{
    struct gen gen = {.options = options, .decls = decls, .n_events = decls->n, .out = out};
    int error = -ENOMEM;
    gen.events = calloc(decls->n + 1, sizeof(*gen.events));
    gen.symbol = identifier(options->group, tolower);
    gen.guard = identifier(options->group, toupper);
    gen.provider =
        options->provider ? strdup(options->provider) : identifier(options->group, tolower);
    if (gen.events && gen.symbol && gen.guard && gen.provider) {
        etch_text_reserve(out, decls->n * EVENT_BYTES);
        prepare(&gen, output);
        if (!gen.arena.failed)
            format->write(&gen);
        if (!gen.arena.failed && !out->failed)
            error = 0;
    }
    etch_text_free(&gen.arena);
    free(gen.provider);
    free(gen.guard);
    free(gen.symbol);
    free(gen.events);
    return error;
}
