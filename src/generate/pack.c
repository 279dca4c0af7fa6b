/* SPDX-License-Identifier: MIT
 *
 * pack.c: the statements of the ring backends: they store the event in the
 * thread's packet, each argument in its native size, strings as bytes and NUL
 * (src/format/kind.h). Where several of these backends are asked for, the event
 * is stored once.
 */
#include "generate/backend.h"

#include "format/kind.h"

/* What is stored of argument i: itself, or a copy in a type of known size. */
static void value(struct gen *gen, size_t i)
{
    const struct etch_arg *arg = &gen->event->decl->args[i];
    if (arg->kind == ETCH_KIND_OTHER) {
        etch_text_puts(gen->out, "v");
        etch_text_number(gen->out, i);
    } else {
        gen_param(gen->out, arg);
    }
}

/* Locals of which the size of the payload is computed. */
static void locals(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        bool string = decl->args[i].kind == ETCH_KIND_STRING;
        if (!string && decl->args[i].kind != ETCH_KIND_OTHER)
            continue;
        etch_text_puts(gen->out, string ? "    size_t n" : "    uint64_t v");
        etch_text_number(gen->out, i);
        etch_text_puts(gen->out, string ? " = etch_string_size(" : " = (uint64_t)");
        gen_param(gen->out, &decl->args[i]);
        etch_text_puts(gen->out, string ? ");\n" : ";\n");
    }
}

static void size(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i ? " + " : "");
        if (decl->args[i].kind == ETCH_KIND_STRING) {
            etch_text_puts(gen->out, "n");
            etch_text_number(gen->out, i);
        } else {
            etch_text_puts(gen->out, "sizeof(");
            value(gen, i);
            etch_text_puts(gen->out, ")");
        }
    }
    if (decl->n_args == 0)
        etch_text_puts(gen->out, "0");
}

static void stores(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        if (decl->args[i].kind == ETCH_KIND_STRING) {
            etch_text_puts(gen->out, "        p = etch_string_put(p, ");
            gen_param(gen->out, &decl->args[i]);
            etch_text_puts(gen->out, ", n");
            etch_text_number(gen->out, i);
        } else {
            etch_text_puts(gen->out, "        ETCH_PUT(p, ");
            value(gen, i);
        }
        etch_text_puts(gen->out, ");\n");
    }
}

void gen_pack(struct gen *gen)
{
    gen_emit(gen, "    struct etch_cursor *c = etch_cursor_get();\n");
    locals(gen);
    gen_emit(gen, "    unsigned char *p = !etch_word_plain(&$w) ? NULL : ");
    gen_emit(gen, gen->event->decl->properties & ETCH_PROP_NOTIME ? "etch_event_begin_notime("
                                                                  : "etch_event_begin(");
    gen_emit(gen, "c, etch_group_$g.first_id + $i, ");
    size(gen);
    gen_emit(gen, ");\n"
                  "    if (p) {\n");
    stores(gen);
    gen_emit(gen, "        etch_event_commit(c, p);\n"
                  "    } else if (!etch_rare_$g_$n($a)) {\n"
                  "        return;\n"
                  "    }\n");
}
