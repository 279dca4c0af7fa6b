/* SPDX-License-Identifier: MIT
 *
 * format_h.c: trace-G.h, what the traced program includes. Per event: the test
 * of its word and, out of line, a call to the function of trace-G.c that fires
 * it, so that a call site holds nothing else.
 */
#include "generate/backend.h"
#include "generate/format.h"

#include <string.h>

/* The states of all backends, "a || b"; the same one once. */
static void state(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    size_t n = 0;
    for (size_t i = 0; i < o->n_backends && gen->event->enabled; i++) {
        const char *term = o->backends[i]->state;
        for (size_t j = 0; j < i && term; j++)
            if (o->backends[j]->state && strcmp(o->backends[j]->state, term) == 0)
                term = NULL;
        if (!term)
            continue;
        etch_text_puts(gen->out, n++ ? " || " : "");
        gen_emit(gen, term);
    }
    etch_text_puts(gen->out, n ? "" : "false");
}

static void declarations(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    for (size_t i = 0; i < o->n_backends && gen->event->enabled; i++)
        if (o->backends[i]->declare)
            o->backends[i]->declare(gen);
}

static void macros(struct gen *gen)
{
    gen_emit(gen, gen->event->enabled ? "\n#define TRACE_$N_ENABLED 1\n"
                                      : "\n#define TRACE_$N_ENABLED 0\n");
    if (gen_is_tcg(gen)) {
        const struct gen_piece upper = gen->event->upper;
        gen_emit(gen, "#define TRACE_");
        etch_text_add(gen->out, gen->arena.v + upper.at, upper.n - strlen("_EXEC"));
        gen_emit(gen, "_ENABLED TRACE_$N_ENABLED\n");
    }
    declarations(gen);
    if (gen->options->dialect == ETCH_DIALECT_QEMU)
        gen_emit(gen, "#define _TRACE_$N_EVENT etch_events_$g[$i]\n"
                      "#define _TRACE_$N_DSTATE $w\n");
    gen_emit(gen, "#define TRACE_$N_STATE() " GEN_STATE_WORD "\n"
                  "#define TRACE_$N_BACKEND_DSTATE() (");
    state(gen);
    gen_emit(gen, ")\n");
}

/* The guard of work for one CPU. */
static void vcpu_macro(struct gen *gen)
{
    if (gen->event->decl->properties & ETCH_PROP_VCPU)
        gen_emit(gen, "#define TRACE_$N_VCPU_STATE(cpu) "
                      "(" GEN_STATE_WORD " && etch_word_on_cpu(&$w, cpu))\n");
}

static void functions(struct gen *gen)
{
    bool active = gen->event->enabled && !gen_is_nop(gen);
    if (gen->event->has_query)
        gen_emit(gen, "#define trace_$n_enabled() TRACE_$N_BACKEND_DSTATE()\n");
    if (active)
        gen_emit(gen, "void $f($t);\n");
    gen_emit(gen, "static inline void trace_$n($p)\n"
                  "{\n");
    if (active) {
        gen_emit(gen, "    if (");
        state(gen);
        gen_emit(gen, ")\n"
                      "        $f($a);\n");
    } else {
        gen_emit(gen, "$v");
    }
    gen_emit(gen, "}\n");
}

/* Whether the header must declare what stdint.h, stddef.h and stdbool.h do
 * not: ssize_t, off_t and their like. */
static bool needs_sys_types(const struct etch_decl_list *decls)
{
    static const char *const words[] = {"ssize_t", "off_t", "pid_t", "mode_t", "uid_t", "gid_t"};
    for (size_t i = 0; i < decls->n; i++)
        for (size_t j = 0; j < decls->v[i].n_args; j++)
            for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
                if (strstr(decls->v[i].args[j].type, words[k]))
                    return true;
    return false;
}

void gen_structs(struct gen *gen)
{
    static const char word[] = "struct ";
    for (size_t i = 0; i < gen->decls->n; i++) {
        for (size_t j = 0; j < gen->decls->v[i].n_args; j++) {
            const char *at = strstr(gen->decls->v[i].args[j].type, word);
            if (!at)
                continue;
            etch_text_add(gen->out, at, strcspn(at, "*"));
            etch_text_puts(gen->out, ";\n");
        }
    }
}

/* What a call site needs of etch: of the single-file form all but etch(), so that
 * a source with generated events alone stays without a module of etch/here.h. */
static void etch_headers(struct gen *gen)
{
    const char *single = gen->options->single;
    if (!single) {
        gen_emit(gen, "#include <etch/word.h>\n");
        return;
    }
    gen_emit(gen, "#define ETCH_BASE_ONLY\n"
                  "#include \"");
    etch_text_escaped(gen->out, single, strlen(single));
    gen_emit(gen, "\"\n"
                  "#undef ETCH_BASE_ONLY\n");
}

static void head(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n"
                  "#ifndef TRACE_$G_GENERATED_TRACERS_H\n"
                  "#define TRACE_$G_GENERATED_TRACERS_H\n"
                  "\n");
    etch_headers(gen);
    if (o->dialect == ETCH_DIALECT_QEMU && o->era == ETCH_ERA_2_8)
        gen_emit(gen, "#include \"qemu-common.h\"\n");
    if (o->dialect == ETCH_DIALECT_QEMU)
        gen_emit(gen, "#include \"trace/control.h\"\n");
    if (needs_sys_types(gen->decls))
        gen_emit(gen, "#include <sys/types.h>\n");
    for (size_t i = 0; i < o->n_backends; i++)
        if (o->backends[i]->head_h)
            gen_emit(gen, o->backends[i]->head_h);
    gen_emit(gen, "\n"
                  "#ifdef __cplusplus\n"
                  "extern \"C\" {\n"
                  "#endif\n"
                  "#pragma GCC visibility push(hidden)\n"
                  "\n"
                  "extern struct etch_group etch_group_$g;\n"
                  "extern uint16_t etch_words_$g[];\n");
    gen_structs(gen);
    if (o->dialect == ETCH_DIALECT_QEMU && gen->n_events)
        gen_emit(gen, "extern TraceEvent etch_events_$g[];\n");
}

static void write_h(struct gen *gen)
{
    head(gen);
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        macros(gen);
        vcpu_macro(gen);
        functions(gen);
    }
    gen_emit(gen, "\n"
                  "#pragma GCC visibility pop\n"
                  "#ifdef __cplusplus\n"
                  "}\n"
                  "#endif\n"
                  "#endif\n");
}

const struct etch_gen_format etch_format_h = {"h", write_h};
