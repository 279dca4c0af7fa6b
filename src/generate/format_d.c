/* SPDX-License-Identifier: MIT
 *
 * format_d.c: the provider of SDT probes, for dtrace(1).
 */
#include "generate/format.h"
#include "generate/probe.h"

/* dtrace(1) knows no long long. */
static const char *probe_type(const char *type)
{
    if (strcmp(type, "long long") == 0 || strcmp(type, "signed long long") == 0)
        return "int64_t";
    return strcmp(type, "unsigned long long") == 0 ? "uint64_t" : type;
}

static void probe(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "\nprobe $n(");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i ? "," : "");
        etch_text_puts(gen->out, probe_type(decl->args[i].type));
        etch_text_puts(gen->out, " ");
        probe_name(gen->out, &decl->args[i], PROBE_D);
    }
    gen_emit(gen, ");\n");
}

static void write_d(struct gen *gen)
{
    size_t n = 0;
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (!gen->event->enabled)
            continue;
        if (n++ == 0) {
            probe_head(gen);
            gen_emit(gen,
                     gen->options->era == ETCH_ERA_11 ? "\nprovider $P {\n" : "provider $P {\n");
        }
        probe(gen);
    }
    /* dtrace(1) refuses a provider without probes, not an empty file. */
    gen_emit(gen, n ? "\n};\n" : "");
}

const struct etch_gen_format etch_format_d = {"d", write_d};
