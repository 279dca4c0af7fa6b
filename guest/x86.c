/* SPDX-License-Identifier: MIT
 *
 * x86.c: the encoder; see x86.h. Reads nothing but its arguments.
 */
#include <string.h>

#include "guest/x86.h"

void x86_byte(struct x86 *e, unsigned value)
{
    if (e->at >= e->end) {
        e->full = true;
        return;
    }
    *e->at++ = (uint8_t)value;
}

static void word32(struct x86 *e, uint32_t value)
{
    if (e->end - e->at < 4) {
        e->full = true;
        e->at = e->end;
        return;
    }
    memcpy(e->at, &value, 4);
    e->at += 4;
}

static void modrm(struct x86 *e, int reg, struct x86_rm rm)
{
    unsigned r = (unsigned)(reg & 7) << 3;
    unsigned base = (unsigned)(rm.base & 7);

    if (!rm.memory) {
        x86_byte(e, 0xc0 | r | base);
        return;
    }
    if (rm.base == X86_RIP) {
        x86_byte(e, r | 5);
        word32(e, (uint32_t)(rm.target - (e->at + 4)));
        return;
    }
    /* rbp and r13 cannot be a base without a displacement */
    unsigned mod = rm.disp == 0 && base != RBP        ? 0x00
                   : rm.disp >= -128 && rm.disp < 128 ? 0x40
                                                      : 0x80;

    if (rm.index != X86_NONE || base == RSP) {
        unsigned index = rm.index == X86_NONE ? 4 : (unsigned)(rm.index & 7);

        x86_byte(e, mod | r | 4);
        x86_byte(e, (unsigned)rm.shift << 6 | index << 3 | base);
    } else {
        x86_byte(e, mod | r | base);
    }
    if (mod == 0x40)
        x86_byte(e, (uint8_t)rm.disp);
    else if (mod == 0x80)
        word32(e, (uint32_t)rm.disp);
}

/* Prefixes and the opcode itself. A byte register above bl needs a REX prefix
 * to be sil, dil and so on. */
static void opcode(struct x86 *e, uint32_t op, int reg, struct x86_rm rm)
{
    unsigned rex = (op & X86_W ? 8u : 0) | (reg >= 8 ? 4u : 0) |
                   (rm.index != X86_NONE && rm.index >= 8 ? 2u : 0) | (rm.base >= 8 ? 1u : 0);
    bool plain =
        !(op & X86_BYTE && reg >= RSP) && !(op & X86_BYTE_RM && !rm.memory && rm.base >= RSP);

    if (op & X86_66)
        x86_byte(e, 0x66);
    if (op & X86_F2)
        x86_byte(e, 0xf2);
    if (op & X86_F3)
        x86_byte(e, 0xf3);
    if (rex || !plain)
        x86_byte(e, 0x40 | rex);
    if (op & (X86_0F | X86_0F38))
        x86_byte(e, 0x0f);
    if (op & X86_0F38)
        x86_byte(e, 0x38);
    x86_byte(e, op & 0xff);
}

void x86_op(struct x86 *e, uint32_t op, int reg, struct x86_rm rm)
{
    opcode(e, op, reg, rm);
    modrm(e, reg, rm);
}

void x86_vex(struct x86 *e, uint32_t op, int reg, int vvvv, struct x86_rm rm)
{
    unsigned map = op & X86_0F38 ? 2 : 1;
    unsigned prefix = op & X86_66 ? 1 : op & X86_F3 ? 2 : op & X86_F2 ? 3 : 0;

    x86_byte(e, 0xc4);
    x86_byte(e, (reg >= 8 ? 0 : 0x80u) | (rm.index != X86_NONE && rm.index >= 8 ? 0 : 0x40u) |
                    (rm.base >= 8 ? 0 : 0x20u) | map);
    x86_byte(e, (op & X86_W ? 0x80u : 0) | (unsigned)(~vvvv & 15) << 3 | prefix);
    x86_byte(e, op & 0xff);
    modrm(e, reg, rm);
}

void x86_alu_imm(struct x86 *e, enum x86_group g, uint32_t wide, struct x86_rm rm, int32_t imm)
{
    bool small = imm >= -128 && imm < 128;

    opcode(e, (small ? 0x83u : 0x81u) | wide, 0, rm);
    modrm(e, (int)g, rm);
    if (small)
        x86_byte(e, (uint8_t)imm);
    else
        word32(e, (uint32_t)imm);
}

void x86_cmp8_imm(struct x86 *e, struct x86_rm rm, int8_t imm)
{
    opcode(e, 0x80 | X86_BYTE_RM, 0, rm);
    modrm(e, X86_GROUP_CMP, rm);
    x86_byte(e, (uint8_t)imm);
}

void x86_test_imm(struct x86 *e, struct x86_rm rm, int32_t imm)
{
    opcode(e, 0xf7, 0, rm);
    modrm(e, 0, rm);
    word32(e, (uint32_t)imm);
}

void x86_shift_imm(struct x86 *e, enum x86_group g, uint32_t wide, int reg, unsigned count)
{
    opcode(e, 0xc1 | wide, 0, x86_r(reg));
    modrm(e, (int)g, x86_r(reg));
    x86_byte(e, count);
}

void x86_shift_cl(struct x86 *e, enum x86_group g, uint32_t wide, int reg)
{
    opcode(e, 0xd3 | wide, 0, x86_r(reg));
    modrm(e, (int)g, x86_r(reg));
}

void x86_unary(struct x86 *e, enum x86_group g, uint32_t wide, struct x86_rm rm)
{
    opcode(e, 0xf7 | wide, 0, rm);
    modrm(e, (int)g, rm);
}

void x86_imul_imm(struct x86 *e, uint32_t wide, int reg, struct x86_rm rm, int32_t imm)
{
    x86_op(e, 0x69 | wide, reg, rm);
    word32(e, (uint32_t)imm);
}

void x86_mov_imm(struct x86 *e, int reg, uint64_t value)
{
    unsigned rex = reg >= 8 ? 0x41 : 0;

    if (value <= UINT32_MAX) {
        if (rex)
            x86_byte(e, rex);
        x86_byte(e, 0xb8 | (unsigned)(reg & 7));
        word32(e, (uint32_t)value);
    } else if ((int64_t)value == (int32_t)value) {
        x86_op(e, 0xc7 | X86_W, 0, x86_r(reg));
        word32(e, (uint32_t)value);
    } else {
        x86_byte(e, 0x48 | rex);
        x86_byte(e, 0xb8 | (unsigned)(reg & 7));
        word32(e, (uint32_t)value);
        word32(e, (uint32_t)(value >> 32));
    }
}

void x86_store_imm(struct x86 *e, unsigned size, struct x86_rm rm, int32_t imm)
{
    x86_op(e, size == 1 ? 0xc6u : 0xc7u | (size == 2 ? X86_66 : size == 8 ? X86_W : 0u), 0, rm);
    if (size == 1) {
        x86_byte(e, (uint8_t)imm);
    } else if (size == 2) {
        x86_byte(e, (uint8_t)imm);
        x86_byte(e, (uint8_t)(imm >> 8));
    } else {
        word32(e, (uint32_t)imm);
    }
}

void x86_setcc(struct x86 *e, enum x86_condition c, int reg)
{
    x86_op(e, (0x90u + c) | X86_0F | X86_BYTE_RM, 0, x86_r(reg));
}

void x86_mov(struct x86 *e, int to, int from)
{
    if (to != from)
        x86_op(e, X86_MOV | X86_W, to, x86_r(from));
}

void x86_lock(struct x86 *e)
{
    x86_byte(e, 0xf0);
}

void x86_mfence(struct x86 *e)
{
    x86_byte(e, 0x0f);
    x86_byte(e, 0xae);
    x86_byte(e, 0xf0);
}

void x86_cqo(struct x86 *e, uint32_t wide)
{
    if (wide)
        x86_byte(e, 0x48);
    x86_byte(e, 0x99);
}

void x86_push(struct x86 *e, int reg)
{
    if (reg >= 8)
        x86_byte(e, 0x41);
    x86_byte(e, 0x50 | (unsigned)(reg & 7));
}

void x86_pop(struct x86 *e, int reg)
{
    if (reg >= 8)
        x86_byte(e, 0x41);
    x86_byte(e, 0x58 | (unsigned)(reg & 7));
}

void x86_ret(struct x86 *e)
{
    x86_byte(e, 0xc3);
}

void x86_int3(struct x86 *e)
{
    x86_byte(e, 0xcc);
}

void x86_ldmxcsr(struct x86 *e, struct x86_rm rm)
{
    x86_op(e, 0xae | X86_0F, 2, rm);
}

void x86_stmxcsr(struct x86 *e, struct x86_rm rm)
{
    x86_op(e, 0xae | X86_0F, 3, rm);
}

void x86_jmp_rm(struct x86 *e, struct x86_rm rm)
{
    x86_op(e, 0xff, 4, rm);
}

void x86_call_rm(struct x86 *e, struct x86_rm rm)
{
    x86_op(e, 0xff, 2, rm);
}

static uint8_t *distance(struct x86 *e, const uint8_t *target)
{
    uint8_t *place = e->at;

    word32(e, 0);
    if (target)
        x86_bind(e, place, target);
    return place;
}

uint8_t *x86_jmp(struct x86 *e, const uint8_t *target)
{
    x86_byte(e, 0xe9);
    return distance(e, target);
}

uint8_t *x86_call(struct x86 *e, const uint8_t *target)
{
    x86_byte(e, 0xe8);
    return distance(e, target);
}

uint8_t *x86_jcc(struct x86 *e, enum x86_condition c, const uint8_t *target)
{
    x86_byte(e, 0x0f);
    x86_byte(e, 0x80u + c);
    return distance(e, target);
}

static void nop(struct x86 *e, unsigned bytes)
{
    static const uint8_t forms[8][8] = {
        {0x90},
        {0x66, 0x90},
        {0x0f, 0x1f, 0x00},
        {0x0f, 0x1f, 0x40, 0x00},
        {0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
        {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
    };

    while (bytes) {
        unsigned n = bytes < 8 ? bytes : 8;

        for (unsigned i = 0; i < n; i++)
            x86_byte(e, forms[n - 1][i]);
        bytes -= n;
    }
}

/* Four bytes that begin `ahead` from here are kept within one cache line. */
static void keep_in_line(struct x86 *e, unsigned ahead)
{
    unsigned first = ((uintptr_t)e->at + ahead) & 63;

    if (first > 60)
        nop(e, 64 - first);
}

uint8_t *x86_jmp_patchable(struct x86 *e)
{
    keep_in_line(e, 1);
    return x86_jmp(e, NULL);
}

uint8_t *x86_jcc_patchable(struct x86 *e, enum x86_condition c)
{
    keep_in_line(e, 2);
    return x86_jcc(e, c, NULL);
}

void x86_bind(struct x86 *e, uint8_t *place, const uint8_t *target)
{
    if (e->full)
        return;
    int32_t value = (int32_t)(target - (place + 4));

    __atomic_store_n((int32_t *)(void *)place, value, __ATOMIC_RELAXED);
}

void x86_align(struct x86 *e, unsigned bytes)
{
    nop(e, (unsigned)(-(uintptr_t)e->at & (bytes - 1)));
}
