/* SPDX-License-Identifier: MIT
 *
 * format_tcg_helper_c.c: the bodies of the helpers that QEMU's translated code calls
 * for events with the property tcg.
 */
#include "generate/format.h"

static void params(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    if (decl->n_args == 0)
        etch_text_puts(gen->out, "void");
    for (size_t i = 0; i < decl->n_args; i++) {
        bool cpu = decl->properties & ETCH_PROP_VCPU && i == 0;
        etch_text_puts(gen->out, i ? ", " : "");
        etch_text_puts(gen->out, cpu ? "CPUArchState *" : gen_tcg_type(&decl->args[i])->native);
        gen_param(gen->out, &decl->args[i]);
    }
}

static void arguments(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        bool cpu = decl->properties & ETCH_PROP_VCPU && i == 0;
        etch_text_puts(gen->out, i ? ", (" : "(");
        etch_text_puts(gen->out, cpu ? "CPUState *" : decl->args[i].type);
        etch_text_puts(gen->out, cpu ? ")ENV_GET_CPU(" : ")");
        gen_param(gen->out, &decl->args[i]);
        etch_text_puts(gen->out, cpu ? ")" : "");
    }
}

static void helper(struct gen *gen)
{
    gen_emit(gen, "\nvoid helper_trace_$n_proxy(");
    params(gen);
    gen_emit(gen, ")\n{\n    trace_$n(");
    arguments(gen);
    gen_emit(gen, ");\n}\n");
}

static void write_tcg_helper_c(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n"
                  "#include \"qemu/osdep.h\"\n"
                  "#include \"qemu-common.h\"\n"
                  "#include \"cpu.h\"\n"
                  "#include \"$H\"\n"
                  "#include \"exec/helper-proto.h\"\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (gen_is_tcg(gen) && gen->event->enabled)
            helper(gen);
    }
}

const struct etch_gen_format etch_format_tcg_helper_c = {"tcg-helper-c", write_tcg_helper_c};
