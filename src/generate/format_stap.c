/* SPDX-License-Identifier: MIT
 *
 * format_stap.c: SystemTap's names for the probes of a program and their
 * arguments.
 */
#include "generate/format.h"
#include "generate/probe.h"

static void probe(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "probe ");
    probe_prefix(gen);
    gen_emit(gen, ".$n = process(\"");
    etch_text_puts(gen->out, gen->options->binary);
    gen_emit(gen, "\").mark(\"$n\")\n{\n");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, "  ");
        probe_name(gen->out, &decl->args[i], PROBE_STAP);
        etch_text_puts(gen->out, " = $arg");
        etch_text_number(gen->out, i + 1);
        etch_text_puts(gen->out, ";\n");
    }
    gen_emit(gen, "}\n");
}

static void write_stap(struct gen *gen)
{
    probe_tapset(gen, probe);
}

const struct etch_gen_format etch_format_stap = {"stap", write_stap};
