/* SPDX-License-Identifier: MIT
 *
 * backend_syslog.c: one message an event, through etch_syslog() of libetch.
 */
#include "generate/backend.h"

static void fire(struct gen *gen)
{
    gen_line(gen, "etch_syslog", "");
}

const struct etch_backend etch_backend_syslog = {
    .name = "syslog",
    .writes = "a message to the system log",
    .needs = "a daemon that listens on /dev/log",
    .bit = "ETCH_BACKEND_SYSLOG",
    .state = GEN_STATE_WORD,
    .head_c = gen_line_head,
    .fire = fire,
};
