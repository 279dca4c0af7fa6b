/* SPDX-License-Identifier: MIT
 *
 * tcg-vcpu.c: events with the properties vcpu and tcg, in the translator of etch-guest:
 * two threads are CPUs that run the same code. The first one translates it, and what it
 * traces then is in the code that the second one runs.
 *
 * Reads:  stdin, a line: a command of the monitor for libetch, before the CPUs run.
 * Writes: the addresses of the CPUs on stdout; the trace, as ETCH_TRACE says.
 */
#include <etch/control.h>
#include <etch/etch.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "guest/cpu.h"
#include "guest/memory.h"
#include "guest/tcg.h"
#include "guest/thread.h"
#include "trace-tcg.h"

/* a0 += 1; a0 += 1; ecall */
static const uint32_t code[] = {0x00150513, 0x00150513, 0x00000073};
static uint64_t code_at;

static struct guest_cpu *cpus[2];
static sem_t ready, go[2];

/* The disassembly function: called for each instruction that is translated. */
static void disassemble(struct guest_cpu *cpu, TCGv_env env, uint64_t pc, const struct insn *insn)
{
    (void)insn;
    if (pc != code_at)
        return;
    trace_foo(0xd1);
    trace_bar(cpu, 0xd2);
    trace_baz_tcg(cpu, env, 0xd3);
}

/* Runs the code once. */
static bool run(struct guest_cpu *cpu)
{
    guest_translator.thread_start(cpu);
    cpu->pc = code_at;
    enum guest_stop stop = guest_translator.run(cpu);
    guest_translator.thread_end(cpu);
    return stop == GUEST_ECALL && cpu->x[10] == 2;
}

/* A CPU; its answer is NULL if all went well. */
static void *cpu_thread(void *argument)
{
    intptr_t i = (intptr_t)argument;

    cpus[i] = guest_first_thread();
    if (cpus[i])
        trace_init_vcpu(cpus[i]);
    sem_post(&ready);
    sem_wait(&go[i]);
    return cpus[i] && run(cpus[i]) ? NULL : &go[i];
}

/* Says why not. */
static bool load_code(void)
{
    int64_t at = guest_memory_start() < 0
                     ? -1
                     : guest_mmap(0, GUEST_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at < 0) {
        fputs("tcg-vcpu: no address space for a guest\n", stderr);
        return false;
    }
    code_at = (uint64_t)at;
    memcpy((void *)(uintptr_t)code_at, code, sizeof(code));
    return true;
}

int main(void)
{
    pthread_t threads[2];
    char line[256];

    if (!load_code())
        return 1;
    tcg_disassemble = disassemble;
    sem_init(&ready, 0, 0);
    for (intptr_t i = 0; i < 2; i++) {
        sem_init(&go[i], 0, 0);
        if (pthread_create(&threads[i], NULL, cpu_thread, (void *)i) != 0)
            return 1;
        sem_wait(&ready);
        printf("CPU %d is %p\n", (int)i, (void *)cpus[i]);
    }
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin))
        if (etch_monitor_command(line, stdout) < 0)
            return 1;
    for (int i = 0; i < 2; i++) {
        void *failed;

        sem_post(&go[i]);
        pthread_join(threads[i], &failed);
        if (failed)
            return 1;
    }
    return 0;
}
