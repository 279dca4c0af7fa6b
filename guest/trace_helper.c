/* SPDX-License-Identifier: MIT
 *
 * trace_helper.c: method 2: the interpreter runs the guest, and a helper is called
 * before and after each instruction, which copies what the frame's layout names. The
 * frames are those that translated code stores by itself.
 *
 * Reads the guest's code and the cpu. Writes frames. A path ends where code may go on
 * elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "memory.h"
#include "trace.h"

#define HASH 4096u

/* A path that this thread has run before. */
struct known {
    struct known *next;
    uint32_t id;
    bool open; /* its frame is begun, and `done` instructions are run */
    unsigned done;
    struct frame_path path;
};

struct trace_paths {
    struct known *open;
    struct known *by_pc[HASH];
};

static atomic_uint generation; /* of the code, as far as the guest says that it changed */
static __thread unsigned seen;

void trace_store(const struct guest_cpu *cpu, const struct frame_slot *slot, unsigned char *frame)
{
    const uint64_t *value = slot->reg < FRAME_F(0) ? &cpu->x[slot->reg] : &cpu->f[slot->reg - 32];
    memcpy(frame + slot->offset, value, slot->size);
}

/* ---- paths ---- */

size_t trace_code_at(uint64_t pc, struct insn *insn)
{
    uint8_t code[4] = {0};
    size_t available = guest_memory_code(pc, 4);
    if (available < 2)
        return 0;
    uint64_t raw = guest_load(pc, 2);
    if ((raw & 3) == 3 && available >= 4)
        raw |= guest_load(pc + 2, 2) << 16;
    for (unsigned i = 0; i < 4; i++)
        code[i] = (uint8_t)(raw >> 8 * i);
    return guest_decode(code, available < 4 ? 2 : 4, insn);
}

/* The path from pc on: up to what may go elsewhere, and without what engines stop
 * at. NULL: it has no instruction, or no memory. */
static struct known *path_make(uint64_t pc)
{
    struct known *k = calloc(1, sizeof(*k));
    struct insn insn;
    if (k == NULL)
        return NULL;
    frame_begin(&k->path, trace_wish.level);
    for (uint64_t at = pc; trace_code_at(at, &insn) != 0; at += insn.length) {
        uint32_t class = insn_info(&insn)->class;
        if (class & INSN_SYSTEM || !frame_add(&k->path, at, &insn) || class & INSN_ENDS)
            break;
    }
    k->id = k->path.count == 0 ? 0 : trace_declare(&k->path, k->path.count);
    if (k->path.count != 0)
        return k;
    free(k);
    return NULL;
}

static void forget(struct trace_paths *paths)
{
    for (unsigned i = 0; i < HASH; i++)
        for (struct known *k = paths->by_pc[i], *next; k != NULL; k = next) {
            next = k->next;
            free(k);
        }
    memset(paths, 0, sizeof(*paths));
}

static struct known *path_at(struct guest_cpu *cpu, uint64_t pc)
{
    struct trace_paths *paths = cpu->trace->paths;
    struct known **bucket = &paths->by_pc[(pc >> 1) * 0x9e3779b1u >> 20 & (HASH - 1)];
    for (struct known *k = *bucket; k != NULL; k = k->next)
        if (k->path.insn[0].pc == pc)
            return k;
    struct known *k = path_make(pc);
    if (k != NULL) {
        k->next = *bucket;
        *bucket = k;
    }
    return k;
}

/* ---- running ---- */

/* The helper: what the layout wants of instruction i, before or after it. */
static __attribute__((noinline)) void helper(const struct guest_cpu *cpu,
                                             const struct frame_path *path, unsigned i, bool after,
                                             unsigned char *frame)
{
    unsigned first, end = frame_slots(path, i, &first);
    for (unsigned s = first; s < end; s++)
        if (path->slot[s].after == after)
            trace_store(cpu, &path->slot[s], frame);
}

static void commit(struct guest_cpu *cpu, const struct known *k, unsigned done)
{
    struct guest_trace *t = cpu->trace;
    size_t size = frame_size(&k->path, k->path.count);
    if (done < k->path.count) {
        trace_cut(cpu, k->id, size, done);
        return;
    }
    memcpy(t->cursor->pos, &k->id, sizeof(k->id));
    etch_frame_commit(t->cursor, t->cursor->pos + size);
}

static enum guest_stop run_path(struct guest_cpu *cpu, struct known *k)
{
    struct guest_trace *t = cpu->trace;
    size_t size = frame_size(&k->path, k->path.count);
    if (k->id == 0)
        trace_nowhere(t);
    else if (!etch_frame_fits(t->cursor, size + FRAME_CUT_SIZE))
        trace_turn(cpu, size + FRAME_CUT_SIZE);
    enum guest_stop stop = GUEST_GO;
    t->paths->open = k;
    for (k->done = 0; k->done < k->path.count; k->done++) {
        helper(cpu, &k->path, k->done, false, t->cursor->pos);
        stop = interp_step(cpu, &k->path.insn[k->done].insn);
        if (stop != GUEST_GO)
            break;
        helper(cpu, &k->path, k->done, true, t->cursor->pos);
    }
    t->paths->open = NULL;
    commit(cpu, k, k->done);
    return stop;
}

void trace_helper_settle(struct guest_cpu *cpu)
{
    struct guest_trace *t = cpu->trace;
    const struct known *k = t != NULL && t->paths != NULL ? t->paths->open : NULL;
    if (k == NULL)
        return;
    t->paths->open = NULL;
    commit(cpu, k, k->done);
}

static enum guest_stop run(struct guest_cpu *cpu)
{
    struct guest_trace *t = cpu->trace;
    if (t == NULL || t->paths == NULL)
        return guest_interpreter.run(cpu);
    for (;;) {
        if (seen != atomic_load(&generation)) {
            forget(t->paths);
            seen = atomic_load(&generation);
        }
        if (atomic_load(&cpu->request) != 0)
            return GUEST_REQUEST;
        struct known *k = path_at(cpu, cpu->pc);
        struct insn insn;
        if (k == NULL) {
            size_t length = trace_code_at(cpu->pc, &insn);
            cpu->fault_address = cpu->pc + guest_memory_code(cpu->pc, 4);
            return length == 0 ? GUEST_NO_CODE : interp_step(cpu, &insn);
        }
        enum guest_stop stop = run_path(cpu, k);
        if (stop != GUEST_GO)
            return stop;
    }
}

void trace_step(struct guest_cpu *cpu, uint64_t pc, const struct insn *insn)
{
    struct frame_path path;
    if (cpu->trace == NULL)
        return;
    frame_begin(&path, trace_wish.level);
    frame_add(&path, pc, insn);
    uint32_t id = trace_declare(&path, 1);
    size_t size = frame_size(&path, 1);
    struct guest_trace *t = cpu->trace;
    if (id == 0)
        return;
    if (!etch_frame_fits(t->cursor, size))
        trace_turn(cpu, size);
    memcpy(t->cursor->pos, &id, sizeof(id));
    etch_frame_commit(t->cursor, t->cursor->pos + size);
}

static bool fault(struct guest_cpu *cpu, void *context)
{
    return guest_interpreter.fault(cpu, context);
}

static void flush(struct guest_cpu *cpu, uint64_t start, uint64_t size)
{
    atomic_fetch_add(&generation, 1);
    guest_interpreter.flush(cpu, start, size);
}

static void thread_start(struct guest_cpu *cpu)
{
    trace_thread_start(cpu);
    if (cpu->trace != NULL && cpu->trace->paths != NULL)
        forget(cpu->trace->paths);
    else if (cpu->trace != NULL)
        cpu->trace->paths = calloc(1, sizeof(*cpu->trace->paths));
    guest_interpreter.thread_start(cpu);
}

static void thread_end(struct guest_cpu *cpu)
{
    if (cpu->trace != NULL && cpu->trace->paths != NULL) {
        forget(cpu->trace->paths);
        free(cpu->trace->paths);
    }
    trace_thread_end(cpu);
    guest_interpreter.thread_end(cpu);
}

const struct guest_engine guest_trace_helper = {run, fault, flush, thread_start, thread_end};
