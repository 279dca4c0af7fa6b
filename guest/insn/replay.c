/* SPDX-License-Identifier: MIT
 *
 * replay.c: level replay or results → level full, on the thread's registers. At replay
 * the interpreter computes what the frame does not tell; what loads and the like gave,
 * it tells. Of results it tells all.
 *
 * Reads:  a frame, the registers.
 * Writes: the registers, a frame of level full.
 * Never:  touches memory for an instruction that does.
 */
#include <string.h>

#include "insn.h"

static uint64_t *reg_of(struct thread *t, uint8_t reg)
{
    return reg < FRAME_F(0) ? &t->cpu.x[reg] : &t->cpu.f[reg - FRAME_F(0)];
}

/* The slots of instruction i on one side of it, from *s on. Eight bytes whatever the
 * size: the next slot, or what is behind the frame, takes the rest. */
static inline void store_slots(struct thread *t, const struct frame_path *path, unsigned i,
                               bool after, unsigned *s, unsigned char *frame)
{
    for (; *s < path->insn[i].slots && path->slot[*s].after == after; ++*s)
        memcpy(frame + path->slot[*s].offset, reg_of(t, path->slot[*s].reg), 8);
}

/* One instruction: what the trace tells of it counts, the rest is computed. */
static inline void step(struct thread *t, const struct frame_path *stored, unsigned i,
                        const unsigned char *frame)
{
    const struct frame_insn *fi = &stored->insn[i];
    uint64_t *x = t->cpu.x;
    switch (fi->insn.op) { /* most of what is run, without a call */
    case OP_ADDI:
        x[fi->insn.rd] = x[fi->insn.rs1] + (uint64_t)fi->insn.imm;
        x[0] = 0;
        return;
    case OP_ADD:
        x[fi->insn.rd] = x[fi->insn.rs1] + x[fi->insn.rs2];
        x[0] = 0;
        return;
    case OP_BEQ:
    case OP_BNE:
    case OP_BLT:
    case OP_BGE:
    case OP_BLTU:
    case OP_BGEU:
        return; /* where it went the next instruction tells */
    default:
        break;
    }
    uint32_t class = insn_info(&fi->insn)->class;
    t->cpu.pc = fi->pc;
    if (!(class & (INSN_LOAD | INSN_STORE | INSN_SYSTEM)))
        interp_step(&t->cpu, &fi->insn);
    if (fi->out.source == VALUE_SLOT)
        *reg_of(t, fi->out.reg) = frame_value(stored, &fi->out, frame);
}

/* One of level results. */
static inline void take_result(struct thread *t, const struct frame_path *stored, unsigned i,
                               const unsigned char *frame)
{
    const struct frame_insn *fi = &stored->insn[i];
    const struct frame_value *out = &fi->out;
    if (insn_info(&fi->insn)->class & INSN_CSR)
        step(t, stored, i, frame); /* how it rounds from here on */
    else if (out->source == VALUE_MOVED)
        *reg_of(t, out->reg) = *reg_of(t, out->number);
    else if (out->source != VALUE_NONE)
        *reg_of(t, out->reg) = frame_value(stored, out, frame);
}

void replay_expand(struct thread *thread, const struct entry *entry, const unsigned char *frame,
                   unsigned count, unsigned char *full)
{
    unsigned slot = 0;
    memcpy(full, &entry->id, sizeof(entry->id));
    for (unsigned i = 0; i < count; i++) {
        store_slots(thread, entry->full, i, false, &slot, full);
        if (entry->stored->level == FRAME_RESULTS)
            take_result(thread, entry->stored, i, frame);
        else
            step(thread, entry->stored, i, frame);
        store_slots(thread, entry->full, i, true, &slot, full);
    }
}
