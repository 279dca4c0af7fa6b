/* SPDX-License-Identifier: MIT
 *
 * format_tcg_helper_wrapper_h.c: calls of the helpers of events with the property tcg
 * while QEMU translates: what is known by then becomes a constant of the code.
 */
#include "generate/format.h"

static bool is_constant(const struct etch_decl *decl, size_t i)
{
    return !decl->args[i].tcg && !(decl->properties & ETCH_PROP_VCPU && i == 0);
}

/* TCGv_i32 __x = tcg_const_i32(x); */
static void make_constant(struct gen *gen, const struct etch_arg *arg)
{
    const struct gen_tcg_type *type = gen_tcg_type(arg);
    etch_text_puts(gen->out, "    TCGv_");
    etch_text_puts(gen->out, type->constant);
    etch_text_puts(gen->out, " __");
    gen_param(gen->out, arg);
    etch_text_puts(gen->out, " = tcg_const_");
    etch_text_puts(gen->out, type->constant);
    etch_text_puts(gen->out, "(");
    gen_param(gen->out, arg);
    etch_text_puts(gen->out, ");\n");
}

static void free_constant(struct gen *gen, const struct etch_arg *arg)
{
    etch_text_puts(gen->out, "    tcg_temp_free_");
    etch_text_puts(gen->out, gen_tcg_type(arg)->constant);
    etch_text_puts(gen->out, "(__");
    gen_param(gen->out, arg);
    etch_text_puts(gen->out, ");\n");
}

static void call(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "    gen_helper_trace_$n_proxy(");
    for (size_t i = 0; i < decl->n_args; i++) {
        bool cpu = decl->properties & ETCH_PROP_VCPU && i == 0;
        etch_text_puts(gen->out, i ? ", " : "");
        etch_text_puts(gen->out, is_constant(decl, i) ? "__" : "");
        if (cpu)
            etch_text_puts(gen->out, GEN_TCG_ENV);
        else
            gen_param(gen->out, &decl->args[i]);
    }
    gen_emit(gen, ");\n");
}

static void wrapper(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "\nstatic inline void gen_helper_trace_$n(");
    gen_tcg_params(gen, false);
    gen_emit(gen, ")\n{\n");
    for (size_t i = 0; i < decl->n_args; i++)
        if (is_constant(decl, i))
            make_constant(gen, &decl->args[i]);
    call(gen);
    for (size_t i = 0; i < decl->n_args; i++)
        if (is_constant(decl, i))
            free_constant(gen, &decl->args[i]);
    gen_emit(gen, "}\n");
}

static void write_tcg_helper_wrapper_h(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (gen_is_tcg(gen) && gen->event->enabled)
            wrapper(gen);
    }
}

const struct etch_gen_format etch_format_tcg_helper_wrapper_h = {"tcg-helper-wrapper-h",
                                                                 write_tcg_helper_wrapper_h};
