/* SPDX-License-Identifier: MIT
 *
 * format_simpletrace_stap.c: SystemTap probes that write each event as a record
 * of the simple format, without the file's header, but for readers of QEMU 2.8:
 * an event's id is its place in the input.
 */
#include "generate/format.h"
#include "generate/probe.h"

#include "format/kind.h"

static bool is_string(const struct etch_arg *arg)
{
    return arg->kind == ETCH_KIND_STRING;
}

static void length_of(struct etch_text *text, const struct etch_arg *arg)
{
    etch_text_puts(text, "arg");
    probe_name(text, arg, PROBE_STAP);
    etch_text_puts(text, "_len");
}

/* The size of the record: its head, and each argument. */
static void record_size(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    etch_text_puts(gen->out, "24");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, is_string(&decl->args[i]) ? " + 4 + " : " + 8");
        if (is_string(&decl->args[i]))
            length_of(gen->out, &decl->args[i]);
    }
}

static void values(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        /* A string's length stands before it, and is the precision of %.*s. */
        for (int j = 0; j < 2 && is_string(&decl->args[i]); j++) {
            etch_text_puts(gen->out, ", ");
            length_of(gen->out, &decl->args[i]);
        }
        etch_text_puts(gen->out, ", ");
        probe_value(gen->out, &decl->args[i]);
    }
}

/* Readers of 2.8 want a whole file: its header before the first record, and the
 * name of an event before its first one. (Halves of the magic in this order: a
 * literal of SystemTap has 63 bits.) */
static void file_head(struct gen *gen)
{
    gen_emit(gen, "    if (!simpletrace_begun) {\n"
                  "        simpletrace_begun = 1\n"
                  "        printf(\"%8b%4b%4b%8b\", -1, 0x0aa429b4, 0xf2b177cb, 4)\n"
                  "    }\n"
                  "    if (!([$i] in simpletrace_named)) {\n"
                  "        simpletrace_named[$i] = 1\n"
                  "        printf(\"%8b%8b%4b%s\", 0, $i, ");
    etch_text_number(gen->out, strlen(gen->event->decl->name));
    gen_emit(gen, ", \"$n\")\n"
                  "    }\n");
}

static void probe(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    probe_alias(gen, ".simpletrace");
    probe_strings(gen, true);
    if (gen->options->era == ETCH_ERA_2_8)
        file_head(gen);
    gen_emit(gen, "    printf(\"%8b%8b%8b%4b%4b");
    for (size_t i = 0; i < decl->n_args; i++)
        etch_text_puts(gen->out, is_string(&decl->args[i]) ? "%4b%.*s" : "%8b");
    gen_emit(gen, "\", 1, $i, gettimeofday_ns(), ");
    record_size(gen);
    gen_emit(gen, ", pid()");
    values(gen);
    gen_emit(gen, ")\n}\n");
}

static void write_simpletrace_stap(struct gen *gen)
{
    if (gen->options->era == ETCH_ERA_2_8)
        gen_emit(gen, "global simpletrace_begun, simpletrace_named\n");
    probe_tapset(gen, probe);
}

const struct etch_gen_format etch_format_simpletrace_stap = {"simpletrace-stap",
                                                             write_simpletrace_stap};
