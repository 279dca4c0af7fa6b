/* SPDX-License-Identifier: MIT
 *
 * block.c: chooses the path of a block: the one that the guest is about to take. A
 * copy of its registers runs ahead of it, with what memory holds now; stores are
 * left out, and where something cannot be known, branches backwards are taken and
 * those forwards not. A wrong guess costs time and nothing else.
 *
 * Reads the guest's code, registers and memory; writes nothing but the new block.
 */
#include <stdlib.h>
#include <string.h>

#include "guest/access.h"
#include "guest/block.h"
#include "guest/cpu.h"
#include "guest/frame.h"
#include "guest/memory.h"
#include "guest/thread.h"

#define LINKS 16u

struct path {
    unsigned count;
    uint64_t at;            /* where it goes on */
    uint64_t links[LINKS];  /* where the calls on the path come back to */
    unsigned depth;         /* of them */
    bool link_known;        /* ra holds the last of them */
    bool sure;              /* ahead is where the guest will be */
    struct guest_cpu ahead; /* the guest, as it will be at `at` */
    struct frame_path *frames;
    struct block_insn insns[BLOCK_INSNS_MAX];
};

/* A load, of what is in memory now. */
static void load_ahead(struct path *p, const struct insn *insn, const struct insn_info *info)
{
    uint64_t value = 0;
    unsigned shift = 64 - 8u * info->size;

    if (guest_read(&value, p->ahead.x[insn->rs1] + (uint64_t)insn->imm, info->size) < 0) {
        p->sure = false;
        return;
    }
    if (info->class & INSN_SIGNED)
        value = (uint64_t)((int64_t)(value << shift) >> shift);
    if (info->class & INSN_FD)
        p->ahead.f[insn->rd] = info->size == 4 ? value | UINT64_C(0xffffffff) << 32 : value;
    else if (insn->rd)
        p->ahead.x[insn->rd] = value;
}

static void run_ahead(struct path *p, const struct block_insn *b)
{
    const struct insn_info *info = insn_info(&b->insn);

    p->ahead.pc = b->pc;
    if (info->class & (INSN_AMO | INSN_CSR | INSN_SYSTEM))
        p->sure = false;
    else if (info->class & INSN_LOAD)
        load_ahead(p, &b->insn, info);
    else if (!(info->class & INSN_STORE) && interp_step(&p->ahead, &b->insn) != GUEST_GO)
        p->sure = false;
}

static bool visited(const struct path *p, uint64_t pc)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->insns[i].pc == pc)
            return true;
    return false;
}

static void follow(struct path *p, struct block_insn *b, uint64_t target)
{
    b->followed = true;
    b->next = p->at = target;
}

static bool follow_branch(struct path *p, struct block_insn *b)
{
    bool taken = p->sure ? p->ahead.pc != b->next : b->insn.imm < 0;

    if (taken)
        follow(p, b, b->pc + (uint64_t)b->insn.imm);
    return true;
}

/* Direct jumps and calls, and what comes back from a call on the path. */
static bool follow_jump(struct path *p, struct block_insn *b)
{
    const struct insn *insn = &b->insn;
    bool returns = insn->op == OP_JALR && insn->rd == 0 && insn->rs1 == 1 && insn->imm == 0;

    if (returns && p->depth) {
        b->guarded = !p->link_known;
        p->link_known = false;
        follow(p, b, p->links[--p->depth]);
        return true;
    }
    if (insn->op != OP_JAL || insn->rd > 1)
        return false;
    if (insn->rd == 1) {
        if (p->depth == LINKS)
            return false;
        p->links[p->depth++] = b->next;
        p->link_known = true;
    }
    follow(p, b, b->pc + (uint64_t)insn->imm);
    return true;
}

/* Adds the next instruction; false: the path ends, with it or before it. */
static bool extend(struct path *p)
{
    struct block_insn *b = &p->insns[p->count];
    uint32_t class;

    memset(b, 0, sizeof(*b));
    b->pc = p->at;
    if (guest_fetch(guest_self(), b->pc, &b->insn) == 0)
        return false;
    class = insn_info(&b->insn)->class;
    /* what the run loop does, it traces, too */
    if (p->frames && !(class & INSN_SYSTEM) && !frame_add(p->frames, b->pc, &b->insn))
        return false;
    b->index = (uint8_t)p->count++;
    b->next = p->at = b->pc + b->insn.length;
    if (class & (INSN_SYSTEM | INSN_CSR))
        return false;
    if (p->sure)
        run_ahead(p, b);
    if (class & INSN_JUMP)
        return follow_jump(p, b);
    if (class & INSN_BRANCH)
        return follow_branch(p, b);
    if (class & INSN_XD && b->insn.rd == 1)
        p->link_known = false;
    return true;
}

/* A path that came by its begin again ends there, so that it is its own next. */
static void end_at_begin(struct path *p)
{
    unsigned count = p->count;

    while (count > 1 && p->insns[count - 1].next != p->insns[0].pc)
        count--;
    if (count <= 1)
        return;
    p->count = count;
    frame_begin(p->frames, (enum frame_level)p->frames->level);
    for (unsigned i = 0; i < count; i++)
        frame_add(p->frames, p->insns[i].pc, &p->insns[i].insn);
}

struct block *block_select(const struct guest_cpu *cpu, struct frame_path *frames)
{
    struct path p = {.at = cpu->pc, .sure = true, .ahead = *cpu, .frames = frames};

    /* A traced loop is written out some times: fewer frames, and ids. */
    while (p.count < BLOCK_INSNS_MAX && (frames || !visited(&p, p.at)) && extend(&p))
        ;
    if (frames)
        end_at_begin(&p);
    size_t bytes = p.count * sizeof(p.insns[0]);
    struct block *block = calloc(1, sizeof(*block) + bytes);

    if (!block)
        return NULL;
    block->pc = cpu->pc;
    block->count = (uint16_t)p.count;
    if (bytes)
        memcpy(block->insns, p.insns, bytes);
    return block;
}
