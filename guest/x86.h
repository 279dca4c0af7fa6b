/* SPDX-License-Identifier: MIT
 *
 * x86.h: an encoder of the x86-64 instructions that the translator emits. It
 * writes bytes from `at` on and never behind `end`: what does not fit sets
 * `full`, and the caller throws the code away. It knows nothing of the guest.
 */
#ifndef ETCH_GUEST_X86_H
#define ETCH_GUEST_X86_H

#include <stdbool.h>
#include <stdint.h>

enum x86_reg {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    X86_NONE = -1,
    X86_RIP = -2, /* as a base: the target lies within 2 GiB of the code */
};

struct x86 {
    uint8_t *at;
    uint8_t *end;
    bool full;
};

/* What an instruction's second operand is: a register, or memory at
 * base + index * scale + disp. */
struct x86_rm {
    bool memory;
    int8_t base; /* the register itself where not memory */
    int8_t index;
    uint8_t shift; /* of the index: 0..3 */
    int32_t disp;
    const uint8_t *target; /* with X86_RIP */
};

static inline struct x86_rm x86_r(int reg)
{
    return (struct x86_rm){.base = (int8_t)reg, .index = X86_NONE};
}

static inline struct x86_rm x86_m(int base, int32_t disp)
{
    return (struct x86_rm){.memory = true, .base = (int8_t)base, .index = X86_NONE, .disp = disp};
}

static inline struct x86_rm x86_mx(int base, int index, unsigned shift, int32_t disp)
{
    return (struct x86_rm){.memory = true,
                           .base = (int8_t)base,
                           .index = (int8_t)index,
                           .shift = (uint8_t)shift,
                           .disp = disp};
}

static inline struct x86_rm x86_at(const void *target)
{
    return (struct x86_rm){.memory = true, .base = X86_RIP, .index = X86_NONE, .target = target};
}

/* An opcode: its last byte, and by the bits what stands before it. */
enum {
    X86_0F = 1u << 8,
    X86_0F38 = 1u << 9,
    X86_66 = 1u << 10,
    X86_F2 = 1u << 11,
    X86_F3 = 1u << 12,
    X86_W = 1u << 13,       /* 64 bits wide */
    X86_BYTE = 1u << 14,    /* the first operand is a register of 8 bits */
    X86_BYTE_RM = 1u << 15, /* the second is */
};

enum x86_op {
    X86_ADD = 0x03,
    X86_OR = 0x0b,
    X86_AND = 0x23,
    X86_SUB = 0x2b,
    X86_XOR = 0x33,
    X86_CMP = 0x3b,
    X86_TEST = 0x85,
    X86_MOV = 0x8b,   /* reg <- rm */
    X86_STORE = 0x89, /* rm <- reg */
    X86_STORE8 = 0x88 | X86_BYTE,
    X86_STORE16 = 0x89 | X86_66,
    X86_LEA = 0x8d,
    X86_MOVSXD = 0x63 | X86_W,
    X86_MOVZX8 = 0xb6 | X86_0F | X86_BYTE_RM,
    X86_MOVZX16 = 0xb7 | X86_0F,
    X86_MOVSX8 = 0xbe | X86_0F | X86_W | X86_BYTE_RM,
    X86_MOVSX16 = 0xbf | X86_0F | X86_W,
    X86_IMUL = 0xaf | X86_0F,
    X86_XCHG = 0x87,
    X86_CMPXCHG = 0xb1 | X86_0F,
    X86_XADD = 0xc1 | X86_0F,
    X86_CMOV = 0x40 | X86_0F, /* + condition */

    X86_MOVSD_LOAD = 0x10 | X86_0F | X86_F2,
    X86_MOVSD_STORE = 0x11 | X86_0F | X86_F2,
    X86_MOVSS_LOAD = 0x10 | X86_0F | X86_F3,
    X86_MOVSS_STORE = 0x11 | X86_0F | X86_F3,
    X86_MOVAPS = 0x28 | X86_0F,
    X86_MOVD_TO_X = 0x6e | X86_0F | X86_66,   /* xmm <- rm; with W 64 bits */
    X86_MOVD_FROM_X = 0x7e | X86_0F | X86_66, /* rm <- xmm */
    X86_ADDSD = 0x58 | X86_0F | X86_F2,       /* F3 in place of F2: single */
    X86_MULSD = 0x59 | X86_0F | X86_F2,
    X86_SUBSD = 0x5c | X86_0F | X86_F2,
    X86_DIVSD = 0x5e | X86_0F | X86_F2,
    X86_SQRTSD = 0x51 | X86_0F | X86_F2,
    X86_CVTSD2SS = 0x5a | X86_0F | X86_F2,
    X86_CVTSS2SD = 0x5a | X86_0F | X86_F3,
    X86_CVTSI2SD = 0x2a | X86_0F | X86_F2,
    X86_CVTSD2SI = 0x2d | X86_0F | X86_F2,
    X86_CVTTSD2SI = 0x2c | X86_0F | X86_F2,
    X86_UCOMISD = 0x2e | X86_0F | X86_66,
    X86_COMISD = 0x2f | X86_0F | X86_66,
    X86_UCOMISS = 0x2e | X86_0F,
    X86_COMISS = 0x2f | X86_0F,
    X86_CMPSD = 0xc2 | X86_0F | X86_F2, /* an immediate byte follows */
    X86_XORPS = 0x57 | X86_0F,
    X86_ANDPS = 0x54 | X86_0F,
    X86_ANDNPS = 0x55 | X86_0F,
    X86_ORPS = 0x56 | X86_0F,
    X86_PUNPCKLDQ = 0x62 | X86_0F | X86_66,

    /* VEX encoded, three operands */
    X86_SHLX = 0xf7 | X86_0F38 | X86_66,
    X86_SARX = 0xf7 | X86_0F38 | X86_F3,
    X86_SHRX = 0xf7 | X86_0F38 | X86_F2,
    X86_FMADD231 = 0xb9 | X86_0F38 | X86_66, /* with W double */
    X86_FMSUB231 = 0xbb | X86_0F38 | X86_66,
    X86_FNMADD231 = 0xbd | X86_0F38 | X86_66,
    X86_FNMSUB231 = 0xbf | X86_0F38 | X86_66,
};

/* The number in the reg field of instructions with an immediate or one operand. */
enum x86_group {
    X86_GROUP_ADD = 0,
    X86_GROUP_OR = 1,
    X86_GROUP_AND = 4,
    X86_GROUP_SUB = 5,
    X86_GROUP_XOR = 6,
    X86_GROUP_CMP = 7,
    X86_GROUP_SHL = 4,
    X86_GROUP_SHR = 5,
    X86_GROUP_SAR = 7,
    X86_GROUP_NOT = 2,
    X86_GROUP_NEG = 3,
    X86_GROUP_MUL = 4,
    X86_GROUP_IMUL = 5,
    X86_GROUP_DIV = 6,
    X86_GROUP_IDIV = 7,
};

enum x86_condition {
    X86_O = 0,
    X86_B = 2,
    X86_AE = 3,
    X86_E = 4,
    X86_NE = 5,
    X86_BE = 6,
    X86_A = 7,
    X86_P = 10,
    X86_NP = 11,
    X86_L = 12,
    X86_GE = 13,
    X86_LE = 14,
    X86_G = 15,
};

/* op reg, rm; `wide` X86_W or 0, as all that follow take it. */
void x86_op(struct x86 *e, uint32_t op, int reg, struct x86_rm rm);
void x86_byte(struct x86 *e, unsigned value);
/* VEX: reg <- op(rm, vvvv) */
void x86_vex(struct x86 *e, uint32_t op, int reg, int vvvv, struct x86_rm rm);

/* add, or, and, sub, xor, cmp with an immediate that is sign-extended */
void x86_alu_imm(struct x86 *e, enum x86_group g, uint32_t wide, struct x86_rm rm, int32_t imm);
void x86_cmp8_imm(struct x86 *e, struct x86_rm rm, int8_t imm);
void x86_test_imm(struct x86 *e, struct x86_rm rm, int32_t imm); /* 32 bits */
void x86_shift_imm(struct x86 *e, enum x86_group g, uint32_t wide, int reg, unsigned count);
void x86_shift_cl(struct x86 *e, enum x86_group g, uint32_t wide, int reg);
void x86_unary(struct x86 *e, enum x86_group g, uint32_t wide, struct x86_rm rm);
void x86_imul_imm(struct x86 *e, uint32_t wide, int reg, struct x86_rm rm, int32_t imm);
void x86_mov_imm(struct x86 *e, int reg, uint64_t value); /* flags are kept */
/* memory <- immediate of 1, 2, 4 or 8 bytes; 8: sign-extended from 32 bits */
void x86_store_imm(struct x86 *e, unsigned size, struct x86_rm rm, int32_t imm);
void x86_setcc(struct x86 *e, enum x86_condition c, int reg); /* the low 8 bits */
void x86_mov(struct x86 *e, int to, int from);                /* 64 bits; none if the same */
void x86_lock(struct x86 *e);
void x86_mfence(struct x86 *e);
void x86_cqo(struct x86 *e, uint32_t wide);
void x86_push(struct x86 *e, int reg);
void x86_pop(struct x86 *e, int reg);
void x86_ret(struct x86 *e);
void x86_int3(struct x86 *e);
void x86_ldmxcsr(struct x86 *e, struct x86_rm rm);
void x86_stmxcsr(struct x86 *e, struct x86_rm rm);
void x86_jmp_rm(struct x86 *e, struct x86_rm rm);
void x86_call_rm(struct x86 *e, struct x86_rm rm);

/* Jumps with 32 bits of distance. Each gives the place of the distance, for
 * x86_bind(); target NULL: bound later. A patchable jump's distance does not
 * cross a cache line, so that it can be changed under a running thread. */
uint8_t *x86_jmp(struct x86 *e, const uint8_t *target);
uint8_t *x86_call(struct x86 *e, const uint8_t *target);
uint8_t *x86_jcc(struct x86 *e, enum x86_condition c, const uint8_t *target);
uint8_t *x86_jmp_patchable(struct x86 *e);
uint8_t *x86_jcc_patchable(struct x86 *e, enum x86_condition c);
void x86_bind(struct x86 *e, uint8_t *place, const uint8_t *target);

void x86_align(struct x86 *e, unsigned bytes);

#endif
