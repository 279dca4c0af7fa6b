/* SPDX-License-Identifier: MIT
 *
 * frame.h: what a frame of guest instructions holds: the one place that says which
 * value of which instruction is stored where. Translator, helper, plugin and reader
 * all ask it, and so agree.
 *
 * A frame (etch/frame.h) tells that a path of instructions was run: it is a u32, the
 * id of the path in the trace's dictionary, and the path's slots. Slots stand in
 * the order of the instructions that they belong to, so that the frame of the first
 * N instructions of a path is the beginning of the frame of all: a block that is
 * left in its middle has an id for each way out, and the same offsets.
 *
 * Reads:  decoded instructions.
 * Writes: a path.
 * Never:  looks at a register or at memory.
 */
#ifndef ETCH_GUEST_FRAME_H
#define ETCH_GUEST_FRAME_H

#include "disas.h"

#define FRAME_INSNS_MAX 64u
#define FRAME_SLOTS_MAX (4 * FRAME_INSNS_MAX)
/* The largest frame. */
#define FRAME_SIZE_MAX (4 + 8 * FRAME_SLOTS_MAX)

enum frame_level {
    FRAME_BLOCKS, /* which way the guest went: no slots */
    FRAME_REPLAY, /* what cannot be computed: what loads and the like gave */
    FRAME_FULL,   /* each register that an instruction reads or writes */
    FRAME_MEMORY, /* address and data of each load and store, of who sees no registers */
    /* Each result. What a path reads first is one of a frame before it, or of the
     * packet's state: so each value is stored once. Readers make it full. */
    FRAME_RESULTS,
};

/* Registers of both kinds by one number. */
#define FRAME_X(n)      ((uint8_t)(n))
#define FRAME_F(n)      ((uint8_t)(32 + (n)))
#define FRAME_REGISTERS 64
/* In the place of one: of level memory. What atomic instructions leave there. */
#define FRAME_ADDRESS 64
#define FRAME_DATA    65

/* Ids of frames that are no paths; those of paths begin behind them. */
enum frame_id {
    /* u32: of the path before only so many instructions were run; the slots of
     * others hold anything. A fault in the middle of a block. */
    FRAME_CUT = 1,
    /* The whole register file: pc, x1 to x31, f0 to f31, then u32 fflags and frm. At
     * replay and full at the beginning of each packet, and whenever registers change
     * otherwise than by instructions. What was reserved (lr) is forgotten. */
    FRAME_STATE = 2,
    /* An ecall that is begun: u64 pc, number, a0 to a5. */
    FRAME_SYSCALL = 3,
    /* What it gave: u64 a0. Missing where the call does not come back, or is
     * interrupted and begun again. */
    FRAME_RESULT = 4,
    /* u64 pc, u32 signal: it is delivered in front of the instruction at pc. */
    FRAME_SIGNAL = 5,
    /* Of paths, and of what is never stored: an entry whose attributes say
     * "image BASE PATH" tells of a file of the guest's that is loaded there. */
    FRAME_PATHS = 16,
};

#define FRAME_STATE_SIZE   (4 + 8 * 64 + 2 * 4)
#define FRAME_SYSCALL_SIZE (4 + 8 * 8)
#define FRAME_RESULT_SIZE  (4 + 8)
#define FRAME_SIGNAL_SIZE  (4 + 8 + 4)
#define FRAME_CUT_SIZE     (4 + 4)

/* How a slot's bytes become the register's value. */
enum frame_extend {
    EXTEND_ZERO,
    EXTEND_SIGN,
    EXTEND_BOX, /* a float's: the upper half is ones */
};

/* The low `size` bytes of a register, before its instruction is run or after. */
struct frame_slot {
    uint16_t offset; /* in the frame */
    uint8_t insn;    /* its index */
    uint8_t reg;     /* FRAME_X(n), FRAME_F(n) */
    uint8_t size;    /* 1, 2, 4, 8 */
    uint8_t extend;  /* enum frame_extend */
    bool after;
};

/* Where a value of an instruction is found. */
enum frame_source {
    VALUE_NONE,     /* it has none */
    VALUE_UNKNOWN,  /* it has, and the frame does not tell */
    VALUE_MOVED,    /* level results: of register `number`, of which no slot tells */
    VALUE_SLOT,     /* `number`: of the slot */
    VALUE_CONSTANT, /* `number`: the instruction, of which it follows */
};

struct frame_value {
    uint8_t source;
    uint8_t number;
    uint8_t reg;
};

struct frame_insn {
    uint64_t pc;
    struct insn insn;
    struct frame_value in[3]; /* of rs1 to rs3; number 0 always reads 0: VALUE_NONE */
    struct frame_value out;
    struct frame_value address, data; /* level memory */
    uint64_t constant;                /* what `out` is, as VALUE_CONSTANT */
    uint16_t size;                    /* of the frame of all up to this one */
    uint16_t slots;                   /* the slots up to this one */
};

struct frame_path {
    uint8_t level;
    uint16_t count;
    uint16_t n_slots;
    struct frame_value now[FRAME_REGISTERS]; /* while it is made */
    struct frame_slot slot[FRAME_SLOTS_MAX];
    struct frame_insn insn[FRAME_INSNS_MAX];
};

/* An empty path. */
void frame_begin(struct frame_path *path, enum frame_level level);

/* The next instruction that is run, wherever it lies. False: the path is full. */
bool frame_add(struct frame_path *path, uint64_t pc, const struct insn *insn);

/* The size of a frame of its first `count` instructions, its id included. */
static inline unsigned frame_size(const struct frame_path *path, unsigned count)
{
    return count == 0 ? 4 : path->insn[count - 1].size;
}

/* The slots of instruction i: [*first, return value). Those that are `after` come
 * last. */
static inline unsigned frame_slots(const struct frame_path *path, unsigned i, unsigned *first)
{
    *first = i == 0 ? 0 : path->insn[i - 1].slots;
    return path->insn[i].slots;
}

/* A slot's bytes as the value of its register. */
uint64_t frame_slot_value(const struct frame_slot *slot, const unsigned char *frame);

/* A value of the path's frame; UNKNOWN and NONE are 0. */
uint64_t frame_value(const struct frame_path *path, const struct frame_value *value,
                     const unsigned char *frame);

/* The text that the dictionary has for the first `count` instructions: the level, and
 * their code by runs that lie behind each other: "full 10078:13052100b780 1009a:8280".
 * Its length; what is longer than `size` is cut. */
size_t frame_attributes(const struct frame_path *path, unsigned count, char *text, size_t size);

/* The path of such a text. False: it is none. */
bool frame_parse(struct frame_path *path, const char *attributes);

static inline const char *frame_register_name(uint8_t reg)
{
    return reg < FRAME_F(0) ? guest_x_names[reg] : guest_f_names[reg - FRAME_F(0)];
}

#endif
