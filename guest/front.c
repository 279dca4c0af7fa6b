/* SPDX-License-Identifier: MIT
 *
 * front.c: the front end: a block's instructions become operations. Knows which
 * registers hold constants, and makes one operation of pairs that compilers write
 * for what RISC-V has no instruction for.
 */
#include <string.h>

#include "guest/cpu.h"
#include "guest/ir.h"
#include "guest/tcg.h"

struct front {
    struct ir *ir;
    const struct block *block;
    unsigned index; /* of the instruction in work */
    uint32_t known; /* registers whose value is known */
    uint64_t value[32];
};

/* The integer instructions that are one operation. */
static const struct {
    uint8_t op;
    uint8_t size;
    bool sign;
    bool immediate;
} arithmetic[OP_COUNT] = {
    [OP_ADDI] = {IR_ADD, 8, false, true},    [OP_SLTI] = {IR_SLT, 8, true, true},
    [OP_SLTIU] = {IR_SLT, 8, false, true},   [OP_XORI] = {IR_XOR, 8, false, true},
    [OP_ORI] = {IR_OR, 8, false, true},      [OP_ANDI] = {IR_AND, 8, false, true},
    [OP_SLLI] = {IR_SHL, 8, false, true},    [OP_SRLI] = {IR_SHR, 8, false, true},
    [OP_SRAI] = {IR_SAR, 8, false, true},    [OP_ADD] = {IR_ADD, 8, false, false},
    [OP_SUB] = {IR_SUB, 8, false, false},    [OP_SLL] = {IR_SHL, 8, false, false},
    [OP_SLT] = {IR_SLT, 8, true, false},     [OP_SLTU] = {IR_SLT, 8, false, false},
    [OP_XOR] = {IR_XOR, 8, false, false},    [OP_SRL] = {IR_SHR, 8, false, false},
    [OP_SRA] = {IR_SAR, 8, false, false},    [OP_OR] = {IR_OR, 8, false, false},
    [OP_AND] = {IR_AND, 8, false, false},    [OP_ADDIW] = {IR_ADD, 4, false, true},
    [OP_SLLIW] = {IR_SHL, 4, false, true},   [OP_SRLIW] = {IR_SHR, 4, false, true},
    [OP_SRAIW] = {IR_SAR, 4, false, true},   [OP_ADDW] = {IR_ADD, 4, false, false},
    [OP_SUBW] = {IR_SUB, 4, false, false},   [OP_SLLW] = {IR_SHL, 4, false, false},
    [OP_SRLW] = {IR_SHR, 4, false, false},   [OP_SRAW] = {IR_SAR, 4, false, false},
    [OP_MUL] = {IR_MUL, 8, false, false},    [OP_MULH] = {IR_MULH, 8, true, false},
    [OP_MULHU] = {IR_MULH, 8, false, false}, [OP_DIV] = {IR_DIV, 8, true, false},
    [OP_DIVU] = {IR_DIV, 8, false, false},   [OP_REM] = {IR_REM, 8, true, false},
    [OP_REMU] = {IR_REM, 8, false, false},   [OP_MULW] = {IR_MUL, 4, false, false},
    [OP_DIVW] = {IR_DIV, 4, true, false},    [OP_DIVUW] = {IR_DIV, 4, false, false},
    [OP_REMW] = {IR_REM, 4, true, false},    [OP_REMUW] = {IR_REM, 4, false, false},
};

static struct ir_op *put(struct front *f, enum ir_opcode op, unsigned size)
{
    struct ir_op *o = &f->ir->ops[f->ir->count++];

    *o = (struct ir_op){.op = op,
                        .size = (uint8_t)size,
                        .insn = (uint8_t)f->index,
                        .d = IR_NONE,
                        .a = IR_NONE,
                        .b = IR_NONE,
                        .c = IR_NONE};
    return o;
}

static bool is_known(const struct front *f, unsigned ref)
{
    return ref < 32 && f->known >> ref & 1;
}

static void set_constant(struct front *f, unsigned rd, uint64_t value)
{
    if (rd == 0)
        return;
    struct ir_op *o = put(f, IR_CONST, 8);

    o->d = IR_X(rd);
    o->imm = (int64_t)value;
    f->known |= 1u << rd;
    f->value[rd] = value;
}

static uint64_t fold(const struct ir_op *o, uint64_t a, uint64_t b)
{
    unsigned bits = o->size == 4 ? 31 : 63;
    uint64_t r = 0;

    if (o->size == 4 && o->op == IR_SHR)
        a = (uint32_t)a;
    if (o->size == 4 && o->op == IR_SAR)
        a = (uint64_t)(int32_t)a;
    switch (o->op) {
    case IR_ADD:
        r = a + b;
        break;
    case IR_SUB:
        r = a - b;
        break;
    case IR_AND:
        r = a & b;
        break;
    case IR_OR:
        r = a | b;
        break;
    case IR_XOR:
        r = a ^ b;
        break;
    case IR_SHL:
        r = a << (b & bits);
        break;
    case IR_SHR:
        r = a >> (b & bits);
        break;
    case IR_SAR:
        r = (uint64_t)((int64_t)a >> (b & bits));
        break;
    }
    return o->size == 4 ? (uint64_t)(int32_t)r : r;
}

/* slli by s, then srli or srai by the same: the low bits, extended. slli by 32,
 * then srli by less: the lower half, extended and shifted. slli by 1 to 3, then
 * add to itself: a sum. `o` is the second of the two, the last put. */
static void join_with_previous(struct front *f, struct ir_op *o)
{
    if (f->ir->count < 2)
        return;
    struct ir_op *p = o - 1;

    if (p->op != IR_SHL || p->size != 8 || p->b != IR_IMM || p->d != o->d || o->size != 8)
        return;
    if (o->op == IR_ADD && p->imm >= 1 && p->imm <= 3 && o->b != IR_IMM &&
        (o->a == p->d) != (o->b == p->d)) {
        o->b = o->a == p->d ? o->b : o->a;
        o->a = p->a;
        o->op = IR_SHIFT_ADD;
        o->imm = p->imm;
    } else if ((o->op == IR_SHR || o->op == IR_SAR) && o->b == IR_IMM && o->a == p->d &&
               o->imm == p->imm && (p->imm == 32 || p->imm == 48 || p->imm == 56)) {
        o->size = (uint8_t)((64 - p->imm) / 8);
        o->sign = o->op == IR_SAR;
        o->op = IR_EXTEND;
        o->a = p->a;
    } else if (o->op == IR_SHR && o->b == IR_IMM && o->a == p->d && p->imm == 32 && o->imm < 32 &&
               o->imm > 0) {
        p->op = IR_EXTEND;
        p->size = 4;
        o->op = IR_SHL;
        o->imm = 32 - o->imm;
        return;
    } else {
        return;
    }
    *p = *o;
    f->ir->count--;
}

static bool commutes(unsigned op)
{
    return op == IR_ADD || op == IR_AND || op == IR_OR || op == IR_XOR || op == IR_MUL;
}

static void put_arithmetic(struct front *f, const struct insn *insn)
{
    if (insn->rd == 0)
        return;
    struct ir_op *o = put(f, (enum ir_opcode)arithmetic[insn->op].op, arithmetic[insn->op].size);
    bool folds = o->op >= IR_ADD && o->op <= IR_SAR;

    o->sign = arithmetic[insn->op].sign;
    o->d = IR_X(insn->rd);
    o->a = IR_X(insn->rs1);
    o->b = arithmetic[insn->op].immediate ? IR_IMM : IR_X(insn->rs2);
    o->imm = insn->imm;
    if (commutes(o->op) && is_known(f, o->a) && o->b != IR_IMM) {
        o->a = o->b;
        o->b = IR_X(insn->rs1);
    }
    if (folds && is_known(f, o->a) && (o->b == IR_IMM || is_known(f, o->b))) {
        uint64_t b = o->b == IR_IMM ? (uint64_t)o->imm : f->value[o->b];
        uint64_t value = fold(o, f->value[o->a], b);

        f->ir->count--;
        set_constant(f, insn->rd, value);
        return;
    }
    if ((folds || o->op == IR_SLT) && is_known(f, o->b) &&
        (int64_t)f->value[o->b] == (int32_t)f->value[o->b]) {
        o->imm = (int64_t)f->value[o->b];
        o->b = IR_IMM;
    }
    f->known &= ~(1u << insn->rd);
    if (o->op == IR_SUB && o->b == IR_IMM && o->imm != INT32_MIN) {
        o->op = IR_ADD;
        o->imm = -o->imm;
    }
    if (o->op >= IR_SHL && o->op <= IR_SAR && o->b == IR_IMM)
        o->imm &= o->size == 4 ? 31 : 63;
    if (o->b == IR_IMM && o->imm == 0 && (o->op == IR_ADD || o->op == IR_OR || o->op == IR_XOR)) {
        o->op = IR_EXTEND;
        o->sign = true;
    }
    join_with_previous(f, o);
}

static void put_load(struct front *f, const struct insn *insn)
{
    const struct insn_info *info = insn_info(insn);
    bool is_float = info->class & INSN_FD;
    struct ir_op *o = put(f, is_float ? IR_LOAD_FLOAT : IR_LOAD, info->size);

    o->sign = info->class & INSN_SIGNED;
    o->a = IR_X(insn->rs1);
    o->imm = insn->imm;
    if (is_float)
        o->d = IR_F(insn->rd);
    else if (insn->rd)
        o->d = IR_X(insn->rd);
}

static void put_store(struct front *f, const struct insn *insn)
{
    const struct insn_info *info = insn_info(insn);
    struct ir_op *o = put(f, IR_STORE, info->size);

    o->a = IR_X(insn->rs1);
    o->b = info->class & INSN_F2 ? IR_F(insn->rs2) : IR_X(insn->rs2);
    o->imm = insn->imm;
}

static void put_atomic(struct front *f, const struct insn *insn)
{
    static const struct {
        uint8_t op;
        uint8_t how;
        bool sign;
    } table[OP_COUNT] = {
        [OP_LR_W] = {IR_LR, 0, true},
        [OP_LR_D] = {IR_LR, 0, true},
        [OP_SC_W] = {IR_SC, 0, true},
        [OP_SC_D] = {IR_SC, 0, true},
#define BOTH(name, ...) [OP_##name##_W] = {__VA_ARGS__}, [OP_##name##_D] = {__VA_ARGS__}
        BOTH(AMOSWAP, IR_AMO_SWAP, 0, true),
        BOTH(AMOADD, IR_AMO_ADD, 0, true),
        BOTH(AMOXOR, IR_AMO_LOOP, IR_AMO_XOR, true),
        BOTH(AMOAND, IR_AMO_LOOP, IR_AMO_AND, true),
        BOTH(AMOOR, IR_AMO_LOOP, IR_AMO_OR, true),
        BOTH(AMOMIN, IR_AMO_LOOP, IR_AMO_MIN, true),
        BOTH(AMOMAX, IR_AMO_LOOP, IR_AMO_MAX, true),
        BOTH(AMOMINU, IR_AMO_LOOP, IR_AMO_MIN, false),
        BOTH(AMOMAXU, IR_AMO_LOOP, IR_AMO_MAX, false),
#undef BOTH
    };
    struct ir_op *o = put(f, (enum ir_opcode)table[insn->op].op, insn_info(insn)->size);

    o->how = table[insn->op].how;
    o->sign = table[insn->op].sign;
    o->d = insn->rd ? IR_X(insn->rd) : IR_NONE;
    o->a = IR_X(insn->rs1);
    o->b = o->op == IR_LR ? IR_NONE : IR_X(insn->rs2);
}

static void put_branch(struct front *f, const struct block_insn *b)
{
    uint8_t how = (uint8_t)(b->insn.op - OP_BEQ);
    struct ir_op *o = put(f, IR_BRANCH, 8);
    uint64_t next = b->pc + b->insn.length;
    uint64_t there = b->pc + (uint64_t)b->insn.imm;

    /* what is expected goes on; each condition stands beside its opposite */
    o->how = b->followed ? how ^ 1 : how;
    o->target = b->followed ? next : there;
    o->a = IR_X(b->insn.rs1);
    o->b = IR_X(b->insn.rs2);
}

static void put_jump(struct front *f, const struct block_insn *b)
{
    const struct insn *insn = &b->insn;
    uint64_t next = b->pc + insn->length;

    if (insn->op == OP_JALR && !b->followed) {
        struct ir_op *o = put(f, IR_JUMP_REG, 8);

        o->a = IR_X(insn->rs1);
        o->imm = insn->imm;
        o->d = insn->rd ? IR_X(insn->rd) : IR_NONE;
        o->target = next;
        return;
    }
    if (b->guarded) {
        struct ir_op *o = put(f, IR_GUARD, 8);

        o->a = IR_X(insn->rs1);
        o->imm = insn->imm;
        o->target = b->next;
    }
    set_constant(f, insn->rd, next);
    if (!b->followed)
        put(f, IR_JUMP, 8)->target = b->pc + (uint64_t)insn->imm;
}

static void put_step(struct front *f, const struct insn *insn)
{
    put(f, IR_STEP, 8);
    if (insn_info(insn)->class & INSN_XD)
        f->known &= ~(1u << insn->rd) | 1;
}

static void put_stop(struct front *f, uint64_t target, enum guest_stop how)
{
    struct ir_op *o = put(f, IR_STOP, 8);

    o->target = target;
    o->how = (uint8_t)how;
}

static void put_insn(struct front *f, const struct block_insn *b)
{
    const struct insn *insn = &b->insn;
    uint32_t class = insn_info(insn)->class;

    if (class & INSN_SYSTEM) {
        put_stop(f, b->pc, interp_system_stop(insn->op));
    } else if (arithmetic[insn->op].size) {
        put_arithmetic(f, insn);
    } else if (insn->op == OP_LUI) {
        set_constant(f, insn->rd, (uint64_t)insn->imm);
    } else if (insn->op == OP_AUIPC) {
        set_constant(f, insn->rd, b->pc + (uint64_t)insn->imm);
    } else if (insn->op == OP_FENCE) {
        put(f, IR_FENCE, 8);
    } else if (class & INSN_JUMP) {
        put_jump(f, b);
    } else if (class & INSN_BRANCH) {
        put_branch(f, b);
    } else if (class & INSN_AMO) {
        put_atomic(f, insn);
    } else if (class & INSN_LOAD) {
        put_load(f, insn);
    } else if (class & INSN_STORE) {
        put_store(f, insn);
    } else if (!(class & INSN_FLOAT) || !ir_build_float(f->ir, f->block, f->index)) {
        put_step(f, insn);
    }
    if (class & INSN_XD && !(class & INSN_JUMP) && !arithmetic[insn->op].size &&
        insn->op != OP_LUI && insn->op != OP_AUIPC)
        f->known &= ~(1u << insn->rd) | 1;
}

/* What the frame has of the instruction, before it or after it. */
static void put_trace(struct front *f, const struct frame_path *frames, bool after)
{
    unsigned first, end;

    if (!frames || f->index >= frames->count)
        return;
    end = frame_slots(frames, f->index, &first);
    for (unsigned i = first; i < end; i++) {
        const struct frame_slot *slot = &frames->slot[i];

        if (slot->after != after)
            continue;
        struct ir_op *o = put(f, IR_TRACE, slot->size);

        _Static_assert(FRAME_F(0) == IR_F(0), "registers have the same numbers");
        o->a = slot->reg;
        o->imm = slot->offset;
    }
}

void ir_build(struct ir *ir, const struct block *block, const struct frame_path *frames)
{
    struct front f = {.ir = ir, .block = block, .known = 1};
    const struct block_insn *last = &block->insns[block->count - 1];

    ir->count = ir->event_count = 0;
    for (f.index = 0; f.index < block->count; f.index++) {
        tcg_insn(ir, f.index, &block->insns[f.index]);
        put_trace(&f, frames, false);
        put_insn(&f, &block->insns[f.index]);
        put_trace(&f, frames, true);
    }
    f.index = block->count - 1u;
    uint32_t class = insn_info(&last->insn)->class;

    if (class & INSN_SYSTEM || (class & INSN_JUMP && !last->followed))
        return;
    if (class & INSN_CSR) {
        /* it may have changed how floating point rounds: the run loop looks */
        put_stop(&f, last->next, GUEST_GO);
        return;
    }
    put(&f, IR_JUMP, 8)->target = last->next;
}
