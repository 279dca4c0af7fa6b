/* SPDX-License-Identifier: MIT
 *
 * blocks.c [COUNT [SEED]]: random blocks of all instructions but jumps and calls
 * of the system, once by the interpreter and once translated: registers, flags, pc
 * and memory have to be equal. Prints the first block that differs, and fails.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest/disas.h"
#include "guest/memory.h"
#include "guest/thread.h"
#include "guest/cpu.h"

#define CODE  0x100000ull
#define DATA  0x200000ull
#define BYTES 8192u
#define MOST  40u

static uint64_t state;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t below(uint64_t n)
{
    return draw() % n;
}

/* Small numbers, ends of ranges, floats and anything. */
static uint64_t value(void)
{
    static const uint64_t kinds[] = {
        0,
        1,
        UINT64_MAX,
        INT64_MAX,
        (uint64_t)INT64_MIN,
        INT32_MAX,
        (uint64_t)INT32_MIN,
        UINT32_MAX,
        0xffffffff7fc00000,
        0xffffffff7f800001,
        0xffffffff00000001,
        0xffffffff80000000,
        0xffffffff7f800000,
        0xffffffffff7fffff,
        0x7ff8000000000000,
        0x7ff0000000000001,
        0x7ff0000000000000,
        0x8000000000000000,
        0x0000000000000001,
        0x000fffffffffffff,
    };

    switch (below(6)) {
    case 0:
        return kinds[below(sizeof(kinds) / sizeof(kinds[0]))];
    case 1:
        return below(64);
    case 2: {
        double d = (double)(int64_t)draw() / (double)(1 + below(1000));
        uint64_t bits;

        memcpy(&bits, &d, sizeof(bits));
        return bits;
    }
    case 3: {
        float f = (float)(int32_t)draw() / (float)(1 + below(1000));
        uint32_t bits;

        memcpy(&bits, &f, sizeof(bits));
        return bits | 0xffffffff00000000;
    }
    case 4:
        return draw() | 0xffffffff00000000;
    default:
        return draw();
    }
}

/* gp and s1 point into the data and are not written; so is ra, for it would jump. */
static bool is_kept(unsigned rd)
{
    return rd == 3 || rd == 9;
}

static uint32_t with_field(uint32_t raw, unsigned at, uint32_t bits)
{
    return (raw & ~(31u << at)) | bits << at;
}

static bool suits(const struct insn *insn)
{
    uint32_t class = insn_info(insn)->class;

    if (class & (INSN_SYSTEM | INSN_JUMP))
        return false;
    if (class & INSN_XD && is_kept(insn->rd))
        return false;
    /* flags and rounding; the clock differs at each look */
    return !(class & INSN_CSR) || (insn->imm >= 1 && insn->imm <= 3);
}

/* One instruction, at `index` of `count`. */
static uint32_t random_insn(unsigned index, unsigned count)
{
    for (;;) {
        const struct insn_info *info = &guest_insns[1 + below(OP_COUNT - 1)];
        uint32_t raw = info->match | ((uint32_t)draw() & ~info->mask);
        struct insn insn;

        if (info->class & (INSN_LOAD | INSN_STORE | INSN_AMO))
            raw = with_field(raw, 15, below(2) ? 3 : 9);
        if (info->class & INSN_RM && below(8))
            raw |= 7u << 12;
        if (info->class & INSN_CSR)
            raw = (raw & 0xfffff) | (uint32_t)(1 + below(3)) << 20;
        if (info->class & INSN_BRANCH) {
            uint32_t over = 4u * (uint32_t)(1 + below(count - index));

            raw = (raw & 0x01fff07f) | (over >> 1 & 15) << 8 | (over >> 5 & 63) << 25;
        }
        uint8_t code[4];

        memcpy(code, &raw, 4);
        if (guest_decode(code, 4, &insn) == 4 && suits(&insn))
            return raw;
    }
}

struct outcome {
    struct guest_cpu cpu;
    enum guest_stop stop;
    uint8_t data[BYTES];
};

/* The thread's own cpu runs, which is put back. */
static void run_with(const struct guest_engine *engine, struct guest_cpu *cpu, const uint8_t *data,
                     struct outcome *o)
{
    struct guest_cpu before = *cpu;

    memcpy((void *)(uintptr_t)DATA, data, BYTES);
    o->stop = engine->run(cpu);
    o->cpu = *cpu;
    *cpu = before;
    memcpy(o->data, (void *)(uintptr_t)DATA, BYTES);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->stop == b->stop && !memcmp(a->cpu.x, b->cpu.x, sizeof(a->cpu.x)) &&
           a->cpu.pc == b->cpu.pc && !memcmp(a->cpu.f, b->cpu.f, sizeof(a->cpu.f)) &&
           a->cpu.fflags == b->cpu.fflags && a->cpu.frm == b->cpu.frm &&
           a->cpu.reserved_address == b->cpu.reserved_address && !memcmp(a->data, b->data, BYTES);
}

static void show(const struct guest_cpu *from, const struct outcome *a, const struct outcome *b,
                 unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct insn insn;
        char text[128];
        uint64_t pc = CODE + i * 4;

        guest_decode((const uint8_t *)(uintptr_t)pc, 4, &insn);
        guest_disassemble(&insn, pc, text, sizeof(text));
        printf("  %" PRIx64 ": %08x %s\n", pc, insn.raw, text);
    }
    printf("  interpreter: stop %d pc %" PRIx64 " fflags %x frm %u; translated: %d %" PRIx64
           " %x %u; memory %s\n",
           (int)a->stop, a->cpu.pc, a->cpu.fflags, a->cpu.frm, (int)b->stop, b->cpu.pc,
           b->cpu.fflags, b->cpu.frm, memcmp(a->data, b->data, BYTES) ? "differs" : "same");
    for (unsigned i = 0; i < 64; i++) {
        uint64_t was = i < 32 ? from->x[i] : from->f[i - 32];
        uint64_t ours = i < 32 ? a->cpu.x[i] : a->cpu.f[i - 32];
        uint64_t theirs = i < 32 ? b->cpu.x[i] : b->cpu.f[i - 32];

        printf("  %c%-2u %016" PRIx64 " -> %016" PRIx64 " %016" PRIx64 "%s\n", i < 32 ? 'x' : 'f',
               i & 31, was, ours, theirs, ours == theirs ? "" : " <<<");
    }
}

static bool one_block(struct guest_cpu *cpu, uint8_t *data)
{
    static struct outcome interpreted, translated;
    uint32_t *code = (uint32_t *)(uintptr_t)CODE;
    unsigned count = 1 + (unsigned)below(MOST);

    for (unsigned i = 0; i < count; i++)
        code[i] = random_insn(i, count);
    code[count] = guest_insns[OP_EBREAK].match;
    guest_translator.flush(cpu, CODE, BYTES);
    cpu->request = 0; /* which asks the translator to look at its jump cache */
    for (unsigned i = 1; i < 32; i++)
        cpu->x[i] = value();
    for (unsigned i = 0; i < 32; i++)
        cpu->f[i] = value();
    cpu->x[3] = DATA + BYTES / 2;
    cpu->x[9] = DATA + BYTES / 2 + 8 * below(16);
    cpu->pc = CODE;
    cpu->frm = (uint32_t)below(5);
    cpu->fflags = (uint32_t)below(32);
    cpu->reserved_address = UINT64_MAX;
    for (unsigned i = 0; i < BYTES; i += 8) {
        uint64_t v = value();

        memcpy(data + i, &v, 8);
    }
    run_with(&guest_interpreter, cpu, data, &interpreted);
    run_with(&guest_translator, cpu, data, &translated);
    if (same(&interpreted, &translated))
        return true;
    show(cpu, &interpreted, &translated, count + 1);
    return false;
}

int main(int argc, char **argv)
{
    unsigned long blocks = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
    static uint8_t data[BYTES];

    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x9e3779b97f4a7c15;
    guest_memory_start();
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = i ? DATA : CODE;

        if ((uint64_t)guest_mmap(at, BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at) {
            fprintf(stderr, "blocks: no memory at %#" PRIx64 "\n", at);
            return 1;
        }
    }
    struct guest_cpu *cpu = guest_first_thread();

    if (!cpu)
        return 1;
    guest_translator.thread_start(cpu);
    for (unsigned long i = 0; i < blocks; i++) {
        if (!one_block(cpu, data)) {
            printf("block %lu of seed %#" PRIx64 " differs\n", i, state);
            return 1;
        }
    }
    printf("%lu blocks, translated and interpreted: the same\n", blocks);
    return 0;
}
