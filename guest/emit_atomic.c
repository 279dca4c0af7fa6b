/* SPDX-License-Identifier: MIT
 *
 * emit_atomic.c: host code of lr, sc and the atomic operations. x86's are ordered
 * as strongly as any of RISC-V. An address that is not aligned goes to the
 * interpreter, which knows what becomes of it.
 */
#include "guest/emit.h"

static uint32_t wide_of(const struct ir_op *op)
{
    return op->size == 8 ? (uint32_t)X86_W : 0;
}

static uint8_t *unless_aligned(struct emit *e, const struct ir_op *op, int ra)
{
    x86_test_imm(&e->x, x86_r(ra), op->size - 1);
    return x86_jcc(&e->x, X86_NE, NULL);
}

/* What was in memory, as the register has it: into d. */
static void finish(struct emit *e, const struct ir_op *op, int reg)
{
    if (op->d == IR_NONE)
        return;
    if (op->size == 4)
        x86_op(&e->x, X86_MOVSXD, reg, x86_r(reg));
    reg_done(e, op->d, reg);
}

static void emit_load_reserved(struct emit *e, const struct ir_op *op, int ra)
{
    int t = reg_temp(e);

    if (op->size == 4)
        x86_op(&e->x, X86_MOVSXD, t, x86_m(ra, 0));
    else
        x86_op(&e->x, X86_MOV | X86_W, t, x86_m(ra, 0));
    x86_op(&e->x, X86_STORE | X86_W, ra, EMIT_FIELD(reserved_address));
    x86_op(&e->x, X86_STORE | X86_W, t, EMIT_FIELD(reserved_value));
    if (op->d != IR_NONE)
        reg_done(e, op->d, t);
}

/* Stores if memory still has what lr saw. */
static void emit_store_conditional(struct emit *e, const struct ir_op *op, int ra)
{
    int rb = reg_pinned(op->b);
    uint8_t *elsewhere;

    reg_take(e, RAX);
    if (rb == X86_NONE)
        rb = reg_use(e, op->b);
    x86_op(&e->x, X86_MOV | X86_W, RAX, EMIT_FIELD(reserved_value));
    x86_op(&e->x, X86_CMP | X86_W, ra, EMIT_FIELD(reserved_address));
    elsewhere = x86_jcc(&e->x, X86_NE, NULL);
    x86_lock(&e->x);
    x86_op(&e->x, X86_CMPXCHG | wide_of(op), rb, x86_m(ra, 0));
    x86_bind(&e->x, elsewhere, e->x.at);
    x86_setcc(&e->x, X86_NE, RAX);
    x86_op(&e->x, X86_MOVZX8, RAX, x86_r(RAX));
    x86_store_imm(&e->x, 8, EMIT_FIELD(reserved_address), -1);
    if (op->d != IR_NONE)
        reg_done(e, op->d, RAX);
}

static void emit_swap_or_add(struct emit *e, const struct ir_op *op, int ra)
{
    int t = reg_temp(e);

    x86_op(&e->x, X86_MOV | X86_W, t, reg_place(op->b));
    if (op->op == IR_AMO_ADD)
        x86_lock(&e->x);
    x86_op(&e->x, (op->op == IR_AMO_ADD ? X86_XADD : X86_XCHG) | wide_of(op), t, x86_m(ra, 0));
    finish(e, op, t);
}

/* rax: what was there; t: what it becomes; again if another was faster. */
static void emit_loop(struct emit *e, const struct ir_op *op, int ra)
{
    static const uint32_t code[] = {
        [IR_AMO_XOR] = X86_XOR, [IR_AMO_AND] = X86_AND, [IR_AMO_OR] = X86_OR};
    uint32_t wide = wide_of(op);
    int t;

    reg_take(e, RAX);
    t = reg_temp(e);
    x86_op(&e->x, X86_MOV | wide, RAX, x86_m(ra, 0));
    const uint8_t *again = e->x.at;

    if (op->how <= IR_AMO_OR) {
        x86_mov(&e->x, t, RAX);
        x86_op(&e->x, code[op->how] | wide, t, reg_place(op->b));
    } else {
        /* keeps memory's where it is the smaller (the greater) one */
        enum x86_condition keep =
            op->how == IR_AMO_MIN ? (op->sign ? X86_LE : X86_BE) : (op->sign ? X86_GE : X86_AE);

        x86_op(&e->x, X86_MOV | X86_W, t, reg_place(op->b));
        x86_op(&e->x, X86_CMP | wide, RAX, x86_r(t));
        x86_op(&e->x, (X86_CMOV + keep) | wide, t, x86_r(RAX));
    }
    x86_lock(&e->x);
    x86_op(&e->x, X86_CMPXCHG | wide, t, x86_m(ra, 0));
    x86_jcc(&e->x, X86_NE, again);
    finish(e, op, RAX);
}

void emit_atomic(struct emit *e, const struct ir_op *op)
{
    /* rax is the compare-and-exchange's: the address is not to lie there */
    int ra = reg_pinned(op->a);

    if (ra == X86_NONE) {
        ra = RCX;
        reg_take(e, RCX);
        x86_op(&e->x, X86_MOV | X86_W, RCX, reg_home(op->a));
    }
    uint8_t *off = unless_aligned(e, op, ra);

    switch (op->op) {
    case IR_LR:
        emit_load_reserved(e, op, ra);
        break;
    case IR_SC:
        emit_store_conditional(e, op, ra);
        break;
    case IR_AMO_LOOP:
        emit_loop(e, op, ra);
        break;
    default:
        emit_swap_or_add(e, op, ra);
        break;
    }
    emit_step_cold(e, op, (uint8_t *[4]){off});
}
