/* SPDX-License-Identifier: MIT
 *
 * disassembler.c: an instruction as text, by libcapstone where etch was built with
 * it and it knows the instruction, else by the table of encodings.
 *
 * Reads:  an instruction.
 * Writes: text.
 */
#include <stdio.h>

#include "line.h"

#if HAVE_CAPSTONE
#include <capstone/capstone.h>

static csh handle;

static bool by_capstone(const struct frame_insn *fi, char *text, size_t size)
{
    static bool failed;
    if (handle == 0 && !failed)
        failed = cs_open(CS_ARCH_RISCV, CS_MODE_RISCV64 | CS_MODE_RISCVC, &handle) != CS_ERR_OK;
    uint8_t code[4];
    for (unsigned i = 0; i < 4; i++)
        code[i] = (uint8_t)(fi->insn.raw >> 8 * i);
    cs_insn *insn;
    if (failed || cs_disasm(handle, code, fi->insn.length, fi->pc, 1, &insn) != 1)
        return false;
    snprintf(text, size, "%s %s", insn->mnemonic, insn->op_str);
    cs_free(insn, 1);
    return true;
}
#else
static bool by_capstone(const struct frame_insn *fi, char *text, size_t size)
{
    (void)fi, (void)text, (void)size;
    return false;
}
#endif

void disassemble(const struct frame_insn *fi, char *text, size_t size)
{
    if (!by_capstone(fi, text, size))
        guest_disassemble(&fi->insn, fi->pc, text, size);
}
