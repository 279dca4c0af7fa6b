/* SPDX-License-Identifier: MIT
 *
 * block.c: chooses the path of a block. Reads the guest's code; writes nothing
 * but the new block.
 */
#include <stdlib.h>
#include <string.h>

#include "guest/block.h"
#include "guest/frame.h"
#include "guest/memory.h"

struct path {
    unsigned count;
    uint64_t at;   /* where it goes on */
    uint64_t link; /* what ra holds, while it is known */
    bool link_known;
    struct frame_path *frames;
    struct block_insn insns[BLOCK_INSNS_MAX];
};

static bool visited(const struct path *p, uint64_t pc)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->insns[i].pc == pc)
            return true;
    return false;
}

/* A jump goes on at `target`, unless the path would meet itself. */
static bool follow(struct path *p, struct block_insn *b, uint64_t target)
{
    if (visited(p, target))
        return false;
    b->followed = true;
    p->at = target;
    return true;
}

static bool follow_jump(struct path *p, struct block_insn *b)
{
    const struct insn *insn = &b->insn;
    uint64_t next = b->pc + insn->length;
    uint64_t target = insn->op == OP_JAL ? b->pc + (uint64_t)insn->imm : p->link;

    if (insn->op == OP_JALR &&
        (!p->link_known || insn->rd != 0 || insn->rs1 != 1 || insn->imm != 0))
        return false;
    if (insn->rd == 1) {
        p->link = next;
        p->link_known = true;
    } else if (insn->rd != 0) {
        return false;
    }
    return follow(p, b, target);
}

/* Adds the next instruction; false: the path ends, with it or before it. */
static bool extend(struct path *p)
{
    struct block_insn *b = &p->insns[p->count];
    uint32_t class;

    memset(b, 0, sizeof(*b));
    b->pc = p->at;
    size_t available = guest_memory_code(b->pc, 4);

    if (!available || !guest_decode((const uint8_t *)(uintptr_t)b->pc, available, &b->insn))
        return false;
    class = insn_info(&b->insn)->class;
    /* what the run loop does, it traces, too */
    if (p->frames && !(class & INSN_SYSTEM) && !frame_add(p->frames, b->pc, &b->insn))
        return false;
    b->index = (uint8_t)p->count++;
    if (class & INSN_SYSTEM)
        return false;
    if (class & INSN_JUMP)
        return follow_jump(p, b);
    if (class & INSN_BRANCH && b->insn.imm <= 0)
        return false;
    if (class & INSN_CSR)
        return false;
    if (class & INSN_XD && b->insn.rd == 1)
        p->link_known = false;
    p->at += b->insn.length;
    return true;
}

struct block *block_select(uint64_t pc, struct frame_path *frames)
{
    struct path p;

    p.count = 0;
    p.at = pc;
    p.link_known = false;
    p.frames = frames;
    while (p.count < BLOCK_INSNS_MAX && extend(&p))
        ;
    size_t bytes = p.count * sizeof(p.insns[0]);
    struct block *block = calloc(1, sizeof(*block) + bytes);

    if (!block)
        return NULL;
    block->pc = pc;
    block->count = (uint16_t)p.count;
    if (bytes)
        memcpy(block->insns, p.insns, bytes);
    return block;
}
