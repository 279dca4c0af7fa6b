/* SPDX-License-Identifier: MIT
 *
 * interp.h: within the interpreter: floating point stands in a file of its own.
 */
#ifndef ETCH_GUEST_INTERP_H
#define ETCH_GUEST_INTERP_H

#include "cpu.h"

/* An instruction with registers of floating point, but loads and stores. */
enum guest_stop interp_float(struct guest_cpu *cpu, const struct insn *insn,
                             const struct insn_info *info);

#endif
