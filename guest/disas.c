/* SPDX-License-Identifier: MIT
 *
 * disas.c: writes instructions as an assembler reads them, without its
 * abbreviations: what is executed, not what the programmer may have written.
 *
 * Reads a struct insn. Writes text.
 */
#include <inttypes.h>
#include <stdio.h>

#include "disas.h"

const char guest_x_names[32][5] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

const char guest_f_names[32][5] = {
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1",  "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4",  "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
};

static const char rounding[8][4] = {"rne", "rtz", "rdn", "rup", "rmm", "?", "?", "dyn"};

static const char *csr_name(int64_t number, char *text, size_t size)
{
    switch (number) {
    case 0x001:
        return "fflags";
    case 0x002:
        return "frm";
    case 0x003:
        return "fcsr";
    case 0xc00:
        return "cycle";
    case 0xc01:
        return "time";
    case 0xc02:
        return "instret";
    default:
        snprintf(text, size, "%#x", (unsigned)number);
        return text;
    }
}

static void operands(const struct insn *insn, const struct insn_info *info, uint64_t pc, char *out,
                     size_t n)
{
    bool fd = info->class & INSN_FD, f1 = info->class & INSN_F1, f2 = info->class & INSN_F2;
    const char *d = (fd ? guest_f_names : guest_x_names)[insn->rd];
    const char *one = (f1 ? guest_f_names : guest_x_names)[insn->rs1];
    const char *two = (f2 ? guest_f_names : guest_x_names)[insn->rs2];
    char number[8];
    switch ((enum insn_operands)info->operands) {
    case INSN_R:
        snprintf(out, n, "%s, %s, %s", d, one, two);
        break;
    case INSN_R_RM:
        snprintf(out, n, "%s, %s, %s, %s", d, one, two, rounding[insn->rm]);
        break;
    case INSN_R1:
        snprintf(out, n, "%s, %s", d, one);
        break;
    case INSN_R1_RM:
        snprintf(out, n, "%s, %s, %s", d, one, rounding[insn->rm]);
        break;
    case INSN_R4:
        snprintf(out, n, "%s, %s, %s, %s, %s", d, one, two, guest_f_names[insn->rs3],
                 rounding[insn->rm]);
        break;
    case INSN_I:
    case INSN_SHIFT:
        snprintf(out, n, "%s, %s, %" PRId64, d, one, insn->imm);
        break;
    case INSN_LOADS:
        snprintf(out, n, "%s, %" PRId64 "(%s)", d, insn->imm, one);
        break;
    case INSN_STORES:
        snprintf(out, n, "%s, %" PRId64 "(%s)", two, insn->imm, one);
        break;
    case INSN_B:
        snprintf(out, n, "%s, %s, %#" PRIx64, one, two, pc + insn->imm);
        break;
    case INSN_U:
        snprintf(out, n, "%s, %#" PRIx64, d, (uint64_t)insn->imm >> 12 & 0xfffff);
        break;
    case INSN_J:
        snprintf(out, n, "%s, %#" PRIx64, d, pc + insn->imm);
        break;
    case INSN_CSR_R:
        snprintf(out, n, "%s, %s, %s", d, csr_name(insn->imm, number, sizeof(number)), one);
        break;
    case INSN_CSR_I:
        snprintf(out, n, "%s, %s, %u", d, csr_name(insn->imm, number, sizeof(number)), insn->rs1);
        break;
    case INSN_LR:
        snprintf(out, n, "%s, (%s)", d, one);
        break;
    case INSN_AMOS:
        snprintf(out, n, "%s, %s, (%s)", d, two, one);
        break;
    case INSN_FENCES:
    case INSN_NONE:
        out[0] = '\0';
        break;
    }
}

void guest_disassemble(const struct insn *insn, uint64_t pc, char *text, size_t size)
{
    static const char order[4][6] = {"", ".rl", ".aq", ".aqrl"};
    const struct insn_info *info = insn_info(insn);
    if (insn->op == OP_ILLEGAL) {
        snprintf(text, size, insn->length == 2 ? ".2byte %#06x" : ".4byte %#010x", insn->raw);
        return;
    }
    char fields[64] = "";
    operands(insn, info, pc, fields, sizeof(fields));
    bool ordered = info->class & INSN_AMO;
    snprintf(text, size, "%s%s%s%s", info->name, ordered ? order[insn->raw >> 25 & 3] : "",
             fields[0] == '\0' ? "" : " ", fields);
}
