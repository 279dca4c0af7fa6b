/* SPDX-License-Identifier: MIT
 *
 * format_tcg_helper_h.c: the helpers of QEMU's TCG that translated code calls for
 * events with the property tcg, as its list of helpers declares them.
 */
#include "generate/format.h"

static void helper(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "DEF_HELPER_FLAGS_");
    etch_text_number(gen->out, decl->n_args);
    gen_emit(gen, "(trace_$n_proxy, TCG_CALL_NO_RWG, void");
    for (size_t i = 0; i < decl->n_args; i++) {
        bool cpu = decl->properties & ETCH_PROP_VCPU && i == 0;
        etch_text_puts(gen->out, ", ");
        etch_text_puts(gen->out, cpu ? "env" : gen_tcg_type(&decl->args[i])->helper);
    }
    gen_emit(gen, ")\n");
}

static void write_tcg_helper_h(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (gen_is_tcg(gen) && gen->event->enabled)
            helper(gen);
    }
}

const struct etch_gen_format etch_format_tcg_helper_h = {"tcg-helper-h", write_tcg_helper_h};
