/* SPDX-License-Identifier: MIT
 *
 * format_ust_events_h.c: trace-ust-G.h, the tracepoints of LTTng-UST 2.13: one
 * field an argument, strings as text.
 */
#include "generate/format.h"

#include "format/kind.h"

/* The C type that a field of this kind is stored as. */
static const char *field_type(char kind)
{
    switch (kind) {
    case ETCH_KIND_BOOL:
    case ETCH_KIND_UCHAR:
        return "unsigned char";
    case ETCH_KIND_CHAR:
        return "char";
    case ETCH_KIND_SCHAR:
        return "signed char";
    case ETCH_KIND_SHORT:
        return "short";
    case ETCH_KIND_USHORT:
        return "unsigned short";
    case ETCH_KIND_INT:
        return "int";
    case ETCH_KIND_UINT:
        return "unsigned int";
    case ETCH_KIND_LONG:
        return "long";
    case ETCH_KIND_ULONG:
        return "unsigned long";
    case ETCH_KIND_LLONG:
        return "long long";
    case ETCH_KIND_SSIZE:
        return "intptr_t";
    case ETCH_KIND_SIZE:
    case ETCH_KIND_POINTER:
        return "uintptr_t";
    case ETCH_KIND_FLOAT:
        return "float";
    case ETCH_KIND_DOUBLE:
        return "double";
    default:
        return "unsigned long long";
    }
}

static const char *field_macro(char kind, char letter)
{
    if (kind == ETCH_KIND_STRING)
        return "string";
    if (kind == ETCH_KIND_FLOAT || kind == ETCH_KIND_DOUBLE)
        return "float";
    return kind == ETCH_KIND_POINTER || letter == 'x' || letter == 'X' || letter == 'p'
               ? "integer_hex"
               : "integer";
}

/* LTTng makes a string of the field's name when macros are expanded: what the
 * headers define would be another one, which no reader takes. */
static bool is_macro(const char *name)
{
    static const char *const names[] = {"errno", "NULL", "true",  "false",  "bool",  "linux",
                                        "unix",  "i386", "stdin", "stdout", "stderr"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void field(struct gen *gen, const struct etch_arg *arg, char letter)
{
    const char *type = field_type(arg->kind);
    etch_text_puts(gen->out, "        lttng_ust_field_");
    etch_text_puts(gen->out, field_macro(arg->kind, letter));
    etch_text_puts(gen->out, "(");
    if (arg->kind != ETCH_KIND_STRING) {
        etch_text_puts(gen->out, type);
        etch_text_puts(gen->out, ", ");
    }
    etch_text_puts(gen->out, arg->name);
    etch_text_puts(gen->out, is_macro(arg->name) ? "_, " : ", ");
    if (arg->kind != ETCH_KIND_STRING) {
        etch_text_puts(gen->out, "(");
        etch_text_puts(gen->out, type);
        etch_text_puts(gen->out, ")");
    }
    gen_param(gen->out, arg);
    etch_text_puts(gen->out, ")\n");
}

static void tracepoint(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    char letters[GEN_LETTERS];
    gen_letters(decl, letters);
    gen_emit(gen, "\nLTTNG_UST_TRACEPOINT_EVENT($P, $n,\n    LTTNG_UST_TP_ARGS(");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i ? ", " : "");
        etch_text_puts(gen->out, decl->args[i].type);
        etch_text_puts(gen->out, ", ");
        gen_param(gen->out, &decl->args[i]);
    }
    gen_emit(gen, decl->n_args ? "),\n    LTTNG_UST_TP_FIELDS(\n"
                               : "void),\n    LTTNG_UST_TP_FIELDS(\n");
    for (size_t i = 0; i < decl->n_args; i++)
        field(gen, &decl->args[i], i < GEN_LETTERS ? letters[i] : 0);
    gen_emit(gen, "    )\n)\n");
}

/* LTTng reads the header several times, and some parts of it only once. */
static void write_ust_events_h(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n"
                  "#ifndef TRACE_$G_GENERATED_UST_TYPES\n"
                  "#define TRACE_$G_GENERATED_UST_TYPES\n"
                  "#include <stdbool.h>\n"
                  "#include <stdint.h>\n"
                  "#include <sys/types.h>\n");
    gen_structs(gen);
    gen_emit(gen, "#endif\n"
                  "\n"
                  "#undef LTTNG_UST_TRACEPOINT_PROVIDER\n"
                  "#define LTTNG_UST_TRACEPOINT_PROVIDER $P\n"
                  "\n"
                  "#undef LTTNG_UST_TRACEPOINT_INCLUDE\n"
                  "#define LTTNG_UST_TRACEPOINT_INCLUDE \"$U\"\n"
                  "\n"
                  "#if !defined(TRACE_$G_GENERATED_UST_H) || \\\n"
                  "    defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)\n"
                  "#define TRACE_$G_GENERATED_UST_H\n"
                  "\n"
                  "#include <lttng/tracepoint.h>\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (gen->event->enabled)
            tracepoint(gen);
    }
    gen_emit(gen, "\n"
                  "#endif\n"
                  "\n"
                  "#include <lttng/tracepoint-event.h>\n");
}

const struct etch_gen_format etch_format_ust_events_h = {"ust-events-h", write_ust_events_h};
