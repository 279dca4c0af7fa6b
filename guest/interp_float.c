/* SPDX-License-Identifier: MIT
 *
 * interp_float.c: the instructions of F and D.
 *
 * Reads and writes the cpu's registers, and its flags. A float lies in a register
 * boxed, its upper half all ones; what is not is read as a NaN.
 */
#include "float.h"
#include "interp.h"

#define BOX (0xffffffffull << 32)

static uint64_t get(const struct guest_cpu *cpu, enum float_format format, unsigned number)
{
    uint64_t value = cpu->f[number];
    if (format == FLOAT_DOUBLE)
        return value;
    return value >= BOX ? (uint32_t)value : FLOAT_NAN_SINGLE;
}

/* The format an instruction computes in: bit 25 of its code, by all of F and D. */
static enum float_format format_of(const struct insn *insn)
{
    return insn->raw >> 25 & 1 ? FLOAT_DOUBLE : FLOAT_SINGLE;
}

/* Four operations, of which three negate something. */
static uint64_t fused(const struct guest_cpu *cpu, const struct insn *insn,
                      enum float_format format, struct float_mode *mode)
{
    uint64_t a = get(cpu, format, insn->rs1), c = get(cpu, format, insn->rs3);
    bool negate_a = insn->op == OP_FNMADD_S || insn->op == OP_FNMADD_D || insn->op == OP_FNMSUB_S ||
                    insn->op == OP_FNMSUB_D;
    bool negate_c = insn->op == OP_FMSUB_S || insn->op == OP_FMSUB_D || insn->op == OP_FNMADD_S ||
                    insn->op == OP_FNMADD_D;
    return float_fma(format, negate_a ? a ^ float_sign(format) : a, get(cpu, format, insn->rs2),
                     negate_c ? c ^ float_sign(format) : c, mode);
}

/* To a register of F or D, from two or one of them. */
static uint64_t computed(const struct guest_cpu *cpu, const struct insn *insn,
                         enum float_format format, struct float_mode *mode)
{
    uint64_t a = get(cpu, format, insn->rs1), b = get(cpu, format, insn->rs2);
    uint64_t sign = float_sign(format);
    switch (insn->op) {
    case OP_FADD_S:
    case OP_FADD_D:
        return float_add(format, a, b, mode);
    case OP_FSUB_S:
    case OP_FSUB_D:
        return float_add(format, a, b ^ sign, mode);
    case OP_FMUL_S:
    case OP_FMUL_D:
        return float_mul(format, a, b, mode);
    case OP_FDIV_S:
    case OP_FDIV_D:
        return float_div(format, a, b, mode);
    case OP_FSQRT_S:
    case OP_FSQRT_D:
        return float_sqrt(format, a, mode);
    case OP_FSGNJ_S:
    case OP_FSGNJ_D:
        return (a & ~sign) | (b & sign);
    case OP_FSGNJN_S:
    case OP_FSGNJN_D:
        return (a & ~sign) | (~b & sign);
    case OP_FSGNJX_S:
    case OP_FSGNJX_D:
        return a ^ (b & sign);
    case OP_FMIN_S:
    case OP_FMIN_D:
        return float_choose(format, false, a, b, mode);
    case OP_FMAX_S:
    case OP_FMAX_D:
        return float_choose(format, true, a, b, mode);
    case OP_FCVT_S_D:
        return float_convert(FLOAT_DOUBLE, FLOAT_SINGLE, cpu->f[insn->rs1], mode);
    case OP_FCVT_D_S:
        return float_convert(FLOAT_SINGLE, FLOAT_DOUBLE, get(cpu, FLOAT_SINGLE, insn->rs1), mode);
    default:
        return fused(cpu, insn, format, mode);
    }
}

/* To a register of F or D, from a whole number's. */
static uint64_t from_x(const struct insn *insn, enum float_format format, uint64_t a,
                       struct float_mode *mode)
{
    switch (insn->op) {
    case OP_FCVT_S_W:
    case OP_FCVT_D_W:
        return float_from_int(format, (int32_t)a, true, mode);
    case OP_FCVT_S_WU:
    case OP_FCVT_D_WU:
        return float_from_int(format, (uint32_t)a, false, mode);
    case OP_FCVT_S_L:
    case OP_FCVT_D_L:
        return float_from_int(format, a, true, mode);
    case OP_FCVT_S_LU:
    case OP_FCVT_D_LU:
        return float_from_int(format, a, false, mode);
    default: /* fmv */
        return a;
    }
}

/* To a whole number's register. */
static uint64_t to_x(const struct guest_cpu *cpu, const struct insn *insn, enum float_format format,
                     struct float_mode *mode)
{
    uint64_t a = get(cpu, format, insn->rs1), b = get(cpu, format, insn->rs2);
    switch (insn->op) {
    case OP_FEQ_S:
    case OP_FEQ_D:
        return float_compare(format, FLOAT_EQ, a, b, mode);
    case OP_FLT_S:
    case OP_FLT_D:
        return float_compare(format, FLOAT_LT, a, b, mode);
    case OP_FLE_S:
    case OP_FLE_D:
        return float_compare(format, FLOAT_LE, a, b, mode);
    case OP_FCLASS_S:
    case OP_FCLASS_D:
        return float_class(format, a);
    case OP_FCVT_W_S:
    case OP_FCVT_W_D:
        return float_to_int(format, a, true, 32, mode);
    case OP_FCVT_WU_S:
    case OP_FCVT_WU_D:
        return float_to_int(format, a, false, 32, mode);
    case OP_FCVT_L_S:
    case OP_FCVT_L_D:
        return float_to_int(format, a, true, 64, mode);
    case OP_FCVT_LU_S:
    case OP_FCVT_LU_D:
        return float_to_int(format, a, false, 64, mode);
    case OP_FMV_X_W:
        return (int32_t)cpu->f[insn->rs1];
    default: /* fmv.x.d */
        return cpu->f[insn->rs1];
    }
}

enum guest_stop interp_float(struct guest_cpu *cpu, const struct insn *insn,
                             const struct insn_info *info)
{
    struct float_mode mode = {insn->rm == ROUND_DYNAMIC ? cpu->frm : insn->rm, 0};
    enum float_format format = format_of(insn);
    if ((info->class & INSN_RM) && mode.rounding > ROUND_NEAREST_AWAY)
        return GUEST_ILLEGAL;
    if (info->class & INSN_XD) {
        uint64_t value = to_x(cpu, insn, format, &mode);
        if (insn->rd != 0)
            cpu->x[insn->rd] = value;
    } else {
        uint64_t value = info->class & INSN_X1 ? from_x(insn, format, cpu->x[insn->rs1], &mode)
                                               : computed(cpu, insn, format, &mode);
        cpu->f[insn->rd] = format == FLOAT_DOUBLE ? value : BOX | (uint32_t)value;
    }
    cpu->fflags |= mode.flags;
    return GUEST_GO;
}
