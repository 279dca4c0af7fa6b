/* SPDX-License-Identifier: MIT
 *
 * emit_trace.c: the frames that translated code stores by itself. r15 is where the
 * next one begins, all the time: at a block's entry there is one test for room,
 * slots are stored at fixed offsets, and at each way out a 0 behind the frame, the
 * id, and r15 goes on. Stores become visible in their order, so the id is the
 * frame's commit: whoever finds one finds a whole frame, and a 0 behind the last.
 * The cursor and content_size are brought up to date whenever code is left.
 *
 * Where blocks test for room, they need not look at cpu->request: that is done when
 * a packet is turned, which is soon.
 */
#include <string.h>

#include "format/packet.h"
#include "guest/emit.h"
#include "guest/trace.h"

/* Frames of at most this size, a cut behind them included, need no sum at the
 * entry: the limit lies that much before the packet's end. */
#define FRAME_SMALL 256u
/* So many times a way out is told as the whole path, cut: an entry of the dictionary
 * costs as much as some hundred such frames. */
#define LATE_CUTS 32u
/* The 0 behind the last frame. */
#define FRAME_END 4u

static unsigned room(const struct emit *e)
{
    return frame_size(e->frames, e->frames->count) + FRAME_CUT_SIZE + FRAME_END;
}

static void turn(struct emit *e, const struct cold *c)
{
    x86_bind(&e->x, c->from[0], e->x.at);
    x86_mov_imm(&e->x, RAX, (uintptr_t)e->block);
    x86_call(&e->x, e->stubs->turn);
    x86_jmp(&e->x, c->back);
}

void emit_frame_room(struct emit *e)
{
    struct cold *c = emit_cold(e, turn);
    int cursor = EMIT_CURSOR;

    if (room(e) > FRAME_SMALL) {
        cursor = RCX;
        x86_op(&e->x, X86_LEA | X86_W, RCX, x86_m(EMIT_CURSOR, (int32_t)(room(e) - FRAME_SMALL)));
    }
    x86_op(&e->x, X86_CMP | X86_W, cursor, EMIT_ENGINE(ENGINE_LIMIT));
    c->from[0] = x86_jcc(&e->x, X86_A, NULL);
    c->back = e->x.at;
}

void emit_frame_slot(struct emit *e, const struct ir_op *op)
{
    static const uint32_t code[9] = {
        [1] = X86_STORE8, [2] = X86_STORE16, [4] = X86_STORE, [8] = X86_STORE | X86_W};
    struct x86_rm to = x86_m(EMIT_CURSOR, (int32_t)op->imm);

    if (!e->block->frame)
        return;
    if (op->a < IR_F(0))
        x86_op(&e->x, code[op->size], reg_use(e, op->a), to);
    else
        x86_op(&e->x, op->size == 4 ? (uint32_t)X86_MOVSS_STORE : (uint32_t)X86_MOVSD_STORE,
               op->a == e->float_done ? e->float_reg : freg_use(e, op->a, 0), to);
}

void emit_frame_of(struct emit *e, struct block_exit *exit, unsigned done)
{
    if (!e->block->frame || done == 0)
        return;
    exit->frame_size = (uint16_t)frame_size(e->frames, done);
    if (exit->late)
        return;
    if (!e->frame_ids[done])
        e->frame_ids[done] = trace_declare(e->frames, done);
    exit->frame = e->frame_ids[done];
}

uint8_t *emit_frame_end(struct emit *e, const struct block_exit *exit)
{
    uint8_t *id;

    if (!exit->frame && !exit->late)
        return NULL;
    if (exit->frame_size == 4) {
        x86_store_imm(&e->x, 8, x86_m(EMIT_CURSOR, 0), (int32_t)exit->frame);
    } else {
        x86_store_imm(&e->x, 4, x86_m(EMIT_CURSOR, exit->frame_size), 0);
        x86_store_imm(&e->x, 4, x86_m(EMIT_CURSOR, 0), (int32_t)exit->frame);
    }
    id = e->x.at - sizeof(exit->frame);
    x86_alu_imm(&e->x, X86_GROUP_ADD, X86_W, x86_r(EMIT_CURSOR), exit->frame_size);
    return id;
}

static uint32_t declare_late(const struct block_exit *exit)
{
    const struct block *b = exit->block;
    struct frame_path path;

    frame_begin(&path, (enum frame_level)trace_wish.level);
    for (unsigned i = 0; i < exit->count; i++)
        frame_add(&path, b->insns[i].pc, &b->insns[i].insn);
    return trace_declare(&path, exit->count);
}

void emit_frame_end_late(struct guest_cpu *cpu, struct block_exit *exit)
{
    struct etch_cursor *c = cpu->trace->cursor;
    uint32_t end = 0;

    if (!exit->frame && exit->left < LATE_CUTS) {
        exit->left++;
        trace_cut(cpu, exit->block->frame, exit->block->frame_size, exit->count);
        return;
    }
    if (!exit->frame)
        exit->frame = declare_late(exit);
    if (!exit->frame)
        return;
    memcpy(c->pos + exit->frame_size, &end, sizeof(end));
    memcpy(c->pos, &exit->frame, sizeof(exit->frame));
    etch_frame_commit(c, c->pos + exit->frame_size);
}

/* Tells readers whether frames go on behind content_size. */
static void set_end(struct etch_cursor *c, uint64_t end)
{
    struct etch_packet_header *h = (struct etch_packet_header *)(void *)c->packet;

    __atomic_store_n(&h->timestamp_end, end, __ATOMIC_RELEASE);
}

void emit_cursor_take(struct guest_cpu *cpu)
{
    if (!cpu->trace)
        return;
    struct etch_cursor *c = cpu->trace->cursor;
    uintptr_t end = (uintptr_t)__atomic_load_n(&c->end, __ATOMIC_RELAXED);
    uint32_t none = 0;

    cpu->engine[ENGINE_CURSOR] = c->pos;
    cpu->engine[ENGINE_LIMIT] = NULL;
    if (end <= (uintptr_t)c->pos + FRAME_SMALL)
        return;
    cpu->engine[ENGINE_LIMIT] = (void *)(end - FRAME_SMALL);
    memcpy(c->pos, &none, sizeof(none));
    set_end(c, ETCH_PACKET_GOES_ON);
}

void emit_cursor_give(struct guest_cpu *cpu)
{
    if (!cpu->trace)
        return;
    etch_frame_commit(cpu->trace->cursor, cpu->engine[ENGINE_CURSOR]);
    set_end(cpu->trace->cursor, 0);
}

enum guest_stop emit_turn(struct guest_cpu *cpu, const struct block *block)
{
    cpu->pc = block->pc;
    emit_cursor_give(cpu);
    trace_turn(cpu, block->frame_size + FRAME_CUT_SIZE + FRAME_END);
    emit_cursor_take(cpu);
    return atomic_load(&cpu->request) ? GUEST_REQUEST : GUEST_GO;
}
