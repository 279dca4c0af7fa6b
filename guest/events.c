/* SPDX-License-Identifier: MIT
 *
 * events.c: fires the guest's own events, and tells libetch which CPUs there are, and
 * where the trace goes.
 */
#include "guest/events.h"

#include <errno.h>
#include <etch/control.h>
#include <etch/etch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/tcg.h"
#include "guest/trace-guest.h"

enum { A0 = 10, A7 = 17 };

/* Where traces go, and the process that has said so to libetch. */
static char output[PATH_MAX];
static pid_t output_of;

/* ctf=PATH, in which a comma is doubled, of a trace that is not there yet. */
static void output_name(char *string, size_t size)
{
    char path[PATH_MAX + 64];
    size_t n = (size_t)snprintf(string, size, "ctf=");

    snprintf(path, sizeof(path), "%s/trace-%d.ctf", output, (int)getpid());
    for (unsigned i = 1; access(path, F_OK) == 0; i++)
        snprintf(path, sizeof(path), "%s/trace-%d.%u.ctf", output, (int)getpid(), i);
    for (const char *c = path; *c != '\0' && n < size - 2; c++) {
        if (*c == ',')
            string[n++] = ',';
        string[n++] = *c;
    }
    string[n] = '\0';
}

static int output_set(void)
{
    char string[sizeof(output) * 2 + 64];

    output_name(string, sizeof(string));
    output_of = getpid();
    return etch_trace(string);
}

int events_output(const char *folder)
{
    if ((mkdir(folder, 0777) < 0 && errno != EEXIST) || realpath(folder, output) == NULL) {
        int error = errno;

        fprintf(stderr, "etch-guest: %s: %s\n", folder, strerror(error));
        return -error;
    }
    return output_set();
}

void events_thread_start(struct guest_cpu *cpu)
{
    if (output[0] != '\0' && output_of != getpid())
        output_set();
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
    trace_guest_user_syscall(cpu, number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return number;
}

void events_syscall_result(struct guest_cpu *cpu, uint64_t number)
{
    trace_guest_user_syscall_ret(cpu, number, cpu->x[A0]);
    tcg_look(cpu);
}
