/* SPDX-License-Identifier: MIT
 *
 * backend_log.c: one line of text an event, through etch_log() of libetch.
 *
 * The call stands under a #line of the declaration, so that what the compiler
 * has to say about format and arguments points there.
 */
#include "generate/backend.h"

#include <string.h>

/* A format of no text takes no arguments: the compiler would warn of all. */
static bool is_empty(const char *format)
{
    return !format || strcmp(format, "\"\"") == 0;
}

static void fire(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    gen_emit(gen, "#line $l \"$F\"\n");
    if (is_empty(decl->format))
        gen_emit(gen, "    etch_log(\"$n \\n\");\n");
    else if (decl->n_args == 0)
        gen_emit(gen, "    etch_log(\"$n \" $s \"\\n\");\n");
    else
        gen_emit(gen, "    etch_log(\"$n \" $s \"\\n\", $a);\n");
    gen_emit(gen, "#line $L \"$o\"\n");
}

const struct etch_backend etch_backend_log = {
    .name = "log",
    .bit = "ETCH_BACKEND_LOG",
    .state = GEN_STATE_WORD,
    .head_c = "#include <inttypes.h>\n",
    .fire = fire,
};
