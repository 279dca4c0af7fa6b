/* SPDX-License-Identifier: MIT
 *
 * decode.h: instructions of RV64GC, as the table insns.def has them.
 */
#ifndef ETCH_GUEST_DECODE_H
#define ETCH_GUEST_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an instruction does. X registers are whole numbers', F floating point's;
 * D is the destination, 1 to 3 the sources rs1 to rs3. */
enum insn_class {
    INSN_XD = 1 << 0,
    INSN_X1 = 1 << 1,
    INSN_X2 = 1 << 2,
    INSN_FD = 1 << 3,
    INSN_F1 = 1 << 4,
    INSN_F2 = 1 << 5,
    INSN_F3 = 1 << 6,
    INSN_LOAD = 1 << 7,
    INSN_STORE = 1 << 8,
    INSN_AMO = 1 << 9,
    INSN_BRANCH = 1 << 10, /* to pc + imm or to the next */
    INSN_JUMP = 1 << 11,   /* always elsewhere */
    INSN_SYSTEM = 1 << 12, /* the engine stops at it: ecall, ebreak, fence.i */
    INSN_RM = 1 << 13,     /* has a rounding mode */
    INSN_FLAGS = 1 << 14,  /* may raise floating point's flags */
    INSN_SIGNED = 1 << 15, /* a load that extends the sign */
    INSN_CSR = 1 << 16,    /* reads or writes the register imm of Zicsr */

    INSN_ENDS = INSN_BRANCH | INSN_JUMP | INSN_SYSTEM, /* the last of a block */
    INSN_FLOAT = INSN_FD | INSN_F1 | INSN_F2 | INSN_F3,

    /* what many lines of the table share */
    CLASS_D = INSN_XD,
    CLASS_D1 = INSN_XD | INSN_X1,
    CLASS_D12 = INSN_XD | INSN_X1 | INSN_X2,
    CLASS_12 = INSN_X1 | INSN_X2,
    CLASS_LOAD = INSN_XD | INSN_X1 | INSN_LOAD,
    CLASS_STORE = INSN_X1 | INSN_X2 | INSN_STORE,
    CLASS_AMO = CLASS_D12 | INSN_AMO | INSN_LOAD | INSN_STORE | INSN_SIGNED,
    CLASS_FMOVE = INSN_FD | INSN_F1 | INSN_F2,
    CLASS_F1 = INSN_FD | INSN_F1 | INSN_FLAGS,
    CLASS_F12 = CLASS_FMOVE | INSN_FLAGS,
    CLASS_FMA = CLASS_F12 | INSN_F3 | INSN_RM,
    CLASS_FCMP = INSN_XD | INSN_F1 | INSN_F2 | INSN_FLAGS,
    CLASS_TO_X = INSN_XD | INSN_F1 | INSN_RM | INSN_FLAGS,
    CLASS_FROM_X = INSN_FD | INSN_X1 | INSN_RM | INSN_FLAGS,
};

/* Which fields an instruction of four bytes has, and how they are written. */
enum insn_operands {
    INSN_R,     /* rd, rs1, rs2 */
    INSN_R_RM,  /* rd, rs1, rs2, rm */
    INSN_R1,    /* rd, rs1 */
    INSN_R1_RM, /* rd, rs1, rm */
    INSN_R4,    /* rd, rs1, rs2, rs3, rm */
    INSN_I,     /* rd, rs1, imm */
    INSN_SHIFT, /* rd, rs1, imm: 0 to 63 */
    INSN_LOADS, /* rd, imm(rs1) */
    INSN_STORES,
    INSN_B,
    INSN_U, /* imm: with its twelve zeros below */
    INSN_J,
    INSN_CSR_R, /* rd, imm: the register's number, rs1 */
    INSN_CSR_I, /* rd, imm: the register's number, rs1: a number of five bits */
    INSN_LR,    /* rd, (rs1) */
    INSN_AMOS,  /* rd, rs2, (rs1) */
    INSN_FENCES,
    INSN_NONE,
};

/* Which fields an instruction of two bytes has. */
enum insn_form {
    FORM_NONE,
    FORM_ADDI4SPN,
    FORM_LOAD_W,
    FORM_LOAD_D,
    FORM_STORE_W,
    FORM_STORE_D,
    FORM_ADDI,
    FORM_ADDIW,
    FORM_LI,
    FORM_ADDI16SP,
    FORM_LUI,
    FORM_SHIFT_SHORT,
    FORM_ANDI,
    FORM_ARITHMETIC,
    FORM_JUMP,
    FORM_BRANCH,
    FORM_SHIFT,
    FORM_LOAD_SP_W,
    FORM_LOAD_SP_D,
    FORM_FLOAD_SP,
    FORM_JUMP_REGISTER,
    FORM_MOVE,
    FORM_CALL_REGISTER,
    FORM_ADD,
    FORM_STORE_SP_W,
    FORM_STORE_SP_D,
};

enum insn_op {
    OP_ILLEGAL,
#define INSN(id, mnemonic, match, mask, operands, class, size) OP_##id,
#define COMPRESSED(id, match, mask, form)
#include "insns.def"
#undef INSN
#undef COMPRESSED
    OP_COUNT,
};

struct insn_info {
    const char *name;
    uint32_t match;
    uint32_t mask;
    uint32_t class; /* bits of enum insn_class */
    uint8_t operands;
    uint8_t size; /* bytes of memory it accesses */
};

/* By enum insn_op; OP_ILLEGAL has no name and no class but INSN_SYSTEM. */
extern const struct insn_info guest_insns[OP_COUNT];

enum insn_rounding {
    ROUND_NEAREST_EVEN,
    ROUND_TO_ZERO,
    ROUND_DOWN,
    ROUND_UP,
    ROUND_NEAREST_AWAY,
    ROUND_DYNAMIC = 7, /* what the register frm says */
};

struct insn {
    uint16_t op; /* enum insn_op */
    uint8_t rd;
    uint8_t rs1;
    uint8_t rs2;
    uint8_t rs3;
    uint8_t rm;
    uint8_t length; /* 2 or 4 */
    int64_t imm;
    uint32_t raw; /* the code, the upper half 0 where length is 2 */
};

static inline const struct insn_info *insn_info(const struct insn *insn)
{
    return &guest_insns[insn->op];
}

/* Decodes the instruction at `code`, of which `available` bytes may be read. Its
 * length, or 0 where it is not there whole; what is no instruction is OP_ILLEGAL. */
size_t guest_decode(const uint8_t *code, size_t available, struct insn *insn);

#endif
