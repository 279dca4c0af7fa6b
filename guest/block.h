/* SPDX-License-Identifier: MIT
 *
 * block.h: a block, the unit of translation: a straight path through the guest's
 * code from one pc, over direct jumps and past branches that are not expected to
 * be taken, and the ways out of it.
 */
#ifndef ETCH_GUEST_BLOCK_H
#define ETCH_GUEST_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/decode.h"

#define BLOCK_INSNS_MAX 64u

struct block_insn {
    uint64_t pc;
    uint64_t next; /* where the path goes on, or went on if there were more of it */
    struct insn insn;
    uint32_t code; /* where its host code begins, from block->code */
    uint8_t index; /* of this one in block->insns */
    bool guarded;  /* followed by a guess that is to be checked */
    bool followed; /* a branch or jump: the path goes on at its target */
};

/* A way out: how the path ends there, after `count` instructions. */
enum block_leave {
    LEAVE_DIRECT,   /* to pc `target` */
    LEAVE_INDIRECT, /* to what a register says */
    LEAVE_STOP,     /* to the run loop, at `target`: ecall and the like */
};

struct block_exit {
    struct block *block; /* that it belongs to */
    uint64_t target;
    uint8_t *place; /* LEAVE_DIRECT: the distance of its jump */
    uint8_t leave;
    uint8_t stop;        /* LEAVE_STOP: enum guest_stop */
    uint8_t count;       /* instructions that are done when it is left here */
    uint32_t frame;      /* a trace's frame of the instructions that are done; 0: none */
    uint16_t frame_size; /* its size */
    /* Its frame has no id before it has been left here a few times, as most never are:
     * the run loop ends the frame, then links `from` to `end`. */
    bool late;
    uint8_t left; /* so many times, without an id */
    uint8_t *from; /* the distance of the jump that leaves the straight way */
    uint8_t *end;  /* the code that ends the frame and goes to the target */
    uint8_t *id;   /* the id in it */
    bool back;     /* may close a loop: its target is entered where requests are looked at */
};

struct block {
    uint64_t pc;
    bool careful;       /* what rounds is the interpreter's: frm is what x86 has not */
    struct block *next; /* with the same hash */
    const uint8_t *code;
    uint32_t size;    /* of its code */
    uint32_t checked; /* the entry that looks at cpu->request first, from code */
    uint32_t entry;   /* the one that does not */
    uint16_t count;
    uint16_t exit_count;
    struct block_exit *exits;
    uint32_t frame; /* a trace's, of all its instructions; 0: there is none */
    uint16_t frame_size;
    struct block_insn insns[]; /* count of them */
};

struct frame_path;
struct guest_cpu;

/* The path that begins at cpu->pc, with nothing else of a block filled in; NULL: no
 * memory. count is 0 where there is no code at pc. `frames`: what a trace stores of
 * it, begun by the caller; NULL: there is no trace. */
struct block *block_select(const struct guest_cpu *cpu, struct frame_path *frames);

#endif
