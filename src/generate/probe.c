/* SPDX-License-Identifier: MIT
 *
 * probe.c: names and heads of the files about SDT probes.
 */
#include "generate/probe.h"

#include "format/kind.h"

/* Words of D and of SystemTap's language, each between blanks. */
static const char words_of_d[] =
    " auto goto sizeof break if static case import string char inline stringof const int struct "
    "continue long switch counter offsetof this default probe translator do provider typedef "
    "double register union else restrict unsigned enum return void extern self volatile float "
    "short while for signed xlate ";
static const char words_of_stap[] =
    " break catch continue delete else for foreach function global if in limit long next probe "
    "return self string try while ";

void probe_head(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n");
    if (gen->options->era == ETCH_ERA_11 || gen->options->era == ETCH_ERA_ANY)
        gen_emit(gen, "/* SPDX-License-Identifier: MIT */\n");
}

void probe_fire(struct gen *gen, const char *macro)
{
    etch_text_puts(gen->out, "    ");
    etch_text_puts(gen->out, macro);
    gen_emit(gen, gen->event->decl->n_args ? "($P, $n, $a);\n" : "($P, $n);\n");
}

static bool is_word(const char *name, const char *words)
{
    size_t n = strlen(name);
    for (const char *at = words; n && (at = strstr(at, name)); at += n)
        if (at[-1] == ' ' && at[n] == ' ')
            return true;
    return false;
}

void probe_name(struct etch_text *text, const struct etch_arg *arg, enum probe_language language)
{
    etch_text_puts(text, arg->name);
    if (is_word(arg->name, language == PROBE_D ? words_of_d : words_of_stap))
        etch_text_puts(text, "_");
}

void probe_prefix(struct gen *gen)
{
    const char *given = gen->options->probe_prefix;
    etch_text_puts(gen->out, given ? given : gen->provider);
}

void probe_alias(struct gen *gen, const char *alias)
{
    gen_emit(gen, "probe ");
    probe_prefix(gen);
    etch_text_puts(gen->out, alias);
    gen_emit(gen, ".$n = ");
    probe_prefix(gen);
    gen_emit(gen, ".$n ?\n{\n");
}

void probe_value(struct etch_text *text, const struct etch_arg *arg)
{
    bool string = arg->kind == ETCH_KIND_STRING;
    etch_text_puts(text, string ? "arg" : "");
    probe_name(text, arg, PROBE_STAP);
    etch_text_puts(text, string ? "_str" : "");
}

static void string_text(struct gen *gen, const struct etch_arg *arg)
{
    etch_text_puts(gen->out, "    try {\n        ");
    probe_value(gen->out, arg);
    etch_text_puts(gen->out, " = ");
    probe_name(gen->out, arg, PROBE_STAP);
    etch_text_puts(gen->out, " ? user_string_n(");
    probe_name(gen->out, arg, PROBE_STAP);
    etch_text_puts(gen->out, ", 512) : \"<null>\"\n    } catch {}\n");
}

void probe_strings(struct gen *gen, bool lengths)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        if (decl->args[i].kind != ETCH_KIND_STRING)
            continue;
        string_text(gen, &decl->args[i]);
        if (!lengths)
            continue;
        etch_text_puts(gen->out, "    arg");
        probe_name(gen->out, &decl->args[i], PROBE_STAP);
        etch_text_puts(gen->out, "_len = strlen(");
        probe_value(gen->out, &decl->args[i]);
        etch_text_puts(gen->out, ")\n");
    }
}

void probe_tapset(struct gen *gen, void (*probe)(struct gen *gen))
{
    probe_head(gen);
    gen_emit(gen, "\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (gen->event->enabled)
            probe(gen);
    }
    gen_emit(gen, "\n");
}
