/* SPDX-License-Identifier: MIT
 *
 * disas.h: an instruction as text.
 */
#ifndef ETCH_GUEST_DISAS_H
#define ETCH_GUEST_DISAS_H

#include <stddef.h>
#include <stdint.h>

#include "decode.h"

/* The names of the calling convention: "a0", "fa0". */
extern const char guest_x_names[32][5];
extern const char guest_f_names[32][5];

/* Writes mnemonic and operands, cut to `size` with its NUL; the targets of
 * branches and jumps are those of an instruction at `pc`. */
void guest_disassemble(const struct insn *insn, uint64_t pc, char *text, size_t size);

#endif
