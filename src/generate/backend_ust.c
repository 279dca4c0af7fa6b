/* SPDX-License-Identifier: MIT
 *
 * backend_ust.c: tracepoints of LTTng-UST 2.13.
 *
 * trace-ust-G.h (format_ust_events_h.c) declares them; trace-G.c makes the
 * probes of them, unless the build does that for all groups at once. The state
 * of a tracepoint is tested at the call site, by the layout that LTTng keeps as
 * its ABI, so that sources do not include all of <lttng/tracepoint.h>.
 */
#include "generate/backend.h"
#include "generate/probe.h"

static void head(struct gen *gen)
{
    if (!gen->options->probes_elsewhere)
        gen_emit(gen, "#define LTTNG_UST_TRACEPOINT_HIDDEN_DEFINITION\n"
                      "#define LTTNG_UST_TRACEPOINT_PROVIDER_HIDDEN_DEFINITION\n"
                      "#define LTTNG_UST_TRACEPOINT_CREATE_PROBES\n"
                      "#define LTTNG_UST_TRACEPOINT_DEFINE\n");
    gen_emit(gen, "#include \"$U\"\n");
}

static void declare(struct gen *gen)
{
    gen_emit(gen, "ETCH_EXTERN_NATIVE struct lttng_ust_tracepoint lttng_ust_tracepoint_$P___$n");
    /* The definition may lie in another module of the program. */
    gen_emit(gen, gen->options->probes_elsewhere
                      ? "\n    __attribute__((visibility(\"default\")));\n"
                      : ";\n");
}

static void fire(struct gen *gen)
{
    probe_fire(gen, "lttng_ust_tracepoint");
}

const struct etch_backend etch_backend_ust = {
    .name = "ust",
    .writes = "a tracepoint of LTTng-UST",
    .needs = "liblttng-ust to build; lttng-sessiond to record",
    .bit = "ETCH_BACKEND_UST",
    .state = "ETCH_UNLIKELY(__atomic_load_n(&lttng_ust_tracepoint_$P___$n.state, "
             "__ATOMIC_RELAXED) != 0)",
    .head_c = head,
    .head_h = "#include <lttng/tracepoint-types.h>\n",
    .declare = declare,
    /* Its state stands behind a number and two pointers. */
    .rust_static = "static lttng_ust_tracepoint_$P___$n: [usize; 4];\n",
    .rust_state = "read_volatile(addr_of!(lttng_ust_tracepoint_$P___$n[3]).cast::<c_int>()) != 0",
    .args_max = 10,
    .fire = fire,
    .file_format = "ust-events-h",
    .file_head = "trace-ust-",
    .file_tail = ".h",
};
