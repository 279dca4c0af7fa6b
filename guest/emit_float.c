/* SPDX-License-Identifier: MIT
 *
 * emit_float.c: host code of floating point, by SSE. MXCSR rounds as frm says and
 * gathers the flags, which are the same five. A result that is no number becomes
 * the canonical one, and an operand that is no boxed float sends the instruction
 * to the interpreter; both are off the straight way.
 */
#include "guest/emit.h"

enum { SCRATCH_A, SCRATCH_B, SCRATCH_C };

static const uint8_t *constant(const struct emit *e, enum stub_constant which)
{
    return e->stubs->constants + which * 16;
}

/* The scalar instructions of double (prefix F2 or 66) as those of single. */
static uint32_t sized(const struct ir_op *op, uint32_t code)
{
    if (op->size == 8)
        return code;
    return code & X86_F2 ? (code & ~(uint32_t)X86_F2) | X86_F3 : code & ~(uint32_t)X86_66;
}

static bool is_boxed(const struct emit *e, uint8_t ref)
{
    return e->boxed >> (ref - 32) & 1;
}

static void set_boxed(struct emit *e, const struct ir_op *op)
{
    uint32_t bit = 1u << (op->d - 32);

    e->boxed = op->size == 4 ? e->boxed | bit : e->boxed & ~bit;
}

/* Jumps where `ref` is no boxed float; NULL: it is known to be one. */
static uint8_t *unless_boxed(struct emit *e, uint8_t ref)
{
    if (is_boxed(e, ref))
        return NULL;
    int pinned = reg_pinned(ref);

    if (pinned == X86_NONE) {
        struct x86_rm upper = reg_home(ref);

        upper.disp += 4;
        x86_alu_imm(&e->x, X86_GROUP_CMP, 0, upper, -1);
    } else {
        int t = reg_temp(e);

        x86_op(&e->x, X86_MOVD_FROM_X | X86_W, pinned, x86_r(t));
        x86_shift_imm(&e->x, X86_GROUP_SHR, X86_W, t, 32);
        x86_alu_imm(&e->x, X86_GROUP_CMP, 0, x86_r(t), -1);
        reg_unlock(e);
    }
    return x86_jcc(&e->x, X86_NE, NULL);
}

/* The operands of an operation on floats that have to be boxed. */
struct checks {
    uint8_t *place[3];
};

static struct checks check_boxed(struct emit *e, const struct ir_op *op, unsigned size)
{
    struct checks c = {{NULL}};
    const uint8_t refs[3] = {op->a, op->b, op->c};

    for (unsigned i = 0; i < 3 && size == 4; i++) {
        bool again = (i > 0 && refs[i] == refs[0]) || (i > 1 && refs[i] == refs[1]);

        if (refs[i] < IR_REFS && !again)
            c.place[i] = unless_boxed(e, refs[i]);
    }
    return c;
}

/* Behind the operation: where the checks send the interpreter's work. */
static void checked(struct emit *e, const struct ir_op *op, struct checks c, uint8_t *also)
{
    if (c.place[0] || c.place[1] || c.place[2] || also)
        emit_step_cold(e, op, (uint8_t *[4]){c.place[0], c.place[1], c.place[2], also});
}

static void make_canonical(struct emit *e, const struct cold *c)
{
    x86_bind(&e->x, c->from[0], e->x.at);
    x86_op(&e->x, X86_MOVSD_LOAD, c->reg,
           x86_at(constant(e, c->op->size == 4 ? CONSTANT_NAN_S : CONSTANT_NAN_D)));
    x86_jmp(&e->x, c->back);
}

static uint8_t *if_no_number(struct emit *e, const struct ir_op *op, int reg)
{
    x86_op(&e->x, sized(op, X86_UCOMISD), reg, x86_r(reg));
    return x86_jcc(&e->x, X86_P, NULL);
}

static void canonical(struct emit *e, const struct ir_op *op, int reg)
{
    struct cold *c = emit_cold(e, make_canonical);

    c->op = op;
    c->reg = reg;
    c->from[0] = if_no_number(e, op, reg);
    c->back = e->x.at;
}

static void move(struct emit *e, int to, int from)
{
    if (to != from)
        x86_op(&e->x, X86_MOVAPS, to, x86_r(from));
}

static void finish(struct emit *e, const struct ir_op *op, int reg)
{
    int xd = freg_def(op->d, reg);

    move(e, xd, reg);
    freg_done(e, op->d, xd);
    set_boxed(e, op);
}

static void emit_two(struct emit *e, const struct ir_op *op)
{
    static const uint32_t codes[] = {X86_ADDSD, X86_SUBSD, X86_MULSD, X86_DIVSD};
    uint32_t code = sized(op, codes[op->op - IR_FADD]);
    struct checks checks = check_boxed(e, op, op->size);
    int xa = freg_use(e, op->a, SCRATCH_A);
    int xb = op->b == op->a ? xa : freg_use(e, op->b, SCRATCH_B);
    int xd = freg_def(op->d, SCRATCH_A);

    if (xd == xb && xd != xa) {
        move(e, SCRATCH_C, xa);
        xd = SCRATCH_C;
    } else {
        move(e, xd, xa);
    }
    x86_op(&e->x, code, xd, x86_r(xb));
    canonical(e, op, xd);
    finish(e, op, xd);
    checked(e, op, checks, NULL);
}

static void emit_root(struct emit *e, const struct ir_op *op)
{
    struct checks checks = check_boxed(e, op, op->size);

    move(e, SCRATCH_C, freg_use(e, op->a, SCRATCH_C));
    x86_op(&e->x, sized(op, X86_SQRTSD), SCRATCH_C, x86_r(SCRATCH_C));
    canonical(e, op, SCRATCH_C);
    finish(e, op, SCRATCH_C);
    checked(e, op, checks, NULL);
}

/* A result that is no number is the interpreter's: whether infinity times 0 plus
 * no number is invalid, x86 sees otherwise. */
static void emit_fused(struct emit *e, const struct ir_op *op)
{
    static const uint32_t codes[] = {
        [IR_FMADD] = X86_FMADD231,
        [IR_FMSUB] = X86_FMSUB231,
        [IR_FNMSUB] = X86_FNMADD231,
        [IR_FNMADD] = X86_FNMSUB231,
    };
    struct checks checks = check_boxed(e, op, op->size);
    int xa = freg_use(e, op->a, SCRATCH_A);
    int xb = freg_use(e, op->b, SCRATCH_B);

    move(e, SCRATCH_C, freg_use(e, op->c, SCRATCH_C));
    x86_vex(&e->x, codes[op->how] | (op->size == 8 ? (uint32_t)X86_W : 0), SCRATCH_C, xa,
            x86_r(xb));
    uint8_t *none = if_no_number(e, op, SCRATCH_C);

    finish(e, op, SCRATCH_C);
    checked(e, op, checks, none);
}

/* d = a without its sign, and with b's, b's opposite, or the two signs' difference */
static void emit_sign(struct emit *e, const struct ir_op *op)
{
    struct x86_rm sign = x86_at(constant(e, op->size == 4 ? CONSTANT_SIGN_S : CONSTANT_SIGN_D));
    struct checks checks = check_boxed(e, op, op->size);
    int xa = freg_use(e, op->a, SCRATCH_A);

    if (op->a == op->b && op->how == IR_SIGN_COPY) {
        finish(e, op, xa);
        checked(e, op, checks, NULL);
        return;
    }
    if (op->a == op->b && op->how == IR_SIGN_NEGATE) {
        move(e, SCRATCH_C, xa);
        x86_op(&e->x, X86_XORPS, SCRATCH_C, sign);
        finish(e, op, SCRATCH_C);
        checked(e, op, checks, NULL);
        return;
    }
    move(e, SCRATCH_B, freg_use(e, op->b, SCRATCH_B));
    if (op->how == IR_SIGN_NEGATE)
        x86_op(&e->x, X86_XORPS, SCRATCH_B, sign);
    x86_op(&e->x, X86_ANDPS, SCRATCH_B, sign);
    if (op->how == IR_SIGN_XOR) {
        x86_op(&e->x, X86_XORPS, SCRATCH_B, x86_r(xa));
    } else {
        x86_op(&e->x, X86_MOVAPS, SCRATCH_C, sign);
        x86_op(&e->x, X86_ANDNPS, SCRATCH_C, x86_r(xa));
        x86_op(&e->x, X86_ORPS, SCRATCH_B, x86_r(SCRATCH_C));
    }
    finish(e, op, SCRATCH_B);
    checked(e, op, checks, NULL);
}

static void emit_compare(struct emit *e, const struct ir_op *op)
{
    struct checks checks = check_boxed(e, op, op->size);
    int xa = freg_use(e, op->a, SCRATCH_A);
    int xb = freg_use(e, op->b, SCRATCH_B);
    int rd = reg_def(e, op->d);

    if (op->how == IR_FEQ) {
        /* the predicate 0: equal, and no sound for a quiet no-number */
        move(e, SCRATCH_C, xa);
        x86_op(&e->x, sized(op, X86_CMPSD), SCRATCH_C, x86_r(xb));
        x86_byte(&e->x, 0);
        x86_op(&e->x, X86_MOVD_FROM_X, SCRATCH_C, x86_r(rd));
        x86_alu_imm(&e->x, X86_GROUP_AND, 0, x86_r(rd), 1);
    } else {
        x86_op(&e->x, sized(op, X86_COMISD), xb, x86_r(xa));
        x86_setcc(&e->x, op->how == IR_FLT ? X86_A : X86_AE, rd);
        x86_op(&e->x, X86_MOVZX8, rd, x86_r(rd));
    }
    reg_done(e, op->d, rd);
    checked(e, op, checks, NULL);
}

static void emit_from_float(struct emit *e, const struct ir_op *op)
{
    int rd = reg_def(e, op->d);
    int xa = reg_pinned(op->a);

    if (xa == X86_NONE)
        x86_op(&e->x, X86_MOV | X86_W, rd, reg_home(op->a));
    else
        x86_op(&e->x, X86_MOVD_FROM_X | X86_W, xa, x86_r(rd));
    if (op->size == 4)
        x86_op(&e->x, X86_MOVSXD, rd, x86_r(rd));
    reg_done(e, op->d, rd);
}

static void emit_to_float(struct emit *e, const struct ir_op *op)
{
    int ra = reg_use(e, op->a);
    int xd = freg_def(op->d, SCRATCH_A);

    x86_op(&e->x, X86_MOVD_TO_X | (op->size == 8 ? (uint32_t)X86_W : 0), xd, x86_r(ra));
    if (op->size == 4)
        x86_op(&e->x, X86_ORPS, xd, x86_at(constant(e, CONSTANT_BOX)));
    finish(e, op, xd);
}

static void emit_convert(struct emit *e, const struct ir_op *op)
{
    struct checks checks = check_boxed(e, op, op->size == 8 ? 4 : 8);
    int xa = freg_use(e, op->a, SCRATCH_A);

    /* scratch is set first: the instruction keeps the upper part of what it writes */
    x86_op(&e->x, X86_MOVSD_LOAD, SCRATCH_C, x86_at(constant(e, CONSTANT_BOX)));
    x86_op(&e->x, op->size == 8 ? (uint32_t)X86_CVTSS2SD : (uint32_t)X86_CVTSD2SS, SCRATCH_C,
           x86_r(xa));
    canonical(e, op, SCRATCH_C);
    finish(e, op, SCRATCH_C);
    checked(e, op, checks, NULL);
}

static void emit_from_int(struct emit *e, const struct ir_op *op)
{
    int ra = reg_use(e, op->a);
    bool wide = op->how == 8;

    if (!op->sign) {
        int t = reg_temp(e);

        x86_op(&e->x, X86_MOV, t, x86_r(ra));
        ra = t;
        wide = true;
    }
    x86_op(&e->x, X86_MOVSD_LOAD, SCRATCH_C, x86_at(constant(e, CONSTANT_BOX)));
    x86_op(&e->x, sized(op, X86_CVTSI2SD) | (wide ? (uint32_t)X86_W : 0), SCRATCH_C, x86_r(ra));
    finish(e, op, SCRATCH_C);
}

/* x86 gives the smallest number for all that does not fit; the interpreter looks. */
static void emit_to_int(struct emit *e, const struct ir_op *op)
{
    uint32_t wide = op->how == 8 ? (uint32_t)X86_W : 0;
    struct checks checks = check_boxed(e, op, op->size);
    int xa = freg_use(e, op->a, SCRATCH_A);
    int rd = reg_temp(e);

    x86_op(&e->x, sized(op, op->sign ? X86_CVTTSD2SI : X86_CVTSD2SI) | wide, rd, x86_r(xa));
    x86_alu_imm(&e->x, X86_GROUP_CMP, wide, x86_r(rd), 1);
    uint8_t *smallest = x86_jcc(&e->x, X86_O, NULL);

    if (op->how == 4)
        x86_op(&e->x, X86_MOVSXD, rd, x86_r(rd));
    reg_done(e, op->d, rd);
    checked(e, op, checks, smallest);
}

void emit_float(struct emit *e, const struct ir_op *op)
{
    static void (*const emitters[])(struct emit *, const struct ir_op *) = {
        [IR_FADD - IR_FADD] = emit_two,
        [IR_FSUB - IR_FADD] = emit_two,
        [IR_FMUL - IR_FADD] = emit_two,
        [IR_FDIV - IR_FADD] = emit_two,
        [IR_FSQRT - IR_FADD] = emit_root,
        [IR_FMA - IR_FADD] = emit_fused,
        [IR_FSIGN - IR_FADD] = emit_sign,
        [IR_FCOMPARE - IR_FADD] = emit_compare,
        [IR_FROM_FLOAT - IR_FADD] = emit_from_float,
        [IR_TO_FLOAT - IR_FADD] = emit_to_float,
        [IR_FCONVERT - IR_FADD] = emit_convert,
        [IR_FROM_INT - IR_FADD] = emit_from_int,
        [IR_TO_INT - IR_FADD] = emit_to_int,
    };

    emitters[op->op - IR_FADD](e, op);
}
