/* SPDX-License-Identifier: MIT
 *
 * backend_stderr_json.c: one JSON object a line on stderr, by one write(2): the
 * example of doc/howto-add-a-backend.md. What it needs at run time stands in
 * the generated file.
 */
#include "generate/backend.h"

#include "format/kind.h"

/* The helpers of a generated trace-G.c. Each line begins with what keeps its text
 * apart from that of the template. */
static const char helpers[] =
    "#include <stdbool.h>\n"
    "#include <stdio.h>\n"
    "#include <unistd.h>\n"
    "\n"
    "struct json_line {\n"
    "    size_t used;\n"
    "    char text[4096];\n"
    "};\n"
    "\n"
    "static __attribute__((unused)) void json_put(struct json_line *l, const char *s)\n"
    "{\n"
    "    while (*s && l->used < sizeof(l->text) - 4)\n"
    "        l->text[l->used++] = *s++;\n"
    "}\n"
    "\n"
    "static __attribute__((unused)) void json_number(struct json_line *l, const char *name,\n"
    "                                                bool negative, unsigned long long value)\n"
    "{\n"
    "    char text[96];\n"
    "    snprintf(text, sizeof(text), negative ? \",\\\"%s\\\":-%llu\" : \",\\\"%s\\\":%llu\", "
    "name,\n"
    "             negative ? -value : value);\n"
    "    json_put(l, text);\n"
    "}\n"
    "\n"
    "static __attribute__((unused)) void json_string(struct json_line *l, const char *name,\n"
    "                                                const char *s)\n"
    "{\n"
    "    json_put(l, \",\\\"\");\n"
    "    json_put(l, name);\n"
    "    json_put(l, s ? \"\\\":\\\"\" : \"\\\":null\");\n"
    "    for (; s && *s && l->used < sizeof(l->text) - 12; s++) {\n"
    "        char c[8] = {*s, 0};\n"
    "        if (*s == '\"' || *s == '\\\\')\n"
    "            snprintf(c, sizeof(c), \"\\\\%c\", *s);\n"
    "        else if ((unsigned char)*s < 32)\n"
    "            snprintf(c, sizeof(c), \"\\\\u%04x\", (unsigned char)*s);\n"
    "        json_put(l, c);\n"
    "    }\n"
    "    json_put(l, s ? \"\\\"\" : \"\");\n"
    "}\n"
    "\n";

static void head(struct gen *gen)
{
    etch_text_puts(gen->out, helpers);
}

static void argument(struct gen *gen, const struct etch_arg *arg)
{
    bool string = arg->kind == ETCH_KIND_STRING;
    bool address = arg->kind == ETCH_KIND_POINTER;
    etch_text_puts(gen->out, string ? "        json_string(&l, \"" : "        json_number(&l, \"");
    etch_text_puts(gen->out, arg->name);
    etch_text_puts(gen->out, "\", ");
    if (!string && etch_kind_signed(arg->kind, true)) {
        gen_param(gen->out, arg);
        etch_text_puts(gen->out, " < 0, ");
    } else if (!string) {
        etch_text_puts(gen->out, "false, ");
    }
    if (!string)
        etch_text_puts(gen->out, address ? "(uintptr_t)" : "(unsigned long long)");
    gen_param(gen->out, arg);
    etch_text_puts(gen->out, ");\n");
}

static void fire(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "    {\n"
                  "        struct json_line l;\n"
                  "        l.used = 0;\n"
                  "        json_put(&l, \"{\\\"event\\\":\\\"$n\\\"\");\n");
    for (size_t i = 0; i < decl->n_args; i++)
        argument(gen, &decl->args[i]);
    gen_emit(gen, "        l.text[l.used++] = '}';\n"
                  "        l.text[l.used++] = '\\n';\n"
                  "        if (write(2, l.text, l.used) < 0)\n"
                  "            return;\n"
                  "    }\n");
}

const struct etch_backend etch_backend_stderr_json = {
    .name = "stderr-json",
    .writes = "one JSON object a line on stderr",
    .state = GEN_STATE_WORD,
    .head_c = head,
    .fire = fire,
};
