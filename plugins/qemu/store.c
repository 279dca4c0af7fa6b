/* SPDX-License-Identifier: MIT
 *
 * store.c: see plugin.h: the frames of a thread.
 *
 * A frame is committed once what comes behind it is reached: then its accesses and its
 * last results are there. With registers, what is reached must be what the frame leads
 * to; else a signal's handler was entered, or the path was left in its middle.
 *
 * Reads:  the guest's registers, and its memory behind each access.
 * Writes: frames, of each of the guest's threads.
 * Never:  changes the guest.
 */
#include <etch/etch.h>
#include <etch/frame.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "format/packet.h"
#include "guest/frame_class.h"
#include "plugins/qemu/plugin.h"
#include "plugins/qemu/registers.h"

enum { A0 = 10, A7 = 17 };

enum frame_level level = FRAME_BLOCKS;

/* What a thread stores. */
static __thread struct {
    struct etch_cursor *cursor;
    const struct part *open; /* whose frame is begun */
    unsigned done;           /* so many of its instructions were run, or more */
    uint64_t pc;             /* what was reached last */
    uint64_t next[2];        /* where that leads to */
    bool stale;              /* registers are not what the trace makes of them */
    bool returned;           /* a call has, with: */
    uint64_t result;
} self;

static atomic_uint next_id = FRAME_PATHS;
static atomic_uint process = 1; /* counts on in a forked child */
static atomic_uint specials;    /* the process whose dictionary has what is no path */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the dictionary ---- */

static void say(const char *what, int error)
{
    static atomic_bool said;
    if (!atomic_exchange(&said, true))
        fprintf(stderr, "etch-qemu: %s: %s\n", what, strerror(-error));
}

void part_declare(struct part *b)
{
    unsigned now = atomic_load(&process);
    pthread_mutex_lock(&lock);
    if (atomic_load(&specials) != now) {
        frame_declare_specials();
        atomic_store(&specials, now);
    }
    if (atomic_load(&b->process) != now) {
        b->id = atomic_fetch_add(&next_id, 1);
        int error = frame_declare(b->path, b->path->count, b->id);
        if (error < 0) {
            say("no dictionary for the trace of instructions, which are lost", error);
            b->id = 0;
        }
        atomic_store(&b->process, now);
    }
    pthread_mutex_unlock(&lock);
}

void store_forked(void)
{
    atomic_fetch_add(&process, 1);
    self.open = NULL;
}

/* ---- room ---- */

static void put_state(void)
{
    struct registers r;
    uint32_t id = FRAME_STATE;
    unsigned char *p = self.cursor->pos;
    registers_read(&r);
    uint32_t fflags = (uint32_t)r.v[REGISTER_FFLAGS], frm = (uint32_t)r.v[REGISTER_FRM];
    ETCH_PUT(p, id);
    ETCH_PUT(p, self.pc);
    memcpy(p, &r.v[1], (FRAME_REGISTERS - 1) * sizeof(r.v[0]));
    p += (FRAME_REGISTERS - 1) * sizeof(r.v[0]);
    ETCH_PUT(p, fflags);
    ETCH_PUT(p, frm);
    etch_frame_commit(self.cursor, p);
    self.stale = false;
}

/* For `size` bytes, behind the state where there must be one; the frame before is
 * finished. NULL: what was to be stored is lost. */
static unsigned char *room(size_t size)
{
    bool states = level_has_registers();
    if (!etch_frame_fits(self.cursor, size + (states && self.stale ? FRAME_STATE_SIZE : 0)) &&
        !etch_frame_turn(&self.cursor, size + (states ? FRAME_STATE_SIZE : 0))) {
        self.stale = true;
        return NULL;
    }
    if (states &&
        (self.stale || self.cursor->pos == self.cursor->packet + sizeof(struct etch_packet_header)))
        put_state();
    return self.cursor->pos;
}

/* ---- the open frame ---- */

/* Slots of the open frame, from registers as they are or were. */
static void put_slots(unsigned first, unsigned end, const struct registers *were)
{
    const struct frame_slot *slot = self.open->path->slot;
    for (unsigned i = first; i < end; i++) {
        uint64_t v = were != NULL ? were->v[slot[i].reg] : register_read(slot[i].reg);
        memcpy(self.cursor->pos + slot[i].offset, &v, slot[i].size);
    }
}

static void finish(const struct registers *were)
{
    const struct part *b = self.open;
    if (b == NULL)
        return;
    put_slots(b->tail, b->path->n_slots, were);
    self.open = NULL;
    etch_frame_commit(self.cursor, self.cursor->pos + b->size);
}

/* No more than `count` of its instructions were run. */
static void cut(unsigned count)
{
    const uint32_t end[2] = {FRAME_CUT, count};
    const struct part *b = self.open;
    if (b == NULL)
        return;
    self.open = NULL;
    memcpy(self.cursor->pos + b->size, end, sizeof(end));
    etch_frame_commit(self.cursor, self.cursor->pos + b->size + sizeof(end));
}

/* The instruction at pc of the open frame; -1: it has none. */
static int index_of(uint64_t pc)
{
    for (unsigned i = 0; self.open != NULL && i < self.open->path->count; i++)
        if (self.open->path->insn[i].pc == pc)
            return (int)i;
    return -1;
}

static void put_result(void)
{
    uint32_t id = FRAME_RESULT;
    unsigned char *p = room(FRAME_RESULT_SIZE);
    if (p == NULL)
        return;
    ETCH_PUT(p, id);
    ETCH_PUT(p, self.result);
    etch_frame_commit(self.cursor, p);
}

/* ---- what is reached ---- */

static bool leads_to(uint64_t pc)
{
    return pc == self.next[0] || pc == self.next[1];
}

/* All before pc was run, and nothing else. */
static void settle(uint64_t pc, const struct registers *were)
{
    int index = index_of(pc);
    if (leads_to(pc))
        finish(were);
    else
        cut(index < 0 ? self.done : (unsigned)index);
    if (leads_to(pc) && self.returned)
        put_result();
    self.returned = false;
    self.stale |= !leads_to(pc) && index < 0;
}

static void put_signal(uint64_t pc, uint32_t signal)
{
    uint32_t id = FRAME_SIGNAL;
    unsigned char *p = room(FRAME_SIGNAL_SIZE);
    self.stale = true;
    if (p == NULL)
        return;
    ETCH_PUT(p, id);
    ETCH_PUT(p, pc);
    ETCH_PUT(p, signal);
    etch_frame_commit(self.cursor, p);
}

static void arrive(uint64_t pc)
{
    struct registers before;
    uint64_t from;
    uint32_t signal;
    self.pc = pc;
    if (!level_has_registers()) {
        finish(NULL);
    } else if (!leads_to(pc) && registers_before_handler(&before, &from, &signal)) {
        settle(from, &before);
        put_signal(from, signal);
    } else {
        settle(pc, NULL);
    }
}

void store_part(unsigned vcpu, void *data)
{
    struct part *b = data;
    (void)vcpu;
    arrive(b->path->insn[0].pc);
    memcpy(self.next, b->next, sizeof(self.next));
    if (atomic_load_explicit(&b->process, memory_order_relaxed) !=
        atomic_load_explicit(&process, memory_order_relaxed))
        part_declare(b);
    unsigned char *p = b->id == 0 ? NULL : room(b->size + FRAME_CUT_SIZE);
    self.stale |= p == NULL;
    if (p == NULL)
        return;
    memcpy(p, &b->id, sizeof(b->id));
    memset(p + sizeof(b->id), 0, level == FRAME_MEMORY ? b->size - sizeof(b->id) : 0);
    self.open = b;
    self.done = 0;
}

void store_point(unsigned vcpu, void *data)
{
    const struct point *at = data;
    const struct insn *insn = &at->part->path->insn[at->insn].insn;
    (void)vcpu;
    if (self.open != NULL) {
        put_slots(at->first, at->end, NULL);
        self.done = at->insn;
    }
    if (insn->op == OP_JALR)
        self.next[0] = (register_read(insn->rs1) + (uint64_t)insn->imm) & ~UINT64_C(1);
}

/* An access of the open frame: its address, and what is there now. */
void store_access(unsigned vcpu, uint32_t info, uint64_t address, void *data)
{
    const struct frame_slot *slot = data;
    (void)vcpu, (void)info;
    if (self.open == NULL)
        return;
    unsigned char *frame = self.cursor->pos;
    memcpy(frame + slot->offset, &address, sizeof(address));
    memcpy(frame + slot[1].offset, (const void *)(uintptr_t)address, slot[1].size);
}

/* ---- system calls and ends ---- */

void store_call(const uint64_t values[7])
{
    uint32_t id = FRAME_SYSCALL;
    unsigned char *p = room(FRAME_SYSCALL_SIZE);
    if (p == NULL)
        return;
    ETCH_PUT(p, id);
    ETCH_PUT(p, self.pc);
    memcpy(p, values, 7 * sizeof(values[0]));
    etch_frame_commit(self.cursor, p + 7 * sizeof(values[0]));
    etch_frame_rest(self.cursor);
}

void store_stop(unsigned vcpu, void *data)
{
    const struct stop *stop = data;
    (void)vcpu;
    arrive(stop->pc);
    self.next[0] = self.next[1] = stop->next;
    self.stale |= !stop->call;
    if (!stop->call || !level_has_registers())
        return;
    uint64_t values[7] = {register_read(A7)};
    for (unsigned i = 0; i < 6; i++)
        values[1 + i] = register_read(A0 + i);
    store_call(values);
}

/* With registers it is stored when the next instruction is reached: not where the
 * call is begun again, or registers were restored by it. */
void store_result(uint64_t a0)
{
    if (self.cursor != NULL)
        etch_frame_wake(self.cursor);
    self.returned = true;
    self.result = a0;
    if (!level_has_registers())
        put_result();
}

void store_end(void)
{
    if (level_has_registers())
        cut(self.done); /* a signal ends the process */
    finish(NULL);
    registers_end();
    if (self.cursor != NULL)
        etch_frame_rest(self.cursor);
    self.cursor = NULL;
}
