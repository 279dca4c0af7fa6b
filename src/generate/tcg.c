/* SPDX-License-Identifier: MIT
 *
 * tcg.c: events with the property tcg: what the formats for translators share, and
 * what trace-G.c has for <etch/tcg.h>.
 */
#include "format/kind.h"
#include "generate/backend.h"

#include <string.h>

bool gen_is_tcg(const struct gen *gen)
{
    return gen->event->decl->properties & ETCH_PROP_TCG_EXEC;
}

void gen_tcg_name(struct gen *gen)
{
    const char *name = gen->event->decl->name;
    etch_text_add(gen->out, name, strlen(name) - strlen("_exec"));
}

/* A type of QEMU's own that TCG's helpers do not know is none of theirs. */
const struct gen_tcg_type *gen_tcg_type(const struct etch_arg *arg)
{
    static const struct gen_tcg_type types[] = {
        {"TCGv", "tl", "target_ulong ", NULL},   {"TCGv_i32", "i32", "uint32_t ", NULL},
        {"TCGv_i64", "i64", "uint64_t ", NULL},  {"TCGv_ptr", "ptr", "void *", NULL},
        {"uint32_t", "i32", "uint32_t ", "i32"}, {"uint8_t", "i32", "uint32_t ", "i32"},
        {"uint64_t", "i64", "uint64_t ", "i64"}, {"void *", "ptr", "void *", "ptr"},
    };
    const char *name = arg->tcg ? arg->tcg : arg->type;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

const struct etch_decl *etch_gen_tcg_refused(const struct etch_decl_list *decls, size_t *argument)
{
    for (size_t i = 0; i < decls->n; i++) {
        const struct etch_decl *decl = &decls->v[i];
        bool exec =
            decl->properties & ETCH_PROP_TCG_EXEC && !(decl->properties & ETCH_PROP_DISABLE);
        for (size_t j = decl->properties & ETCH_PROP_VCPU ? 1 : 0; exec && j < decl->n_args; j++) {
            *argument = j;
            if (!gen_tcg_type(&decl->args[j]))
                return decl;
        }
    }
    return NULL;
}

void gen_tcg_params(struct gen *gen, bool cpu)
{
    const struct etch_decl *decl = gen->event->decl;
    bool vcpu = decl->properties & ETCH_PROP_VCPU;
    const char *between = "";
    if (decl->n_args == 0)
        etch_text_puts(gen->out, "void");
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        const char *type = arg->tcg ? arg->tcg : arg->type;
        bool implied = vcpu && i == 0;
        if (!implied || cpu) {
            etch_text_puts(gen->out, between);
            etch_text_puts(gen->out, type);
            etch_text_puts(gen->out, type[strlen(type) - 1] == '*' ? "" : " ");
            gen_param(gen->out, arg);
            between = ", ";
        }
        if (implied) {
            etch_text_puts(gen->out, between);
            etch_text_puts(gen->out, "TCGv_env " GEN_TCG_ENV);
            between = ", ";
        }
    }
}

void gen_tcg_arguments(struct gen *gen, bool cpu)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i ? ", " : "");
        if (decl->properties & ETCH_PROP_VCPU && i == 0 && !cpu)
            etch_text_puts(gen->out, GEN_TCG_ENV);
        else
            gen_param(gen->out, &decl->args[i]);
    }
}

void gen_tcg_unused(struct gen *gen)
{
    if (gen->event->decl->properties & ETCH_PROP_VCPU)
        etch_text_puts(gen->out, "    (void)" GEN_TCG_ENV ";\n");
    gen_emit(gen, "$v");
}

/* ---- trace-G.c ---- */

static void call_function(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "\nstatic void etch_tcg_call_$n(const uint64_t *values)\n{\n");
    if (decl->n_args == 0)
        etch_text_puts(gen->out, "    (void)values;\n");
    gen_emit(gen, "    trace_$n(");
    for (size_t i = 0; i < decl->n_args; i++) {
        bool pointer = decl->args[i].kind == ETCH_KIND_POINTER;
        etch_text_puts(gen->out, i ? ", (" : "(");
        etch_text_puts(gen->out, decl->args[i].type);
        etch_text_puts(gen->out, pointer ? ")(uintptr_t)values[" : ")values[");
        etch_text_number(gen->out, i);
        etch_text_puts(gen->out, "]");
    }
    etch_text_puts(gen->out, ");\n}\n");
}

static void sizes(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "static const uint8_t etch_tcg_sizes_$n[] = {");
    for (size_t i = 0; i < decl->n_args; i++) {
        bool other = decl->args[i].kind == ETCH_KIND_OTHER; /* stored as such */
        etch_text_puts(gen->out, i ? ", sizeof(" : "sizeof(");
        etch_text_puts(gen->out, other ? "uint64_t" : decl->args[i].type);
        etch_text_puts(gen->out, ")");
    }
    etch_text_puts(gen->out, decl->n_args ? "};\n" : "0};\n");
}

/* Whether all backends that do anything look at the enable word; whether all of
 * them store the event in the thread's packet. */
static void backends(const struct gen *gen, bool *word, bool *ring)
{
    *word = *ring = true;
    for (size_t i = 0; i < gen->options->n_backends; i++) {
        const struct etch_backend *backend = gen->options->backends[i];
        if (!backend->fire)
            continue;
        *word = *word && strcmp(backend->state, GEN_STATE_WORD) == 0;
        *ring = *ring && backend->fire == gen_pack;
    }
}

static void descriptor(struct gen *gen)
{
    bool word, ring;
    backends(gen, &word, &ring);
    call_function(gen);
    sizes(gen);
    gen_emit(gen, "const struct etch_tcg_event etch_tcg_$g_$n = {\n"
                  "    \"$n\", &etch_group_$g, $i, ");
    etch_text_number(gen->out, gen->event->decl->n_args);
    gen_emit(gen, ", etch_tcg_sizes_$n, ");
    gen_emit(gen, word ? "&$w, " : "NULL, ");
    etch_text_puts(gen->out, ring ? "true, " : "false, ");
    etch_text_puts(gen->out, gen->event->decl->properties & ETCH_PROP_NOTIME ? "true" : "false");
    gen_emit(gen, ", etch_tcg_call_$n};\n");
}

void gen_tcg_descriptors(struct gen *gen)
{
    bool first = true;
    for (size_t i = 0; i < gen->n_events && gen->options->own_translator && !gen_is_nop(gen); i++) {
        gen->event = &gen->events[i];
        if (!gen_is_tcg(gen) || !gen->event->enabled)
            continue;
        if (first)
            gen_emit(gen, "\n#include \"trace-tcg-$R.h\"\n");
        first = false;
        descriptor(gen);
    }
}
