/* SPDX-License-Identifier: MIT
 *
 * backend_log.c: one line of text an event, through etch_log() of libetch.
 */
#include "generate/backend.h"

static void fire(struct gen *gen)
{
    gen_line(gen, "etch_log", "\\n");
}

const struct etch_backend etch_backend_log = {
    .name = "log",
    .writes = "a line on stderr, in file= or to a function of the program",
    .bit = "ETCH_BACKEND_LOG",
    .state = GEN_STATE_WORD,
    .head_c = gen_line_head,
    .fire = fire,
};
