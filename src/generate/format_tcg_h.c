/* SPDX-License-Identifier: MIT
 *
 * format_tcg_h.c: trace-tcg-G.h, what a translator includes: of each event with the
 * property tcg the function that it calls while it translates. That fires NAME_trans
 * and makes the translated code fire NAME_exec: by QEMU's helpers, or by
 * <etch/tcg.h>.
 */
#include "format/kind.h"
#include "generate/format.h"

static void head(struct gen *gen)
{
    bool own = gen->options->own_translator;
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n"
                  "#ifndef TRACE_$G_GENERATED_TCG_TRACERS_H\n"
                  "#define TRACE_$G_GENERATED_TCG_TRACERS_H\n"
                  "\n");
    gen_emit(gen, own ? "#include <etch/tcg.h>\n" : "");
    gen_emit(gen, "#include \"$H\"\n");
    gen_emit(gen, own ? "\n"
                        "#ifdef __cplusplus\n"
                        "extern \"C\" {\n"
                        "#endif\n"
                        "#pragma GCC visibility push(hidden)\n"
                      : "#include \"exec/helper-proto.h\"\n");
}

/* How <etch/tcg.h> is told of an argument. */
static void own_values(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        if (decl->properties & ETCH_PROP_VCPU && i == 0) {
            gen_emit(gen, "        {ETCH_TCG_CPU, 0},\n");
            continue;
        }
        etch_text_puts(gen->out,
                       arg->tcg ? "        {ETCH_TCG_TEMP, " : "        {ETCH_TCG_CONSTANT, ");
        if (!arg->tcg)
            etch_text_puts(gen->out,
                           arg->kind == ETCH_KIND_POINTER ? "(uint64_t)(uintptr_t)" : "(uint64_t)");
        gen_param(gen->out, arg);
        etch_text_puts(gen->out, arg->tcg ? ".id},\n" : "},\n");
    }
}

static void own_emission(struct gen *gen)
{
    if (gen->event->decl->n_args == 0) {
        gen_emit(gen, "    etch_tcg_emit(&etch_tcg_$g_$n, NULL);\n");
        return;
    }
    if (gen->event->decl->properties & ETCH_PROP_VCPU)
        gen_emit(gen, "    (void)__tcg___cpu_;\n");
    gen_emit(gen, "    const struct etch_tcg_value values[] = {\n");
    own_values(gen);
    gen_emit(gen, "    };\n"
                  "    etch_tcg_emit(&etch_tcg_$g_$n, values);\n");
}

/* gen->event is NAME_exec, and the one before it NAME_trans. */
static void body(struct gen *gen)
{
    const struct gen_event *exec = gen->event;
    gen->event = exec - 1;
    gen_emit(gen, "    trace_$n($a);\n");
    gen->event = exec;
    if (gen->options->own_translator)
        return own_emission(gen);
    gen_emit(gen, "    gen_helper_trace_$n(");
    gen_tcg_arguments(gen, false);
    gen_emit(gen, ");\n");
}

static void function(struct gen *gen)
{
    bool active = gen->event->enabled && !(gen->options->own_translator && gen_is_nop(gen));
    if (active && gen->options->own_translator)
        gen_emit(gen, "\nextern const struct etch_tcg_event etch_tcg_$g_$n;");
    gen_emit(gen, "\nstatic inline void trace_");
    gen_tcg_name(gen);
    gen_emit(gen, "_tcg(");
    gen_tcg_params(gen, true);
    gen_emit(gen, ")\n{\n");
    if (active)
        body(gen);
    else
        gen_tcg_unused(gen);
    gen_emit(gen, "}\n");
}

static void write_tcg_h(struct gen *gen)
{
    head(gen);
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (gen_is_tcg(gen))
            function(gen);
    }
    if (gen->options->own_translator)
        gen_emit(gen, "\n"
                      "#pragma GCC visibility pop\n"
                      "#ifdef __cplusplus\n"
                      "}\n"
                      "#endif\n");
    gen_emit(gen, gen->options->own_translator ? "#endif\n" : "\n#endif\n");
}

const struct etch_gen_format etch_format_tcg_h = {"tcg-h", write_tcg_h};
