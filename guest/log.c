/* SPDX-License-Identifier: MIT
 *
 * log.c: see log.h. The interpreter runs, block by block, and says so before each.
 *
 * Reads the cpu and the guest's code. Writes a file, or stderr.
 */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disas.h"
#include "memory.h"
#include "trace.h"

enum { IN_ASM = 1, EXEC = 2, CPU = 4, FPU = 8, NOCHAIN = 16 };

static const struct {
    const char *name;
    unsigned item;
} items[] = {{"in_asm", IN_ASM}, {"exec", EXEC}, {"cpu", CPU}, {"fpu", FPU}, {"nochain", NOCHAIN}};

#define SEEN 65536u

static struct {
    FILE *file;
    unsigned wanted;
    bool single;
    uint64_t seen[SEEN]; /* blocks whose code was shown; one that meets another's place is
                          * shown again */
} the_log;

bool log_parse(const char *list)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ","), i = 0;
        while (i < sizeof(items) / sizeof(items[0]) &&
               (strlen(items[i].name) != length || strncmp(items[i].name, list, length) != 0))
            i++;
        if (i == sizeof(items) / sizeof(items[0]))
            return false;
        the_log.wanted |= items[i].item;
        list += length + (list[length] == ',');
    }
    return the_log.wanted != 0;
}

int log_open(const char *path)
{
    the_log.file = fopen(path, "we");
    return the_log.file == NULL ? -errno : 0;
}

void log_single(void)
{
    the_log.single = true;
}

bool log_is_on(void)
{
    return the_log.wanted != 0;
}

/* ---- lines ---- */

struct log_block {
    unsigned count;
    struct insn insn[FRAME_INSNS_MAX];
};

/* What is run without a look at anything else: up to what may go elsewhere. */
static void block_at(uint64_t pc, struct log_block *b)
{
    unsigned most = the_log.single ? 1 : FRAME_INSNS_MAX;
    b->count = 0;
    while (b->count < most && trace_code_at(pc, &b->insn[b->count]) != 0) {
        const struct insn *insn = &b->insn[b->count++];
        pc += insn->length;
        if (insn_info(insn)->class & INSN_ENDS)
            break;
    }
}

static void log_code(uint64_t pc, const struct log_block *b)
{
    uint64_t *seen = &the_log.seen[(pc >> 1) % SEEN];
    if (*seen == pc)
        return;
    *seen = pc;
    fprintf(the_log.file, "----------------\nIN: \n");
    for (unsigned i = 0; i < b->count; i++) {
        const struct insn *insn = &b->insn[i];
        char text[80];
        guest_disassemble(insn, pc, text, sizeof(text));
        fprintf(the_log.file, "0x%016lx:  %0*x%*s  %s\n", pc, 2 * insn->length, insn->raw,
                16 - 2 * insn->length, "", text);
        pc += insn->length;
    }
    fputc('\n', the_log.file);
}

static void log_registers(const uint64_t *v, char kind, const char names[32][5])
{
    for (unsigned i = 0; i < 32; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%c%u/%s", kind, i, names[i]);
        fprintf(the_log.file, " %-8s %016lx%s", name, v[i], i % 4 == 3 ? "\n" : "");
    }
}

static void log_block(const struct guest_cpu *cpu, const struct log_block *b)
{
    flockfile(the_log.file);
    if (the_log.wanted & IN_ASM)
        log_code(cpu->pc, b);
    if (the_log.wanted & EXEC)
        fprintf(the_log.file, "Trace 0: %p [%016x/%016lx/%08x/%08x] \n", (const void *)b, 0,
                cpu->pc, 0, 0);
    if (the_log.wanted & CPU) {
        fprintf(the_log.file, " %-8s %016lx\n", "pc", cpu->pc);
        log_registers(cpu->x, 'x', guest_x_names);
        if (the_log.wanted & FPU)
            log_registers(cpu->f, 'f', guest_f_names);
    }
    funlockfile(the_log.file);
}

/* ---- the engine ---- */

static enum guest_stop run(struct guest_cpu *cpu)
{
    struct log_block b;
    for (;;) {
        if (atomic_load_explicit(&cpu->request, memory_order_relaxed) != 0)
            return GUEST_REQUEST;
        block_at(cpu->pc, &b);
        cpu->fault_address = cpu->pc + guest_memory_code(cpu->pc, 4);
        if (b.count == 0)
            return GUEST_NO_CODE;
        log_block(cpu, &b);
        for (unsigned i = 0; i < b.count; i++) {
            enum guest_stop stop = interp_step(cpu, &b.insn[i]);
            if (stop != GUEST_GO)
                return stop;
        }
    }
}

static bool fault(struct guest_cpu *cpu, void *context)
{
    return guest_interpreter.fault(cpu, context);
}

static void flush(struct guest_cpu *cpu, uint64_t start, uint64_t size)
{
    (void)cpu, (void)start, (void)size;
    memset(the_log.seen, 0, sizeof(the_log.seen));
}

static void thread_start(struct guest_cpu *cpu)
{
    if (the_log.file == NULL)
        the_log.file = stderr;
    guest_interpreter.thread_start(cpu);
}

static void thread_end(struct guest_cpu *cpu)
{
    guest_interpreter.thread_end(cpu);
}

const struct guest_engine guest_logger = {run, fault, flush, thread_start, thread_end};
