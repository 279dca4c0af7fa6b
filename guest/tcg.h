/* SPDX-License-Identifier: MIT
 *
 * tcg.h: events in translated code (etch/tcg.h): what calls trace_foo_tcg() while the
 * translator is at work, and how it names the guest's registers.
 *
 * A value of translated code is a register of the guest, or one and a constant.
 */
#ifndef ETCH_GUEST_TCG_H
#define ETCH_GUEST_TCG_H

#include <etch/tcg.h>

#include "guest/block.h"
#include "guest/cpu.h"

struct ir;

/* Called for each instruction that is translated, before it: what is emitted there runs
 * in front of it. `cpu` is the thread that translates, `env` the one that runs the code
 * later. With the translator's lock held: it may call trace_foo_tcg() and read what it
 * is given. NULL: nothing is called. Set before the guest runs. */
extern void (*tcg_disassemble)(struct guest_cpu *cpu, TCGv_env env, uint64_t pc,
                               const struct insn *insn);

/* x[number] + plus as translated code finds it. */
static inline TCGv tcg_register(unsigned number, int32_t plus)
{
    return (TCGv){(uintptr_t)(intptr_t)plus << 8 | number};
}

static inline unsigned tcg_number(uint64_t id)
{
    return id & 31;
}

static inline int32_t tcg_plus(uint64_t id)
{
    return (int32_t)((int64_t)id >> 8);
}

/* ---- of the translator ---- */

/* The thread translates from here on. */
void tcg_translate(const struct guest_cpu *cpu);

/* Calls what there is to call for an instruction, the index-th of its block; events
 * become operations of `ir`. */
void tcg_insn(struct ir *ir, unsigned index, const struct block_insn *insn);

/* The code of a block is made. */
void tcg_block(const struct block *block);

/* Behind system calls: the events that translated code is made for may be
 * others than when it was; then all of it is made anew. */
void tcg_look(struct guest_cpu *cpu);

#endif
