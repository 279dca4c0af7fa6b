/* SPDX-License-Identifier: MIT
 *
 * format_c.c: trace-G.c, compiled into the traced program: the functions that
 * fire events, the enable words, the note, and the group that registers.
 */
#include "format/kind.h"
#include "generate/backend.h"
#include "generate/format.h"

#include <string.h>

/* An argument as libetch takes it. */
static void rare_value(struct gen *gen, const struct etch_arg *arg)
{
    bool address = arg->kind == ETCH_KIND_STRING || arg->kind == ETCH_KIND_POINTER;
    etch_text_puts(gen->out, arg->kind == ETCH_KIND_FLOAT    ? "etch_float_bits("
                             : arg->kind == ETCH_KIND_DOUBLE ? "etch_double_bits("
                             : address                       ? "(uint64_t)(uintptr_t)("
                                                             : "(uint64_t)(");
    gen_param(gen->out, arg);
    etch_text_puts(gen->out, ")");
}

/* Conditions, and all that the ring backends meet rarely: it stands apart, so that
 * the function that fires has no frame for it. */
static void rare_function(struct gen *gen, bool ring)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "\n__attribute__((noinline, cold)) static bool etch_rare_$g_$n($p)\n{\n");
    if (decl->n_args)
        etch_text_puts(gen->out, "    const uint64_t values[] = {");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i ? ", " : "");
        rare_value(gen, &decl->args[i]);
    }
    etch_text_puts(gen->out, decl->n_args ? "};\n" : "");
    gen_emit(gen, ring ? "    return etch_event_rare(&etch_group_$g, $i, "
                       : "    return etch_event_wanted(&etch_group_$g, $i, ");
    etch_text_puts(gen->out, decl->n_args ? "values" : "NULL");
    etch_text_puts(gen->out, ring ? ", etch_frame());\n}\n" : ");\n}\n");
}

static bool is_ring(const struct etch_gen_options *o)
{
    for (size_t i = 0; i < o->n_backends; i++)
        if (o->backends[i]->fire == gen_pack)
            return true;
    return false;
}

/* The statements of the backends that the enable word gates, or of those that
 * have a state of their own, but for the ring; how many there are. */
static size_t fire(struct gen *gen, bool gated, bool write)
{
    const struct etch_gen_options *o = gen->options;
    size_t n = 0;
    for (size_t i = 0; i < o->n_backends; i++) {
        const struct etch_backend *backend = o->backends[i];
        if (!backend->fire || backend->fire == gen_pack ||
            (strcmp(backend->state, GEN_STATE_WORD) == 0) != gated)
            continue;
        if (write)
            backend->fire(gen);
        n++;
    }
    return n;
}

static void fire_function(struct gen *gen)
{
    bool ring = is_ring(gen->options);
    bool gated = ring || fire(gen, true, false) != 0;
    if (gated)
        rare_function(gen, ring);
    gen_emit(gen, "\n__attribute__((noinline)) void $f($p)\n{\n");
    /* Who called has found one of all states on, the word's or another. */
    if (fire(gen, false, true) && gated)
        gen_emit(gen, "    if (!" GEN_STATE_WORD ")\n        return;\n");
    if (ring)
        gen_pack(gen);
    else if (gated)
        gen_emit(gen, "    if (!etch_word_plain(&$w) && !etch_rare_$g_$n($a))\n"
                      "        return;\n");
    fire(gen, true, true);
    gen_emit(gen, "}\n");
}

static void fire_functions(struct gen *gen)
{
    if (gen_is_nop(gen))
        return;
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (!gen->event->enabled)
            continue;
        fire_function(gen);
    }
}

static void descriptors(struct gen *gen)
{
    if (gen->options->dialect != ETCH_DIALECT_QEMU || gen->n_events == 0)
        return;
    gen_emit(gen, "\nTraceEvent etch_events_$g[$c] = {\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        gen_emit(gen, "    ETCH_TRACE_EVENT(\"$n\", TRACE_$N_ENABLED, &$w),\n");
    }
    gen_emit(gen, "};\n");
}

static void group(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    gen_emit(gen, "\nstruct etch_group etch_group_$g =\n    ETCH_GROUP($c, 0");
    for (size_t i = 0; i < o->n_backends; i++)
        if (o->backends[i]->bit) {
            etch_text_puts(gen->out, " | ");
            etch_text_puts(gen->out, o->backends[i]->bit);
        }
    gen_emit(gen, ", etch_words_$g, &etch_note_$g.version, ");
    gen_emit(gen, o->dialect == ETCH_DIALECT_QEMU && gen->n_events ? "etch_events_$g" : "NULL");
    /* Where the program's own start lies: behind the code of thousands of events
     * each of the two would have the kernel map a part of the file for it alone,
     * 3 us a part. */
    gen_emit(gen, ");\n"
                  "\n"
                  "__attribute__((constructor, section(\".text.startup\"))) static void "
                  "etch_register_$g(void)\n"
                  "{\n"
                  "    etch_group_register(&etch_group_$g);\n"
                  "}\n"
                  "\n"
                  "__attribute__((destructor, section(\".text.startup\"))) static void "
                  "etch_unregister_$g(void)\n"
                  "{\n"
                  "    etch_group_unregister(&etch_group_$g);\n"
                  "}\n");
}

static void heads(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    for (size_t i = 0; i < o->n_backends; i++) {
        void (*head)(struct gen *) = o->backends[i]->head_c;
        for (size_t j = 0; j < i && head; j++)
            if (o->backends[j]->head_c == head)
                head = NULL;
        if (head)
            head(gen);
    }
}

static void write_c(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n");
    heads(gen);
    if (!gen->options->single)
        gen_emit(gen, "#include <etch/event.h>\n");
    gen_emit(gen, "#include \"$H\"\n"
                  "\n"
                  "__attribute__((aligned(ETCH_PAGE_MAX))) "
                  "uint16_t etch_words_$g[ETCH_WORDS($c)];\n");
    fire_functions(gen);
    gen_note(gen);
    descriptors(gen);
    group(gen);
    gen_tcg_descriptors(gen);
}

const struct etch_gen_format etch_format_c = {"c", write_c};
