/* SPDX-License-Identifier: MIT
 *
 * emit_memory.c: host code of loads, stores and atomic accesses. A guest address
 * is a host address; an access that faults is found by where it lies in the code.
 */
#include "guest/emit.h"

static struct x86_rm address(struct emit *e, const struct ir_op *op)
{
    return x86_m(reg_use(e, op->a), (int32_t)op->imm);
}

static void emit_load(struct emit *e, const struct ir_op *op)
{
    static const uint32_t sign[9] = {
        [1] = X86_MOVSX8, [2] = X86_MOVSX16, [4] = X86_MOVSXD, [8] = X86_MOV | X86_W};
    static const uint32_t zero[9] = {
        [1] = X86_MOVZX8, [2] = X86_MOVZX16, [4] = X86_MOV, [8] = X86_MOV | X86_W};
    struct x86_rm from = address(e, op);
    int rd = op->d == IR_NONE ? reg_temp(e) : reg_def(e, op->d);

    x86_op(&e->x, op->sign ? sign[op->size] : zero[op->size], rd, from);
    if (op->d != IR_NONE)
        reg_done(e, op->d, rd);
}

static void emit_store(struct emit *e, const struct ir_op *op)
{
    static const uint32_t code[9] = {
        [1] = X86_STORE8, [2] = X86_STORE16, [4] = X86_STORE, [8] = X86_STORE | X86_W};
    struct x86_rm to = address(e, op);

    if (op->b == 0)
        x86_store_imm(&e->x, op->size, to, 0);
    else if (op->b < 32)
        x86_op(&e->x, code[op->size], reg_use(e, op->b), to);
    else
        x86_op(&e->x, op->size == 4 ? (uint32_t)X86_MOVSS_STORE : (uint32_t)X86_MOVSD_STORE,
               freg_use(e, op->b, 0), to);
}

static void emit_load_float(struct emit *e, const struct ir_op *op)
{
    struct x86_rm from = address(e, op);
    int to = freg_def(op->d, 0);

    if (op->size == 4) {
        x86_op(&e->x, X86_MOVSS_LOAD, to, from);
        x86_op(&e->x, X86_ORPS, to, x86_at(e->stubs->constants + CONSTANT_BOX * 16));
        e->boxed |= 1u << (op->d - 32);
    } else {
        x86_op(&e->x, X86_MOVSD_LOAD, to, from);
        e->boxed &= ~(1u << (op->d - 32));
    }
    freg_done(e, op->d, to);
}

void emit_memory(struct emit *e, const struct ir_op *op)
{
    switch (op->op) {
    case IR_LOAD:
        emit_load(e, op);
        break;
    case IR_STORE:
        emit_store(e, op);
        break;
    case IR_LOAD_FLOAT:
        emit_load_float(e, op);
        break;
    case IR_FENCE:
        x86_mfence(&e->x);
        break;
    }
}
