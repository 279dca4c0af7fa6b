/* SPDX-License-Identifier: MIT
 *
 * emit_integer.c: host code of the operations on integers.
 */
#include "guest/emit.h"

static uint32_t wide_of(const struct ir_op *op)
{
    return op->size == 8 ? (uint32_t)X86_W : 0;
}

/* A result of 32 bits is kept with its sign extended. */
static void finish(struct emit *e, const struct ir_op *op, int rd)
{
    if (op->size == 4)
        x86_op(&e->x, X86_MOVSXD, rd, x86_r(rd));
    reg_done(e, op->d, rd);
}

static void emit_constant(struct emit *e, const struct ir_op *op)
{
    if (reg_pinned(op->d) == X86_NONE && op->imm == (int32_t)op->imm) {
        reg_forget_one(e, op->d);
        x86_store_imm(&e->x, 8, reg_home(op->d), (int32_t)op->imm);
        return;
    }
    int rd = reg_def(e, op->d);

    x86_mov_imm(&e->x, rd, (uint64_t)op->imm);
    reg_done(e, op->d, rd);
}

static void emit_extend(struct emit *e, const struct ir_op *op)
{
    static const uint32_t sign[9] = {[1] = X86_MOVSX8, [2] = X86_MOVSX16, [4] = X86_MOVSXD};
    static const uint32_t zero[9] = {[1] = X86_MOVZX8, [2] = X86_MOVZX16, [4] = X86_MOV};
    int ra = reg_use(e, op->a);

    if (op->size == 8) {
        if (op->d != op->a)
            reg_done(e, op->d, ra);
        return;
    }
    int rd = reg_def(e, op->d);

    x86_op(&e->x, op->sign ? sign[op->size] : zero[op->size], rd, x86_r(ra));
    reg_done(e, op->d, rd);
}

static const struct {
    uint16_t op;
    uint8_t group;
    bool commutes;
} alu[] = {
    [IR_ADD] = {X86_ADD, X86_GROUP_ADD, true}, [IR_SUB] = {X86_SUB, X86_GROUP_SUB, false},
    [IR_AND] = {X86_AND, X86_GROUP_AND, true}, [IR_OR] = {X86_OR, X86_GROUP_OR, true},
    [IR_XOR] = {X86_XOR, X86_GROUP_XOR, true},
};

static void emit_alu_imm(struct emit *e, const struct ir_op *op)
{
    int ra = reg_use(e, op->a);
    int rd = reg_def(e, op->d);
    int32_t imm = (int32_t)op->imm;

    if (op->op == IR_ADD && rd != ra) {
        x86_op(&e->x, X86_LEA | wide_of(op), rd, x86_m(ra, imm));
    } else {
        x86_mov(&e->x, rd, ra);
        if (op->op == IR_XOR && imm == -1)
            x86_unary(&e->x, X86_GROUP_NOT, wide_of(op), x86_r(rd));
        else
            x86_alu_imm(&e->x, alu[op->op].group, wide_of(op), x86_r(rd), imm);
    }
    finish(e, op, rd);
}

static void emit_alu(struct emit *e, const struct ir_op *op)
{
    uint32_t wide = wide_of(op);

    if (op->b == IR_IMM) {
        emit_alu_imm(e, op);
        return;
    }
    if (op->op == IR_SUB && op->a == 0) {
        int from = reg_use(e, op->b);
        int to = reg_def(e, op->d);

        x86_mov(&e->x, to, from);
        x86_unary(&e->x, X86_GROUP_NEG, wide, x86_r(to));
        finish(e, op, to);
        return;
    }
    int ra = reg_use(e, op->a);
    int rb = reg_use(e, op->b);
    int rd = reg_def(e, op->d);

    if (rd == ra) {
        x86_op(&e->x, alu[op->op].op | wide, rd, x86_r(rb));
    } else if (op->op == IR_ADD) {
        x86_op(&e->x, X86_LEA | wide, rd, x86_mx(ra, rb, 0, 0));
    } else if (rd == rb && alu[op->op].commutes) {
        x86_op(&e->x, alu[op->op].op | wide, rd, x86_r(ra));
    } else if (rd == rb) {
        x86_unary(&e->x, X86_GROUP_NEG, wide, x86_r(rd));
        x86_op(&e->x, X86_ADD | wide, rd, x86_r(ra));
    } else {
        x86_mov(&e->x, rd, ra);
        x86_op(&e->x, alu[op->op].op | wide, rd, x86_r(rb));
    }
    finish(e, op, rd);
}

static void emit_shift_imm(struct emit *e, const struct ir_op *op, enum x86_group group)
{
    int ra = reg_use(e, op->a);
    int rd = reg_def(e, op->d);
    uint32_t wide = wide_of(op);

    if (op->size == 4 && rd != ra)
        x86_op(&e->x, X86_MOV, rd, x86_r(ra));
    else
        x86_mov(&e->x, rd, ra);
    if (op->imm)
        x86_shift_imm(&e->x, group, wide, rd, (unsigned)op->imm);
    finish(e, op, rd);
}

static void emit_shift(struct emit *e, const struct ir_op *op)
{
    static const enum x86_group groups[] = {X86_GROUP_SHL, X86_GROUP_SHR, X86_GROUP_SAR};
    static const uint32_t three[] = {X86_SHLX, X86_SHRX, X86_SARX};
    unsigned kind = (unsigned)(op->op - IR_SHL);

    if (op->b == IR_IMM) {
        emit_shift_imm(e, op, groups[kind]);
        return;
    }
    if (emit_has_bmi2()) {
        int ra = reg_use(e, op->a);
        int rb = reg_use(e, op->b);
        int rd = reg_def(e, op->d);

        x86_vex(&e->x, three[kind] | wide_of(op), rd, rb, x86_r(ra));
        finish(e, op, rd);
        return;
    }
    reg_take(e, RCX);
    reg_take(e, RAX);
    x86_op(&e->x, X86_MOV | X86_W, RCX, reg_place(op->b));
    x86_op(&e->x, X86_MOV | X86_W, RAX, reg_place(op->a));
    x86_shift_cl(&e->x, groups[kind], wide_of(op), RAX);
    finish(e, op, RAX);
}

static void emit_set(struct emit *e, const struct ir_op *op)
{
    enum x86_condition condition = op->sign ? X86_L : X86_B;
    int ra = reg_use(e, op->a);

    if (op->b == IR_IMM)
        x86_alu_imm(&e->x, X86_GROUP_CMP, X86_W, x86_r(ra), (int32_t)op->imm);
    else
        x86_op(&e->x, X86_CMP | X86_W, ra, x86_r(reg_use(e, op->b)));
    int rd = reg_def(e, op->d);

    x86_setcc(&e->x, condition, rd);
    x86_op(&e->x, X86_MOVZX8, rd, x86_r(rd));
    reg_done(e, op->d, rd);
}

static void emit_shift_add(struct emit *e, const struct ir_op *op)
{
    int ra = reg_use(e, op->a);
    int rb = reg_use(e, op->b);
    int rd = reg_def(e, op->d);

    x86_op(&e->x, X86_LEA | X86_W, rd, x86_mx(rb, ra, (unsigned)op->imm, 0));
    reg_done(e, op->d, rd);
}

void emit_arithmetic(struct emit *e, const struct ir_op *op)
{
    switch (op->op) {
    case IR_CONST:
        emit_constant(e, op);
        break;
    case IR_EXTEND:
        emit_extend(e, op);
        break;
    case IR_SHL:
    case IR_SHR:
    case IR_SAR:
        emit_shift(e, op);
        break;
    case IR_SLT:
        emit_set(e, op);
        break;
    case IR_SHIFT_ADD:
        emit_shift_add(e, op);
        break;
    default:
        emit_alu(e, op);
        break;
    }
}

void emit_multiply(struct emit *e, const struct ir_op *op)
{
    uint32_t wide = wide_of(op);

    if (op->op == IR_MULH) {
        reg_take(e, RAX);
        reg_take(e, RDX);
        x86_op(&e->x, X86_MOV | X86_W, RAX, reg_place(op->a));
        x86_unary(&e->x, op->sign ? X86_GROUP_IMUL : X86_GROUP_MUL, X86_W, reg_place(op->b));
        reg_done(e, op->d, RDX);
        return;
    }
    int ra = reg_use(e, op->a);
    int rb = reg_use(e, op->b);
    int rd = reg_def(e, op->d);

    if (rd == rb) {
        x86_op(&e->x, X86_IMUL | wide, rd, x86_r(ra));
    } else {
        x86_mov(&e->x, rd, ra);
        x86_op(&e->x, X86_IMUL | wide, rd, x86_r(rb));
    }
    finish(e, op, rd);
}

/* By 0: all ones, and the dividend remains. a is in rax. */
static void divide_by_zero(struct emit *e, const struct cold *c)
{
    x86_bind(&e->x, c->from[0], e->x.at);
    if (c->op->op == IR_DIV)
        x86_mov_imm(&e->x, RAX, UINT64_MAX);
    else
        x86_mov(&e->x, RDX, RAX);
    x86_jmp(&e->x, c->back);
}

/* By -1: the smallest number's quotient is itself, where x86 traps. */
static void divide_by_minus_one(struct emit *e, const struct cold *c)
{
    x86_bind(&e->x, c->from[0], e->x.at);
    if (c->op->op == IR_DIV)
        x86_unary(&e->x, X86_GROUP_NEG, wide_of(c->op), x86_r(RAX));
    else
        x86_mov_imm(&e->x, RDX, 0);
    x86_jmp(&e->x, c->back);
}

void emit_divide(struct emit *e, const struct ir_op *op)
{
    uint32_t wide = wide_of(op);
    int rb = reg_pinned(op->b);
    struct cold *by_zero = emit_cold(e, divide_by_zero);
    struct cold *by_minus = op->sign ? emit_cold(e, divide_by_minus_one) : NULL;

    reg_take(e, RAX);
    reg_take(e, RDX);
    if (rb == X86_NONE) {
        reg_take(e, RCX);
        rb = RCX;
        x86_op(&e->x, X86_MOV | X86_W, rb, reg_home(op->b));
    }
    x86_op(&e->x, X86_MOV | X86_W, RAX, reg_place(op->a));
    x86_op(&e->x, X86_TEST | wide, rb, x86_r(rb));
    by_zero->op = op;
    by_zero->from[0] = x86_jcc(&e->x, X86_E, NULL);
    if (op->sign) {
        x86_alu_imm(&e->x, X86_GROUP_CMP, wide, x86_r(rb), -1);
        by_minus->op = op;
        by_minus->from[0] = x86_jcc(&e->x, X86_E, NULL);
        x86_cqo(&e->x, wide);
    } else {
        x86_mov_imm(&e->x, RDX, 0);
    }
    x86_unary(&e->x, op->sign ? X86_GROUP_IDIV : X86_GROUP_DIV, wide, x86_r(rb));
    by_zero->back = e->x.at;
    if (by_minus)
        by_minus->back = e->x.at;
    finish(e, op, op->op == IR_DIV ? RAX : RDX);
}
