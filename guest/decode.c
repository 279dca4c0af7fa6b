/* SPDX-License-Identifier: MIT
 *
 * decode.c: finds an instruction in the table and takes its fields apart.
 *
 * Reads code, two bytes at a time. Writes one struct insn. Never reads behind
 * what it was given.
 */
#include <pthread.h>

#include "decode.h"

const struct insn_info guest_insns[OP_COUNT] = {
    [OP_ILLEGAL] = {"", 0, 0, INSN_SYSTEM, INSN_NONE, 0},
#define INSN(id, mnemonic, match, mask, operands, class, size)                                     \
    [OP_##id] = {mnemonic, match, mask, class, INSN_##operands, size},
#define COMPRESSED(id, match, mask, form)
#include "insns.def"
#undef INSN
#undef COMPRESSED
};

static const struct {
    uint16_t match;
    uint16_t mask;
    uint8_t op;
    uint8_t form;
} compressed[] = {
#define INSN(id, mnemonic, match, mask, operands, class, size)
#define COMPRESSED(id, match, mask, form) {match, mask, OP_##id, FORM_##form},
#include "insns.def"
#undef INSN
#undef COMPRESSED
};

_Static_assert(OP_COUNT <= UINT8_MAX, "an op fits a byte of the tables below");

/* The instructions of each major opcode: its first, and for each the next. */
static uint8_t first[128];
static uint8_t next[OP_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_make(void)
{
    for (unsigned op = OP_COUNT - 1; op > OP_ILLEGAL; op--) {
        unsigned major = guest_insns[op].match & 127;
        next[op] = first[major];
        first[major] = op;
    }
}

static inline uint32_t bits(uint32_t code, unsigned low, unsigned count)
{
    return (code >> low) & ((1u << count) - 1);
}

/* `count` bits as a number with a sign. */
static inline int64_t extend(uint32_t value, unsigned count)
{
    return (int64_t)((uint64_t)value << (64 - count)) >> (64 - count);
}

static int64_t immediate(uint32_t code, enum insn_operands operands)
{
    switch (operands) {
    case INSN_I:
    case INSN_LOADS:
    case INSN_FENCES:
        return extend(bits(code, 20, 12), 12);
    case INSN_SHIFT:
        return bits(code, 20, 6);
    case INSN_STORES:
        return extend(bits(code, 25, 7) << 5 | bits(code, 7, 5), 12);
    case INSN_B:
        return extend(bits(code, 31, 1) << 12 | bits(code, 7, 1) << 11 | bits(code, 25, 6) << 5 |
                          bits(code, 8, 4) << 1,
                      13);
    case INSN_U:
        return (int32_t)(code & 0xfffff000);
    case INSN_J:
        return extend(bits(code, 31, 1) << 20 | bits(code, 12, 8) << 12 | bits(code, 20, 1) << 11 |
                          bits(code, 21, 10) << 1,
                      21);
    case INSN_CSR_R:
    case INSN_CSR_I:
        return bits(code, 20, 12);
    default:
        return 0;
    }
}

static void decode_long(uint32_t code, struct insn *insn)
{
    unsigned op = first[code & 127];
    while (op != OP_ILLEGAL && (code & guest_insns[op].mask) != guest_insns[op].match)
        op = next[op];
    const struct insn_info *info = &guest_insns[op];
    unsigned rm = bits(code, 12, 3);
    *insn = (struct insn){.length = 4, .raw = code};
    if (op == OP_ILLEGAL || ((info->class & INSN_RM) && (rm == 5 || rm == 6)))
        return;
    insn->op = op;
    insn->imm = immediate(code, info->operands);
    if (info->class & (INSN_XD | INSN_FD))
        insn->rd = bits(code, 7, 5);
    if ((info->class & (INSN_X1 | INSN_F1)) || info->operands == INSN_CSR_I)
        insn->rs1 = bits(code, 15, 5);
    if (info->class & (INSN_X2 | INSN_F2))
        insn->rs2 = bits(code, 20, 5);
    if (info->class & INSN_F3)
        insn->rs3 = bits(code, 27, 5);
    if (info->class & INSN_RM)
        insn->rm = rm;
}

/* The offsets of the short loads and stores, by the size of what is accessed. */
static inline uint32_t offset_w(uint32_t code)
{
    return bits(code, 10, 3) << 3 | bits(code, 6, 1) << 2 | bits(code, 5, 1) << 6;
}

static inline uint32_t offset_d(uint32_t code)
{
    return bits(code, 10, 3) << 3 | bits(code, 5, 2) << 6;
}

static inline uint32_t offset_sp_w(uint32_t code)
{
    return bits(code, 12, 1) << 5 | bits(code, 4, 3) << 2 | bits(code, 2, 2) << 6;
}

static inline uint32_t offset_sp_d(uint32_t code)
{
    return bits(code, 12, 1) << 5 | bits(code, 5, 2) << 3 | bits(code, 2, 3) << 6;
}

static int64_t offset_jump(uint32_t code)
{
    return extend(bits(code, 12, 1) << 11 | bits(code, 11, 1) << 4 | bits(code, 9, 2) << 8 |
                      bits(code, 8, 1) << 10 | bits(code, 7, 1) << 6 | bits(code, 6, 1) << 7 |
                      bits(code, 3, 3) << 1 | bits(code, 2, 1) << 5,
                  12);
}

static int64_t offset_branch(uint32_t code)
{
    return extend(bits(code, 12, 1) << 8 | bits(code, 10, 2) << 3 | bits(code, 5, 2) << 6 |
                      bits(code, 3, 2) << 1 | bits(code, 2, 1) << 5,
                  9);
}

/* Fields rd, rs1, rs2. */
#define REGISTERS(d, one, two) (insn->rd = (d), insn->rs1 = (one), insn->rs2 = (two))

/* The fields of loads and stores. False: the code is reserved. */
static bool fields_memory(uint32_t code, enum insn_form form, struct insn *insn)
{
    unsigned full = bits(code, 7, 5), last = bits(code, 2, 5);
    unsigned high = 8 + bits(code, 7, 3), low = 8 + bits(code, 2, 3);
    switch (form) {
    case FORM_LOAD_W:
    case FORM_LOAD_D:
        REGISTERS(low, high, 0);
        insn->imm = form == FORM_LOAD_W ? offset_w(code) : offset_d(code);
        return true;
    case FORM_STORE_W:
    case FORM_STORE_D:
        REGISTERS(0, high, low);
        insn->imm = form == FORM_STORE_W ? offset_w(code) : offset_d(code);
        return true;
    case FORM_LOAD_SP_W:
    case FORM_LOAD_SP_D:
    case FORM_FLOAD_SP:
        REGISTERS(full, 2, 0);
        insn->imm = form == FORM_LOAD_SP_W ? offset_sp_w(code) : offset_sp_d(code);
        return full != 0 || form == FORM_FLOAD_SP;
    case FORM_STORE_SP_W:
        REGISTERS(0, 2, last);
        insn->imm = bits(code, 9, 4) << 2 | bits(code, 7, 2) << 6;
        return true;
    case FORM_STORE_SP_D:
        REGISTERS(0, 2, last);
        insn->imm = bits(code, 10, 3) << 3 | bits(code, 7, 3) << 6;
        return true;
    default:
        return false;
    }
}

/* The fields of all others. */
static bool fields(uint32_t code, enum insn_form form, struct insn *insn)
{
    unsigned full = bits(code, 7, 5), last = bits(code, 2, 5);
    unsigned high = 8 + bits(code, 7, 3), low = 8 + bits(code, 2, 3);
    uint32_t shift = bits(code, 12, 1) << 5 | last;
    int64_t number = extend(shift, 6);
    switch (form) {
    case FORM_NONE:
        return true;
    case FORM_ADDI4SPN:
        REGISTERS(low, 2, 0);
        insn->imm = bits(code, 11, 2) << 4 | bits(code, 7, 4) << 6 | bits(code, 6, 1) << 2 |
                    bits(code, 5, 1) << 3;
        return insn->imm != 0;
    case FORM_ADDI:
    case FORM_ADDIW:
        REGISTERS(full, full, 0);
        insn->imm = number;
        return form == FORM_ADDI || full != 0;
    case FORM_LI:
        REGISTERS(full, 0, 0);
        insn->imm = number;
        return true;
    case FORM_ADDI16SP:
        REGISTERS(2, 2, 0);
        insn->imm = extend(bits(code, 12, 1) << 9 | bits(code, 6, 1) << 4 | bits(code, 5, 1) << 6 |
                               bits(code, 3, 2) << 7 | bits(code, 2, 1) << 5,
                           10);
        return insn->imm != 0;
    case FORM_LUI:
        insn->rd = full;
        insn->imm = number * 4096;
        return number != 0;
    case FORM_SHIFT_SHORT:
    case FORM_ANDI:
        REGISTERS(high, high, 0);
        insn->imm = form == FORM_ANDI ? number : shift;
        return true;
    case FORM_SHIFT:
        REGISTERS(full, full, 0);
        insn->imm = shift;
        return true;
    case FORM_ARITHMETIC:
        REGISTERS(high, high, low);
        return true;
    case FORM_MOVE:
    case FORM_ADD:
        REGISTERS(full, form == FORM_ADD ? full : 0, last);
        return true;
    case FORM_JUMP:
        insn->imm = offset_jump(code);
        return true;
    case FORM_BRANCH:
        insn->rs1 = high;
        insn->imm = offset_branch(code);
        return true;
    case FORM_JUMP_REGISTER:
    case FORM_CALL_REGISTER:
        REGISTERS(form == FORM_CALL_REGISTER, full, 0);
        return full != 0;
    default:
        return fields_memory(code, form, insn);
    }
}

static void decode_short(uint32_t code, struct insn *insn)
{
    *insn = (struct insn){.length = 2, .raw = code};
    for (unsigned i = 0; i < sizeof(compressed) / sizeof(compressed[0]); i++) {
        if ((code & compressed[i].mask) != compressed[i].match)
            continue;
        insn->op = compressed[i].op;
        if (!fields(code, compressed[i].form, insn))
            *insn = (struct insn){.length = 2, .raw = code};
        return;
    }
}

size_t guest_decode(const uint8_t *code, size_t available, struct insn *insn)
{
    pthread_once(&once, index_make);
    if (available < 2)
        return 0;
    uint32_t raw = code[0] | code[1] << 8;
    if ((raw & 3) != 3) {
        decode_short(raw, insn);
        return 2;
    }
    if (available < 4)
        return 0;
    raw |= (uint32_t)(code[2] | code[3] << 8) << 16;
    decode_long(raw, insn);
    return 4;
}
