/* SPDX-License-Identifier: MIT
 *
 * guest_decode_fuzz.c: any bytes as RISC-V code: what is decoded is in its table,
 * within the bytes that are there, and has a text.
 */
#include <stdlib.h>
#include <string.h>

#include "guest/decode.h"
#include "guest/disas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct insn *insn)
{
    const struct insn_info *info = insn_info(insn);
    char text[64], cut[8];
    if (insn->op >= OP_COUNT || insn->rd > 31 || insn->rs1 > 31 || insn->rs2 > 31 || insn->rs3 > 31)
        abort();
    if (insn->length == 4 && insn->op != OP_ILLEGAL && (insn->raw & info->mask) != info->match)
        abort();
    if ((info->class & INSN_RM) && (insn->rm == 5 || insn->rm == 6))
        abort();
    guest_disassemble(insn, 0x10000, text, sizeof(text));
    guest_disassemble(insn, 0x10000, cut, sizeof(cut));
    if (text[0] == '\0' || strncmp(text, cut, sizeof(cut) - 1) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        struct insn insn;
        size_t length = guest_decode(data + at, size - at, &insn);
        if (length == 0) {
            if (size - at >= 4)
                abort();
            break;
        }
        if (length != insn.length || length > size - at)
            abort();
        check(&insn);
        at += length;
    }
    return 0;
}
