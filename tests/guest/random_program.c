/* SPDX-License-Identifier: MIT
 *
 * random_program.c: writes a RISC-V program of random instructions, as an ELF file
 * without a compiler. Each case sets all registers to values of a table, runs a
 * few instructions and stores all registers; at the end everything is written to
 * stdout. Two engines that agree write the same bytes. Some instructions fault:
 * the program's handler goes on behind them.
 *
 *   random_program SEED CASES >PROGRAM
 *   random_program SEED CASES --list CASE     that case, as text
 *   random_program SEED CASES --handler       where its handler of signals lies
 *
 * Instructions come from the table insns.def. tp points into a page that loads and
 * stores access; t5 and t6 are the program's own.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/decode.h"
#include "guest/disas.h"

enum {
    BASE = 0x100000,    /* code */
    TABLE = 0x2000000,  /* states, as they are loaded */
    OUTPUT = 0x4000000, /* and as they are stored; behind them the scratch page */
    STATE = 66 * 8,     /* x0 to x31, f0 to f31, fcsr, what is free */
    SCRATCH = 4096,
    STACK = 16384, /* of handlers, behind it */
    MOST = 8000,   /* cases: a jal reaches the routines from all of them */
    RA = 1,
    TP = 4,
    T5 = 30,
    T6 = 31,
};

static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned n)
{
    return (next_random() >> 33) % n;
}

static uint8_t *code;
static size_t code_size, code_room;
static uint64_t listed_from = UINT64_MAX, listed_to;

static void emit(uint32_t raw, unsigned length)
{
    if (code_size + 4 > code_room)
        code = realloc(code, code_room = code_room * 2 + 65536);
    if (code == NULL)
        abort();
    memcpy(code + code_size, &raw, 4);
    code_size += length;
}

/* Instructions of which all fields are known. */
static uint32_t i_type(enum insn_op op, unsigned rd, unsigned rs1, int imm)
{
    return guest_insns[op].match | rd << 7 | rs1 << 15 | (uint32_t)imm << 20;
}

static uint32_t s_type(enum insn_op op, unsigned rs2, unsigned rs1, int imm)
{
    return guest_insns[op].match | (imm & 31) << 7 | rs1 << 15 | rs2 << 20 |
           (uint32_t)(imm >> 5) << 25;
}

static uint32_t b_type(enum insn_op op, unsigned rs1, unsigned rs2, int offset)
{
    return guest_insns[op].match | rs1 << 15 | rs2 << 20 | (offset >> 11 & 1) << 7 |
           (offset >> 1 & 15) << 8 | (uint32_t)(offset >> 5 & 63) << 25 |
           (uint32_t)(offset >> 12 & 1) << 31;
}

static void emit_address(unsigned rd, uint32_t address)
{
    emit(guest_insns[OP_LUI].match | rd << 7 | ((address + 0x800) & 0xfffff000), 4);
    emit(i_type(OP_ADDI, rd, rd, address & 0xfff), 4);
}

static void emit_call(size_t target)
{
    uint32_t offset = target - code_size;
    emit(guest_insns[OP_JAL].match | T5 << 7 | (offset & 0xff000) | (offset >> 11 & 1) << 20 |
             (offset >> 1 & 1023) << 21 | (offset >> 20 & 1) << 31,
         4);
}

static bool reserved(unsigned x)
{
    return x == TP || x == T5 || x == T6;
}

/* No reservation from here on: a signal may take it away, or not. At t6 there never
 * is one. */
static void emit_unreserved(void)
{
    emit(guest_insns[OP_SC_D].match | T6 << 15, 4);
}

/* Loads the state at t6. */
static void emit_load(void)
{
    emit_unreserved();
    for (unsigned i = 0; i < 32; i++)
        emit(i_type(OP_FLD, i, T6, (32 + i) * 8), 4);
    emit(i_type(OP_LD, RA, T6, 64 * 8), 4);
    emit(i_type(OP_CSRRW, 0, RA, 3), 4);
    for (unsigned i = 1; i < 32; i++) {
        if (!reserved(i))
            emit(i_type(OP_LD, i, T6, i * 8), 4);
    }
    emit(i_type(OP_JALR, 0, T5, 0), 4);
}

/* Stores it where the word at OUTPUT points, and moves that on. */
static void emit_store(void)
{
    emit_address(T6, OUTPUT);
    emit(i_type(OP_LD, T6, T6, 0), 4);
    for (unsigned i = 0; i < 32; i++)
        emit(s_type(OP_FSD, i, T6, (32 + i) * 8), 4);
    for (unsigned i = 1; i < 32; i++) {
        if (!reserved(i))
            emit(s_type(OP_SD, i, T6, i * 8), 4);
    }
    emit(i_type(OP_CSRRS, RA, 0, 3), 4);
    emit(s_type(OP_SD, RA, T6, 64 * 8), 4);
    emit(i_type(OP_ADDI, T6, T6, STATE), 4);
    emit_address(RA, OUTPUT);
    emit(s_type(OP_SD, T6, RA, 0), 4);
    emit(i_type(OP_JALR, 0, T5, 0), 4);
}

static void emit_ecall(unsigned number)
{
    emit(i_type(OP_ADDI, 17, 0, number), 4);
    emit(guest_insns[OP_ECALL].match, 4);
}

/* Writes everything, in as many calls as it takes, and exits. */
static void emit_end(size_t size)
{
    emit_address(11, OUTPUT);
    emit_address(12, size);
    size_t again = code_size;
    emit(i_type(OP_ADDI, 10, 0, 1), 4);
    emit_ecall(64);
    emit(guest_insns[OP_ADD].match | 11 << 7 | 11 << 15 | 10 << 20, 4);
    emit(guest_insns[OP_SUB].match | 12 << 7 | 12 << 15 | 10 << 20, 4);
    int back = (int)(again - code_size);
    emit(b_type(OP_BNE, 12, 0, back), 4);
    emit(i_type(OP_ADDI, 10, 0, 0), 4);
    emit_ecall(94);
}

/* The handler of faults: pc, in the ucontext at a2, goes to the next instruction. */
static void emit_handler(void)
{
    enum { T0 = 5, T1 = 6, T2 = 7, A2 = 12, PC = 176 };
    emit(i_type(OP_LD, T0, A2, PC), 4);
    emit(i_type(OP_LHU, T1, T0, 0), 4);
    emit(i_type(OP_ANDI, T1, T1, 3), 4);
    emit(i_type(OP_ADDI, T2, 0, 3), 4);
    emit(b_type(OP_BNE, T1, T2, 8), 4);
    emit(i_type(OP_ADDI, T0, T0, 2), 4);
    emit(i_type(OP_ADDI, T0, T0, 2), 4);
    emit(s_type(OP_SD, T0, A2, PC), 4);
    emit(i_type(OP_JALR, 0, RA, 0), 4);
}

static size_t emit_data(const uint64_t *words, size_t count)
{
    while (code_size % 8 != 0)
        emit(0, 2);
    size_t at = code_size;
    for (size_t i = 0; i < 2 * count; i++)
        emit(words[i / 2] >> i % 2 * 32, 4);
    return at;
}

/* The calls that install it, on a stack of its own: sp is anything. */
static void emit_start(size_t action, size_t stack)
{
    static const unsigned signals[] = {4, 5, 11}; /* ILL, TRAP, SEGV */
    emit_address(10, BASE + stack);
    emit(i_type(OP_ADDI, 11, 0, 0), 4);
    emit_ecall(132);
    for (unsigned i = 0; i < 3; i++) {
        emit(i_type(OP_ADDI, 10, 0, signals[i]), 4);
        emit_address(11, BASE + action);
        emit(i_type(OP_ADDI, 12, 0, 0), 4);
        emit(i_type(OP_ADDI, 13, 0, 8), 4);
        emit_ecall(134);
    }
}

/* What branches and jumps leap over. */
static void emit_skipped(void)
{
    emit(i_type(OP_ADDI, 5, 5, 1), 4);
}

/* An instruction of four bytes that leaps; rs1 is set for a jalr. */
static void emit_leap(const struct insn *insn, uint32_t raw)
{
    const struct insn_info *info = insn_info(insn);
    uint32_t rest = raw & (info->mask | 0xf80);
    if (insn->op == OP_JALR) {
        unsigned rs1 = reserved(insn->rs1) || insn->rs1 == 0 ? 6 : insn->rs1;
        emit(guest_insns[OP_AUIPC].match | rs1 << 7, 4);
        emit(rest | rs1 << 15 | 12 << 20, 4);
    } else if (insn->op == OP_JAL) {
        emit(rest | 8 >> 1 << 21, 4);
    } else {
        emit((raw & 0x01fff07f) | 8 >> 1 << 8, 4);
    }
    emit_skipped();
}

/* One of two bytes: those whose offset is not 6 are left out, but of jumps to a
 * register, which is set. False: left out. */
static bool emit_short_leap(const struct insn *insn, uint32_t raw)
{
    if (insn->op == OP_JALR) {
        if (reserved(insn->rs1))
            return false;
        emit(guest_insns[OP_AUIPC].match | insn->rs1 << 7, 4);
        emit(i_type(OP_ADDI, insn->rs1, insn->rs1, 14), 4);
    } else if (insn->imm != 6) {
        return false;
    }
    emit(raw, 2);
    emit_skipped();
    return true;
}

/* An access to memory: its base is set. False: left out. */
static bool emit_access(const struct insn *insn, uint32_t raw)
{
    const struct insn_info *info = insn_info(insn);
    if (insn->rs1 == 0 || insn->rs1 == T5 || insn->rs1 == T6)
        return false;
    if (info->class & INSN_AMO) {
        if (insn->rs1 == TP)
            return false;
        int offset = (int)(below(SCRATCH / 8) * 8) - SCRATCH / 2;
        emit(i_type(OP_ADDI, insn->rs1, TP, offset), 4);
        /* Half of the conditional stores have a reservation, of their own size: of a wider
         * one's lower half ours compares the half, QEMU all, after it stored. */
        if (insn->op == OP_SC_W || insn->op == OP_SC_D) {
            if (below(2) == 0)
                emit(i_type(insn->op == OP_SC_W ? OP_LR_W : OP_LR_D, 7, insn->rs1, 0), 4);
            else
                emit_unreserved();
        }
        if (insn->rs1 == 7)
            emit(i_type(OP_ADDI, insn->rs1, TP, offset), 4);
    } else if (insn->rs1 != TP) {
        emit(i_type(OP_ADDI, insn->rs1, TP, 0), 4);
    }
    emit(raw, insn->length);
    return true;
}

/* Of Zicsr: the flags by every instruction; frm by one, and reserved at times. */
static void emit_csr(const struct insn *insn, uint32_t raw)
{
    switch (below(4)) {
    case 0:
        emit(i_type(OP_CSRRS, insn->rd, 0, 3), 4);
        break;
    case 1:
        emit(i_type(OP_CSRRWI, insn->rd, below(6), 2), 4);
        break;
    default:
        emit((raw & 0xfffff) | 1 << 20, 4);
    }
}

/* One that faults: no instruction, a breakpoint, or an access where nothing is. */
static void emit_fault(uint32_t raw, const struct insn *insn)
{
    switch (below(6)) {
    case 0:
        emit(0xffffffff, 4);
        break;
    case 1:
        emit(0, 2);
        break;
    case 2:
        emit(guest_insns[OP_EBREAK].match, 4);
        break;
    default:
        if ((insn_info(insn)->class & (INSN_LOAD | INSN_STORE)) && insn->length == 4)
            emit(raw & ~(31u << 15), 4);
        else
            emit(i_type(OP_LD, reserved(insn->rd) ? 0 : insn->rd, 0, below(2048)), 4);
    }
    emit_unreserved();
}

/* A random instruction; false: another one. */
static bool emit_random(void)
{
    struct insn insn;
    unsigned op = 1 + below(OP_COUNT - 1);
    uint32_t raw = guest_insns[op].match | ((uint32_t)next_random() & ~guest_insns[op].mask);
    if (below(4) == 0)
        raw = next_random() & 0xffff;
    uint8_t bytes[4] = {raw, raw >> 8, raw >> 16, raw >> 24};
    guest_decode(bytes, sizeof(bytes), &insn);
    const struct insn_info *info = insn_info(&insn);
    if ((info->class & INSN_SYSTEM) || ((info->class & INSN_XD) && reserved(insn.rd)))
        return false;
    if (below(24) == 0)
        return emit_fault(raw, &insn), true;
    if (info->class & INSN_CSR)
        return emit_csr(&insn, raw), true;
    if (info->class & (INSN_LOAD | INSN_STORE))
        return emit_access(&insn, raw);
    if (!(info->class & (INSN_BRANCH | INSN_JUMP)))
        return emit(raw, insn.length), true;
    if (insn.length == 2)
        return emit_short_leap(&insn, raw);
    return emit_leap(&insn, raw), true;
}

static uint64_t integer_value(void)
{
    static const uint64_t special[] = {0,
                                       1,
                                       ~0ull,
                                       INT64_MAX,
                                       1ull << 63,
                                       INT32_MAX,
                                       0x80000000,
                                       0xffffffff,
                                       0xffffffff80000000,
                                       1ull << 32,
                                       0x7ff0000000000000,
                                       0x7f800000};
    switch (below(4)) {
    case 0:
        return special[below(sizeof(special) / sizeof(special[0]))];
    case 1:
        return (int64_t)next_random() >> below(64);
    case 2:
        return next_random() >> below(64);
    default:
        return next_random();
    }
}

/* Exponents that meet: near 0, at the ends, and where results become tiny. */
static uint64_t float_value(void)
{
    static const int doubles[] = {0, 1, 2, 2046, 2047, 2045, 511, 512, 970, 1534};
    static const int singles[] = {0, 1, 2, 254, 255, 253, 63, 64, 103, 190};
    bool single = below(2), ends = below(4) == 0;
    uint64_t sign = below(2), fraction = below(3) == 0 ? 0 : next_random();
    if (below(4) == 0)
        fraction <<= below(52);
    if (single) {
        uint32_t exponent = ends ? (unsigned)singles[below(10)] : 127 - 12 + below(24);
        uint32_t bits = sign << 31 | exponent << 23 | (fraction >> 20 & 0x7fffff);
        return below(16) == 0 ? bits : 0xffffffffull << 32 | bits;
    }
    uint64_t exponent = ends ? (unsigned)doubles[below(10)] : 1023 - 20 + below(40);
    if (below(6) == 0)
        exponent = 1023 + below(70);
    if (below(8) == 0) /* what a float holds, or nearly */
        fraction &= ~((1ull << 29) - 1) | 1ull << 28;
    return sign << 63 | exponent << 52 | (fraction & ((1ull << 52) - 1));
}

static void fill_state(uint64_t state[STATE / 8])
{
    memset(state, 0, STATE);
    for (unsigned i = 1; i < 32; i++) {
        state[i] = integer_value();
        state[32 + i] = float_value();
    }
    state[32] = float_value();
    state[64] = below(5) << 5 | below(32);
}

static void list(size_t from, size_t to)
{
    char text[128];
    for (size_t at = from; at < to;) {
        struct insn insn;
        at += guest_decode(code + at, to - at, &insn);
        guest_disassemble(&insn, BASE + at - insn.length, text, sizeof(text));
        printf("%" PRIx64 "  %s\n", (uint64_t)(BASE + at - insn.length), text);
    }
}

static void put(const void *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) != size)
        abort();
}

/* Headers, a page of them; code; states; output with the first pointer. */
static void write_program(size_t entry, const uint64_t *states, unsigned cases,
                          const uint8_t *scratch)
{
    size_t table = (size_t)cases * STATE, output = 8 + table + SCRATCH;
    size_t code_end = (4096 + code_size + 4095) / 4096 * 4096;
    size_t table_end = (code_end + table + 4095) / 4096 * 4096;
    Elf64_Ehdr header = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_RISCV,
        .e_version = EV_CURRENT,
        .e_entry = BASE + entry,
        .e_phoff = sizeof(header),
        .e_flags = 5, /* C, and floats of double size in registers */
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 3,
    };
    Elf64_Phdr segments[3] = {
        {PT_LOAD, PF_R | PF_X, 4096, BASE, BASE, code_size, code_size, 4096},
        {PT_LOAD, PF_R, code_end, TABLE, TABLE, table, table, 4096},
        {PT_LOAD, PF_R | PF_W, table_end, OUTPUT, OUTPUT, output, output + 16 + STACK, 4096},
    };
    uint64_t first = OUTPUT + 8;
    static const uint8_t zeros[4096];
    put(&header, sizeof(header));
    put(segments, sizeof(segments));
    put(zeros, 4096 - sizeof(header) - sizeof(segments));
    put(code, code_size);
    put(zeros, code_end - 4096 - code_size);
    put(states, table);
    put(zeros, table_end - code_end - table);
    put(&first, 8);
    for (unsigned i = 0; i < cases; i++)
        put(zeros, STATE);
    put(scratch, SCRATCH);
}

int main(int argc, char **argv)
{
    unsigned cases = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
    unsigned wanted = argc > 4 ? strtoul(argv[4], NULL, 0) : UINT32_MAX;
    if (cases == 0 || cases > MOST) {
        fprintf(stderr, "usage: random_program SEED CASES [--list CASE|--handler]\n");
        return 2;
    }
    seed = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ull + 1;
    uint64_t *states = malloc((size_t)cases * STATE);
    uint8_t scratch[SCRATCH];
    if (states == NULL)
        abort();
    size_t load = 0;
    emit_load();
    size_t store = code_size;
    emit_store();
    size_t handler = code_size;
    emit_handler();
    if (argc > 3 && strcmp(argv[3], "--handler") == 0) {
        printf("%zx\n", BASE + handler);
        return 0;
    }
    /* With siginfo, on the stack, and not blocked; what sigaltstack wants. */
    uint64_t end = OUTPUT + 8 + (uint64_t)cases * STATE + SCRATCH;
    size_t action = emit_data((uint64_t[]){BASE + handler, 0x48000004, 0}, 3);
    size_t stack = emit_data((uint64_t[]){(end + 15) & ~15ull, 0, STACK}, 3);
    size_t entry = code_size;
    emit_start(action, stack);
    emit_address(TP, OUTPUT + 8 + cases * STATE + SCRATCH / 2);
    for (unsigned i = 0; i < cases; i++) {
        fill_state(states + (size_t)i * STATE / 8);
        emit_address(T6, TABLE + i * STATE);
        emit_call(load);
        size_t from = code_size;
        for (unsigned n = 1 + below(12); n > 0;)
            n -= emit_random();
        if (i == wanted)
            listed_from = from, listed_to = code_size;
        emit_call(store);
    }
    for (unsigned i = 0; i < SCRATCH; i++)
        scratch[i] = next_random();
    emit_end(8 + (size_t)cases * STATE + SCRATCH);
    if (listed_from != UINT64_MAX)
        list(listed_from, listed_to);
    else
        write_program(entry, states, cases, scratch);
    free(states);
    free(code);
    return 0;
}
