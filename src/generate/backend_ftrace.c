/* SPDX-License-Identifier: MIT
 *
 * backend_ftrace.c: one line an event into the kernel's trace_marker, through
 * etch_ftrace() of libetch.
 */
#include "generate/backend.h"

static void fire(struct gen *gen)
{
    gen_line(gen, "etch_ftrace", "\\n");
}

const struct etch_backend etch_backend_ftrace = {
    .name = "ftrace",
    .writes = "a line in the kernel's trace",
    .needs = "a tracefs whose trace_marker this user may write",
    .bit = "ETCH_BACKEND_FTRACE",
    .state = GEN_STATE_WORD,
    .head_c = gen_line_head,
    .fire = fire,
};
