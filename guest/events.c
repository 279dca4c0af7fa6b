/* SPDX-License-Identifier: MIT
 *
 * events.c: fires the guest's own events, and tells libetch which CPUs there are.
 */
#include "guest/events.h"

#include <etch/control.h>

#include "guest/tcg.h"
#include "guest/trace-guest.h"

enum { A0 = 10, A7 = 17 };

void events_thread_start(struct guest_cpu *cpu)
{
    trace_init_vcpu(cpu);
    tcg_look(cpu);
    trace_guest_cpu_enter(cpu);
}

void events_thread_end(struct guest_cpu *cpu)
{
    trace_guest_cpu_exit(cpu);
    trace_fini_vcpu(cpu);
}

uint64_t events_syscall(struct guest_cpu *cpu)
{
    const uint64_t *a = &cpu->x[A0], number = cpu->x[A7];
    tcg_look(cpu);
    trace_guest_user_syscall(cpu, number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return number;
}

void events_syscall_result(struct guest_cpu *cpu, uint64_t number)
{
    trace_guest_user_syscall_ret(cpu, number, cpu->x[A0]);
}
