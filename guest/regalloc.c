/* SPDX-License-Identifier: MIT
 *
 * regalloc.c: where guest registers live. Those that compilers use most are
 * pinned, in all blocks alike, so that nothing moves between blocks; the others
 * have their home in cpu, and three scratch registers remember them within a block.
 */
#include "guest/emit.h"

/* rsp is the host's stack, rbp the guest's registers, r15 a trace's cursor. */
static const int8_t pinned[64] = {
    [15] = RSI,
    [14] = RDI,
    [13] = RBX,
    [10] = R8,
    [12] = R9,
    [11] = R10,
    [2] = R11,
    [8] = R12,
    [16] = R13,
    [9] = R14,
    /* fa0 to fa7, ft0 to ft4 */
    [32 + 10] = 3,
    [32 + 11] = 4,
    [32 + 12] = 5,
    [32 + 13] = 6,
    [32 + 14] = 7,
    [32 + 15] = 8,
    [32 + 16] = 9,
    [32 + 17] = 10,
    [32 + 0] = 11,
    [32 + 1] = 12,
    [32 + 2] = 13,
    [32 + 3] = 14,
    [32 + 4] = 15,
};

int reg_pinned(uint8_t ref)
{
    /* 0 is rax and xmm0, which are scratch */
    return pinned[ref] ? pinned[ref] : X86_NONE;
}

struct x86_rm reg_home(uint8_t ref)
{
    return ref < 32 ? emit_cpu(offsetof(struct guest_cpu, x) + ref * sizeof(uint64_t))
                    : emit_cpu(offsetof(struct guest_cpu, f) + (ref - 32u) * sizeof(uint64_t));
}

struct x86_rm reg_place(uint8_t ref)
{
    return pinned[ref] ? x86_r(pinned[ref]) : reg_home(ref);
}

static int take_any(struct emit *e)
{
    for (int r = RAX; r <= RDX; r++) {
        if (e->holds[r] == IR_NONE && !(e->locked >> r & 1)) {
            e->locked |= (uint8_t)(1u << r);
            return r;
        }
    }
    do
        e->turn = (uint8_t)((e->turn + 1) % 3);
    while (e->locked >> e->turn & 1);
    reg_take(e, e->turn);
    return e->turn;
}

/* The scratch register that holds ref, locked; -1: none. */
static int find_held(struct emit *e, uint8_t ref)
{
    for (int r = RAX; r <= RDX; r++) {
        if (e->holds[r] == ref) {
            e->locked |= (uint8_t)(1u << r);
            return r;
        }
    }
    return -1;
}

int reg_use(struct emit *e, uint8_t ref)
{
    if (pinned[ref])
        return pinned[ref];
    int r = find_held(e, ref);

    if (r >= 0)
        return r;
    r = take_any(e);
    if (ref == 0)
        x86_mov_imm(&e->x, r, 0);
    else
        x86_op(&e->x, X86_MOV | X86_W, r, reg_home(ref));
    e->holds[r] = ref;
    return r;
}

int reg_def(struct emit *e, uint8_t ref)
{
    if (pinned[ref])
        return pinned[ref];
    int r = find_held(e, ref);

    return r >= 0 ? r : take_any(e);
}

void reg_done(struct emit *e, uint8_t ref, int reg)
{
    if (pinned[ref]) {
        x86_mov(&e->x, pinned[ref], reg);
        return;
    }
    reg_forget_one(e, ref);
    x86_op(&e->x, X86_STORE | X86_W, reg, reg_home(ref));
    if (reg <= RDX)
        e->holds[reg] = ref;
}

int reg_temp(struct emit *e)
{
    return take_any(e);
}

void reg_take(struct emit *e, int reg)
{
    e->holds[reg] = IR_NONE;
    e->locked |= (uint8_t)(1u << reg);
}

void reg_unlock(struct emit *e)
{
    e->locked = 0;
}

void reg_forget(struct emit *e)
{
    for (int r = RAX; r <= RDX; r++)
        e->holds[r] = IR_NONE;
}

void reg_forget_one(struct emit *e, uint8_t ref)
{
    for (int r = RAX; r <= RDX; r++)
        if (e->holds[r] == ref)
            e->holds[r] = IR_NONE;
}

void reg_spill_all(struct x86 *x)
{
    for (unsigned ref = 0; ref < 64; ref++)
        if (pinned[ref])
            x86_op(x, ref < 32 ? X86_STORE | X86_W : (uint32_t)X86_MOVSD_STORE, pinned[ref],
                   reg_home((uint8_t)ref));
}

void reg_fill_all(struct x86 *x)
{
    for (unsigned ref = 0; ref < 64; ref++)
        if (pinned[ref])
            x86_op(x, ref < 32 ? X86_MOV | X86_W : (uint32_t)X86_MOVSD_LOAD, pinned[ref],
                   reg_home((uint8_t)ref));
}

int freg_use(struct emit *e, uint8_t ref, int scratch)
{
    if (pinned[ref])
        return pinned[ref];
    x86_op(&e->x, X86_MOVSD_LOAD, scratch, reg_home(ref));
    return scratch;
}

int freg_def(uint8_t ref, int scratch)
{
    return pinned[ref] ? pinned[ref] : scratch;
}

void freg_done(struct emit *e, uint8_t ref, int reg)
{
    if (pinned[ref])
        return;
    x86_op(&e->x, X86_MOVSD_STORE, reg, reg_home(ref));
    e->float_done = ref;
    e->float_reg = (int8_t)reg;
}
