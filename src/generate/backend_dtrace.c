/* SPDX-License-Identifier: MIT
 *
 * backend_dtrace.c: SDT probes, as SystemTap, bpftrace, perf and gdb find them.
 *
 * dtrace(1) makes trace-dtrace-G.o of trace-dtrace-G.dtrace (format_d.c). It holds
 * a semaphore for each probe, which a tracer counts up while it listens; it is
 * tested at the call site as the enable word is, so that sources need not include
 * <sys/sdt.h>. The header that dtrace(1) makes, too, is not needed: its macros are
 * named in a way that maps two probes to one, and C++ refuses its semaphores.
 */
#include <stdio.h>

#include "generate/backend.h"
#include "generate/probe.h"

static void head(struct gen *gen)
{
    gen_emit(gen, "#define _SDT_HAS_SEMAPHORES 1\n"
                  "#include <sys/sdt.h>\n");
}

static void declare(struct gen *gen)
{
    gen_emit(gen, "extern uint16_t $P_$n_semaphore;\n");
}

static void fire(struct gen *gen)
{
    unsigned n = (unsigned)gen->event->decl->n_args;
    char macro[32] = "DTRACE_PROBE";
    if (n)
        snprintf(macro, sizeof(macro), "DTRACE_PROBE%u", n);
    probe_fire(gen, macro);
}

const struct etch_backend etch_backend_dtrace = {
    .name = "dtrace",
    .writes = "an SDT probe, for bpftrace, perf, gdb and SystemTap",
    .needs = "dtrace(1) and <sys/sdt.h> to build; bpftrace, perf, gdb or SystemTap to see it",
    .bit = "ETCH_BACKEND_DTRACE",
    .state = "etch_word_on(&$P_$n_semaphore)",
    .head_c = head,
    .declare = declare,
    .rust_static = "static $P_$n_semaphore: u16;\n",
    .rust_state = "read_volatile(addr_of!($P_$n_semaphore)) != 0",
    .args_max = 12,
    .fire = fire,
    .file_format = "d",
    .file_head = "trace-dtrace-",
    .file_tail = ".dtrace",
};
