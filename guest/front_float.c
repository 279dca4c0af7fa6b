/* SPDX-License-Identifier: MIT
 *
 * front_float.c: the front end for F and D. What rounds is one operation only where
 * it takes the rounding mode from the register frm, which host code keeps in MXCSR;
 * what is rare (a mode of its own, minimum and maximum, classes, unsigned
 * results) is left to the interpreter.
 */
#include "guest/emit.h"

struct float_form {
    uint8_t op; /* + 1; 0: the interpreter's */
    uint8_t size;
    uint8_t how;
    bool sign;
    bool exact; /* no mode matters */
};

#define SINGLE_DOUBLE(name, code, how)                                                             \
    [OP_##name##_S] = {code + 1, 4, how, false, false},                                            \
    [OP_##name##_D] = {code + 1, 8, how, false, false}
#define EXACT(name, code, how)                                                                     \
    [OP_##name##_S] = {code + 1, 4, how, false, true},                                             \
    [OP_##name##_D] = {code + 1, 8, how, false, true}

static const struct float_form forms[OP_COUNT] = {
    SINGLE_DOUBLE(FADD, IR_FADD, 0),
    SINGLE_DOUBLE(FSUB, IR_FSUB, 0),
    SINGLE_DOUBLE(FMUL, IR_FMUL, 0),
    SINGLE_DOUBLE(FDIV, IR_FDIV, 0),
    SINGLE_DOUBLE(FSQRT, IR_FSQRT, 0),
    SINGLE_DOUBLE(FMADD, IR_FMA, IR_FMADD),
    SINGLE_DOUBLE(FMSUB, IR_FMA, IR_FMSUB),
    SINGLE_DOUBLE(FNMSUB, IR_FMA, IR_FNMSUB),
    SINGLE_DOUBLE(FNMADD, IR_FMA, IR_FNMADD),
    EXACT(FSGNJ, IR_FSIGN, IR_SIGN_COPY),
    EXACT(FSGNJN, IR_FSIGN, IR_SIGN_NEGATE),
    EXACT(FSGNJX, IR_FSIGN, IR_SIGN_XOR),
    EXACT(FEQ, IR_FCOMPARE, IR_FEQ),
    EXACT(FLT, IR_FCOMPARE, IR_FLT),
    EXACT(FLE, IR_FCOMPARE, IR_FLE),
    [OP_FMV_X_W] = {IR_FROM_FLOAT + 1, 4, 0, false, true},
    [OP_FMV_X_D] = {IR_FROM_FLOAT + 1, 8, 0, false, true},
    [OP_FMV_W_X] = {IR_TO_FLOAT + 1, 4, 0, false, true},
    [OP_FMV_D_X] = {IR_TO_FLOAT + 1, 8, 0, false, true},
    [OP_FCVT_S_D] = {IR_FCONVERT + 1, 4, 0, false, false},
    [OP_FCVT_D_S] = {IR_FCONVERT + 1, 8, 0, false, true},
    [OP_FCVT_D_W] = {IR_FROM_INT + 1, 8, 4, true, true},
    [OP_FCVT_D_WU] = {IR_FROM_INT + 1, 8, 4, false, true},
    [OP_FCVT_D_L] = {IR_FROM_INT + 1, 8, 8, true, false},
    [OP_FCVT_S_W] = {IR_FROM_INT + 1, 4, 4, true, false},
    [OP_FCVT_S_WU] = {IR_FROM_INT + 1, 4, 4, false, false},
    [OP_FCVT_S_L] = {IR_FROM_INT + 1, 4, 8, true, false},
    /* also where the mode is towards zero: sign says so */
    [OP_FCVT_W_S] = {IR_TO_INT + 1, 4, 4, false, false},
    [OP_FCVT_L_S] = {IR_TO_INT + 1, 4, 8, false, false},
    [OP_FCVT_W_D] = {IR_TO_INT + 1, 8, 4, false, false},
    [OP_FCVT_L_D] = {IR_TO_INT + 1, 8, 8, false, false},
};

bool ir_build_float(struct ir *ir, const struct block *block, unsigned index)
{
    const struct insn *insn = &block->insns[index].insn;
    const struct float_form *form = &forms[insn->op];
    uint32_t class = insn_info(insn)->class;
    bool truncates = form->op == IR_TO_INT + 1 && insn->rm == ROUND_TO_ZERO;

    if (!form->op || (form->op == IR_FMA + 1 && !emit_has_fma()))
        return false;
    if (class & INSN_RM && block->careful)
        return false;
    if (class & INSN_RM && insn->rm != ROUND_DYNAMIC && !truncates &&
        !(form->exact && insn->rm <= ROUND_NEAREST_AWAY))
        return false;
    /* a comparison for its flags alone */
    if (class & INSN_XD && insn->rd == 0)
        return false;
    struct ir_op *o = &ir->ops[ir->count++];

    *o = (struct ir_op){.op = (uint8_t)(form->op - 1),
                        .size = form->size,
                        .how = form->how,
                        .sign = form->sign || truncates,
                        .insn = (uint8_t)index};
    o->d = class & INSN_FD ? IR_F(insn->rd) : IR_X(insn->rd);
    o->a = class & INSN_X1 ? IR_X(insn->rs1) : IR_F(insn->rs1);
    o->b = class & INSN_F2 ? IR_F(insn->rs2) : IR_NONE;
    o->c = class & INSN_F3 ? IR_F(insn->rs3) : IR_NONE;
    return true;
}
