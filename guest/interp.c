/* SPDX-License-Identifier: MIT
 *
 * interp.c: the interpreter: one instruction after the other, exactly. It is what
 * translated code is held against, what runs the instructions that it leaves
 * out, and the whole engine on hosts without a translator.
 *
 * Reads and writes the cpu's registers and the guest's memory. Changes nothing
 * of the cpu before all accesses of the instruction have succeeded.
 */
#include <time.h>

#include "access.h"
#include "cpu.h"
#include "interp.h"
#include "memory.h"

static inline void set_x(struct guest_cpu *cpu, unsigned number, uint64_t value)
{
    if (number != 0)
        cpu->x[number] = value;
}

static inline uint64_t word(uint64_t value)
{
    return (int32_t)value;
}

/* Division as RISC-V has it: by 0, and the least number by -1, have results. */
static uint64_t divide(enum insn_op op, uint64_t a, uint64_t b)
{
    bool overflow = a == (uint64_t)INT64_MIN && b == UINT64_MAX;
    switch (op) {
    case OP_DIV:
        return b == 0 ? UINT64_MAX : overflow ? a : (uint64_t)((int64_t)a / (int64_t)b);
    case OP_DIVU:
        return b == 0 ? UINT64_MAX : a / b;
    case OP_REM:
        return b == 0 ? a : overflow ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
    case OP_REMU:
        return b == 0 ? a : a % b;
    /* Of words as numbers of 64 bits: -1 divides them without an overflow. */
    case OP_DIVW:
        return word(divide(OP_DIV, word(a), word(b)));
    case OP_DIVUW:
        return word(divide(OP_DIVU, (uint32_t)a, (uint32_t)b));
    case OP_REMW:
        return word(divide(OP_REM, word(a), word(b)));
    default:
        return word(divide(OP_REMU, (uint32_t)a, (uint32_t)b));
    }
}

static uint64_t multiply_divide(enum insn_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_MUL:
        return a * b;
    case OP_MULW:
        return word(a * b);
    case OP_MULH:
        return (__int128)(int64_t)a * (int64_t)b >> 64;
    case OP_MULHSU:
        return (__int128)(int64_t)a * (unsigned __int128)b >> 64;
    case OP_MULHU:
        return (unsigned __int128)a * b >> 64;
    default:
        return divide(op, a, b);
    }
}

/* The value of an instruction that has no effect but on rd; b is rs2 or the
 * immediate. */
static uint64_t arithmetic(const struct insn *insn, uint64_t pc, uint64_t a, uint64_t b)
{
    switch (insn->op) {
    case OP_LUI:
        return insn->imm;
    case OP_AUIPC:
        return pc + insn->imm;
    case OP_ADD:
    case OP_ADDI:
        return a + b;
    case OP_SUB:
        return a - b;
    case OP_SLT:
    case OP_SLTI:
        return (int64_t)a < (int64_t)b;
    case OP_SLTU:
    case OP_SLTIU:
        return a < b;
    case OP_XOR:
    case OP_XORI:
        return a ^ b;
    case OP_OR:
    case OP_ORI:
        return a | b;
    case OP_AND:
    case OP_ANDI:
        return a & b;
    case OP_SLL:
    case OP_SLLI:
        return a << (b & 63);
    case OP_SRL:
    case OP_SRLI:
        return a >> (b & 63);
    case OP_SRA:
    case OP_SRAI:
        return (int64_t)a >> (b & 63);
    case OP_ADDW:
    case OP_ADDIW:
        return word(a + b);
    case OP_SUBW:
        return word(a - b);
    case OP_SLLW:
    case OP_SLLIW:
        return word(a << (b & 31));
    case OP_SRLW:
    case OP_SRLIW:
        return word((uint32_t)a >> (b & 31));
    case OP_SRAW:
    case OP_SRAIW:
        return (int32_t)a >> (b & 31);
    default:
        return multiply_divide(insn->op, a, b);
    }
}

static bool branches(enum insn_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_BEQ:
        return a == b;
    case OP_BNE:
        return a != b;
    case OP_BLT:
        return (int64_t)a < (int64_t)b;
    case OP_BGE:
        return (int64_t)a >= (int64_t)b;
    case OP_BLTU:
        return a < b;
    default:
        return a >= b;
    }
}

/* A value of memory as the register has it. */
static uint64_t extended(const struct insn_info *info, uint64_t value)
{
    if (!(info->class & INSN_SIGNED))
        return value;
    unsigned shift = 64 - 8 * info->size;
    return (int64_t)(value << shift) >> shift;
}

static void load_store(struct guest_cpu *cpu, const struct insn *insn, const struct insn_info *info)
{
    uint64_t address = cpu->x[insn->rs1] + insn->imm;
    if (info->class & INSN_STORE) {
        uint64_t value = info->class & INSN_F2 ? cpu->f[insn->rs2] : cpu->x[insn->rs2];
        guest_store(address, value, info->size);
        return;
    }
    uint64_t value = guest_load(address, info->size);
    if (info->class & INSN_FD)
        cpu->f[insn->rd] = info->size == 4 ? value | 0xffffffffull << 32 : value;
    else
        set_x(cpu, insn->rd, extended(info, value));
}

static enum guest_stop atomic(struct guest_cpu *cpu, const struct insn *insn,
                              const struct insn_info *info)
{
    uint64_t address = cpu->x[insn->rs1], value = cpu->x[insn->rs2];
    if (address % info->size != 0) {
        cpu->fault_address = address;
        return GUEST_MISALIGNED;
    }
    switch (insn->op) {
    case OP_LR_W:
    case OP_LR_D:
        value = guest_load(address, info->size);
        /* What follows is not seen earlier: as if it had acquire, which it may. */
        atomic_thread_fence(memory_order_seq_cst);
        cpu->reserved_address = address;
        cpu->reserved_value = extended(info, value);
        break;
    case OP_SC_W:
    case OP_SC_D:
        value = cpu->reserved_address != address ||
                !guest_swap(address, cpu->reserved_value, value, info->size);
        cpu->reserved_address = UINT64_MAX;
        break;
    default:
        value = guest_atomic(insn->op, address, value);
    }
    set_x(cpu, insn->rd, extended(info, value));
    return GUEST_GO;
}

enum { CSR_FFLAGS = 1, CSR_FRM, CSR_FCSR, CSR_CYCLE = 0xc00, CSR_TIME, CSR_INSTRET };

bool guest_csr_read(struct guest_cpu *cpu, unsigned number, uint64_t *value)
{
    struct timespec now;
    switch (number) {
    case CSR_FFLAGS:
        *value = cpu->fflags;
        return true;
    case CSR_FRM:
        *value = cpu->frm;
        return true;
    case CSR_FCSR:
        *value = cpu->frm << 5 | cpu->fflags;
        return true;
    case CSR_CYCLE:
    case CSR_TIME:
    case CSR_INSTRET:
        /* One clock for all: a thing a program can only take differences of. */
        clock_gettime(CLOCK_MONOTONIC, &now);
        *value = now.tv_sec * 1000000000ull + now.tv_nsec;
        return true;
    default:
        return false;
    }
}

static void csr_write(struct guest_cpu *cpu, unsigned number, uint64_t value)
{
    switch (number) {
    case CSR_FFLAGS:
        cpu->fflags = value & 31;
        break;
    case CSR_FRM:
        cpu->frm = value & 7;
        break;
    default:
        cpu->fflags = value & 31;
        cpu->frm = value >> 5 & 7;
    }
}

static enum guest_stop csr(struct guest_cpu *cpu, const struct insn *insn,
                           const struct insn_info *info)
{
    uint64_t old, value = info->class & INSN_X1 ? cpu->x[insn->rs1] : insn->rs1;
    bool writes = insn->op == OP_CSRRW || insn->op == OP_CSRRWI || insn->rs1 != 0;
    bool read_only = insn->imm >> 10 == 3;
    if ((writes && read_only) || !guest_csr_read(cpu, insn->imm, &old))
        return GUEST_ILLEGAL;
    if (insn->op == OP_CSRRS || insn->op == OP_CSRRSI)
        value = old | value;
    else if (insn->op == OP_CSRRC || insn->op == OP_CSRRCI)
        value = old & ~value;
    if (writes)
        csr_write(cpu, insn->imm, value);
    set_x(cpu, insn->rd, old);
    return GUEST_GO;
}

enum guest_stop interp_system_stop(enum insn_op op)
{
    switch (op) {
    case OP_ECALL:
        return GUEST_ECALL;
    case OP_EBREAK:
        return GUEST_EBREAK;
    case OP_FENCE_I:
        return GUEST_FENCE_I;
    default:
        return GUEST_ILLEGAL;
    }
}

enum guest_stop interp_step(struct guest_cpu *cpu, const struct insn *insn)
{
    const struct insn_info *info = insn_info(insn);
    uint64_t a = cpu->x[insn->rs1], next = cpu->pc + insn->length;
    enum guest_stop stop = GUEST_GO;
    if (info->class & INSN_SYSTEM)
        return interp_system_stop(insn->op);
    if (info->class & INSN_AMO) {
        stop = atomic(cpu, insn, info);
    } else if (info->class & (INSN_LOAD | INSN_STORE)) {
        load_store(cpu, insn, info);
    } else if (info->class & INSN_FLOAT) {
        stop = interp_float(cpu, insn, info);
    } else if (info->class & INSN_CSR) {
        stop = csr(cpu, insn, info);
    } else if (info->class & INSN_BRANCH) {
        if (branches(insn->op, a, cpu->x[insn->rs2]))
            next = cpu->pc + insn->imm;
    } else if (info->class & INSN_JUMP) {
        uint64_t target = insn->op == OP_JAL ? cpu->pc + insn->imm : (a + insn->imm) & ~1ull;
        set_x(cpu, insn->rd, next);
        next = target;
    } else if (insn->op == OP_FENCE) {
        atomic_thread_fence(memory_order_seq_cst);
    } else {
        uint64_t b = info->class & INSN_X2 ? cpu->x[insn->rs2] : (uint64_t)insn->imm;
        set_x(cpu, insn->rd, arithmetic(insn, cpu->pc, a, b));
    }
    if (stop == GUEST_GO)
        cpu->pc = next;
    return stop;
}

/* Decoded instructions by their code: never stale, whatever the guest writes. */
#define KEPT 4096
static __thread struct insn kept[KEPT];

/* The instruction at pc; NULL: it cannot be fetched. */
static const struct insn *fetch(struct guest_cpu *cpu)
{
    size_t available = guest_memory_code(cpu->pc, 4);
    uint32_t raw = available >= 2 ? guest_load(cpu->pc, 2) : 0;
    bool is_long = (raw & 3) == 3;
    if (available < (is_long ? 4u : 2u)) {
        cpu->fault_address = cpu->pc + available;
        return NULL;
    }
    if (is_long)
        raw |= guest_load(cpu->pc + 2, 2) << 16;
    struct insn *insn = &kept[(raw * 0x9e3779b1u) >> 20];
    if (insn->length == 0 || insn->raw != raw) {
        uint8_t code[4] = {raw, raw >> 8, raw >> 16, raw >> 24};
        guest_decode(code, sizeof(code), insn);
    }
    return insn;
}

static enum guest_stop run(struct guest_cpu *cpu)
{
    for (;;) {
        if (atomic_load_explicit(&cpu->request, memory_order_relaxed) != 0)
            return GUEST_REQUEST;
        const struct insn *insn = fetch(cpu);
        if (insn == NULL)
            return GUEST_NO_CODE;
        enum guest_stop stop = interp_step(cpu, insn);
        if (stop != GUEST_GO)
            return stop;
    }
}

/* It executes what stands in memory now, and makes no code. */
static bool no_fault(struct guest_cpu *cpu, void *context)
{
    (void)cpu, (void)context;
    return false;
}

static void no_flush(struct guest_cpu *cpu, uint64_t start, uint64_t size)
{
    (void)cpu, (void)start, (void)size;
}

static void no_thread(struct guest_cpu *cpu)
{
    (void)cpu;
}

const struct guest_engine guest_interpreter = {run, no_fault, no_flush, no_thread, no_thread};
