/* SPDX-License-Identifier: MIT
 *
 * format_ust_events_c.c: the source that makes LTTng's probes for all groups of
 * a build at once; the events do not matter.
 */
#include "generate/format.h"

static void write_ust_events_c(struct gen *gen)
{
    gen_emit(gen, "/* This file is generated from trace-events: do not edit. */\n"
                  "/* SPDX-License-Identifier: MIT */\n"
                  "\n"
                  "#define LTTNG_UST_TRACEPOINT_CREATE_PROBES\n"
                  "#define LTTNG_UST_TRACEPOINT_DEFINE\n"
                  "#include \"$U\"\n");
}

const struct etch_gen_format etch_format_ust_events_c = {"ust-events-c", write_ust_events_c};
