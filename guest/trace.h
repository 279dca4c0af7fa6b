/* SPDX-License-Identifier: MIT
 *
 * trace.h: the frames (frame.h) of a guest that runs: what the engines store, and
 * where. A thread has a cursor (etch/frame.h) in etch's pool.
 *
 * A translator that stores by itself does, for each block:
 *
 *  - when it is translated: frame_begin() and frame_add() for its instructions, and
 *    for each way out trace_declare() of the instructions that are done there;
 *  - at its entry: cursor->pos + frame_size(path, count) <= cursor->end? If not: the
 *    cpu up to date, cursor->pos too, trace_turn(), and cursor = trace->cursor;
 *  - each slot at pos + slot.offset, in front of its instruction or behind it;
 *  - at a way out: the id at pos, pos += frame_size(path, count), and the commit of
 *    etch_frame_commit(): (pos - cursor->packet) * 8 to cursor->packet + 48;
 *  - at a fault in it: trace_cut().
 */
#ifndef ETCH_GUEST_TRACE_H
#define ETCH_GUEST_TRACE_H

#include <etch/frame.h>

#include "cpu.h"
#include "frame.h"

struct trace_paths; /* trace_helper.c */

/* One a thread, cpu->trace; NULL: it is not traced. */
struct guest_trace {
    struct etch_cursor *cursor; /* where the next frame goes, never NULL */
    struct etch_cursor *own;    /* the thread's, once it has one */
    struct etch_cursor nowhere; /* while there is no room: each frame asks again */
    uint64_t open_pc;           /* of a system call that has not come back */
    struct trace_paths *paths;
    unsigned char scratch[256 + FRAME_SIZE_MAX];
};

/* What is wanted, from the command line. */
struct trace_wish {
    bool on;
    bool helper; /* --trace-method=helper */
    uint8_t level;
};
extern struct trace_wish trace_wish;

/* "blocks", "replay", "full"; false: none of them. */
bool trace_parse_level(const char *text);

/* A file of the guest is in memory, `base` above its own addresses. */
void trace_image(uint64_t base, const char *path);

/* A thread begins to trace, if that is wanted; in a forked child the dictionary is
 * begun anew, too, and all ids of before are void. Of thread_start. */
void trace_thread_start(struct guest_cpu *cpu);
void trace_thread_end(struct guest_cpu *cpu);

/* The dictionary's entry for the first `count` instructions of a path: its id, or 0:
 * frames of it must not be stored (it was said why). */
uint32_t trace_declare(const struct frame_path *path, unsigned count);

/* Makes room for `size` bytes at trace->cursor->pos; cpu is up to date. There is always
 * some, and counted is what is lost in it. A new packet begins with the state. */
void trace_turn(struct guest_cpu *cpu, size_t size);

/* What is stored until the next turn, which the next frame asks for, goes nowhere. */
void trace_nowhere(struct guest_trace *trace);

/* Of a frame that is begun at cursor->pos only `insns` instructions were run: commits
 * it as the path `id` of `size` bytes, and says so, for which there was room, too. */
void trace_cut(struct guest_cpu *cpu, uint32_t id, size_t size, unsigned insns);

/* An ecall: before it, with pc its own, and after it. */
void trace_syscall(struct guest_cpu *cpu);
void trace_result(struct guest_cpu *cpu);
/* A handler is entered: cpu is that of its first instruction. */
void trace_signal(struct guest_cpu *cpu, uint64_t from_pc, unsigned signal);
/* An instruction that no engine runs (fence.i) was run. */
void trace_step(struct guest_cpu *cpu, uint64_t pc, const struct insn *insn);

/* trace_helper.c: the interpreter, with a helper that is called for each
 * instruction: method 2, and all there is on hosts without a translator. */
extern const struct guest_engine guest_trace_helper;
/* A fault has left an instruction: what was run before it is committed. */
void trace_helper_settle(struct guest_cpu *cpu);
/* The instruction at pc: its length, or 0: it cannot be executed from there. */
size_t trace_code_at(uint64_t pc, struct insn *insn);
/* A slot's bytes from the cpu. */
void trace_store(const struct guest_cpu *cpu, const struct frame_slot *slot, unsigned char *frame);

#endif
