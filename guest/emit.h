/* SPDX-License-Identifier: MIT
 *
 * emit.h: host code from operations. While it runs, rbp points into the guest's
 * registers (EMIT_BIAS behind their begin, so that all x registers are near),
 * r15 is a trace's cursor, some guest registers live in host registers, over all
 * blocks alike (the pinned ones), and rax, rcx, rdx, xmm0 to xmm2 are scratch: the
 * first three remember, within a block, which other guest register they hold. A
 * register that is not pinned is stored as soon as it is computed, so that cpu is
 * whole at every instruction but for the pinned ones.
 */
#ifndef ETCH_GUEST_EMIT_H
#define ETCH_GUEST_EMIT_H

#include "guest/cpu.h"
#include "guest/ir.h"
#include "guest/x86.h"

#define EMIT_BIAS   128
#define EMIT_CPU    RBP
#define EMIT_CURSOR R15

/* What cpu->engine holds. */
enum emit_slot {
    ENGINE_JUMPS,   /* struct jump_entry[JUMP_ENTRIES] */
    ENGINE_STOP,    /* enum guest_stop, where the enter stub gives back NULL */
    ENGINE_MXCSR,   /* how the guest rounds; the host's in the upper half */
    ENGINE_SCRATCH, /* for stubs */
    ENGINE_THREAD,  /* struct run_thread, see run.c */
    ENGINE_CURSOR,  /* a trace's: where the next frame begins */
    ENGINE_LIMIT,   /* from where on a small frame has no room; see emit_trace.c */
    ENGINE_STEPS,   /* the struct block_insn that the interpreter does for a block, or NULL */
};

static inline struct x86_rm emit_cpu(size_t offset)
{
    return x86_m(EMIT_CPU, (int32_t)offset - EMIT_BIAS);
}

#define EMIT_FIELD(field)  emit_cpu(offsetof(struct guest_cpu, field))
#define EMIT_ENGINE(which) emit_cpu(offsetof(struct guest_cpu, engine) + (which) * sizeof(void *))

/* A thread's cache of indirect jumps. */
struct jump_entry {
    uint64_t pc;
    const uint8_t *code;
};
#define JUMP_BITS    12
#define JUMP_ENTRIES (1u << JUMP_BITS)
/* pc's lowest bit is 0 */
#define JUMP_INDEX(pc) ((pc) >> 1 & (JUMP_ENTRIES - 1))

/* Code that all blocks share, at the begin of the code memory; stubs.c. */
struct stubs {
    /* Runs a block; the exit that it was left by, or NULL: see ENGINE_STOP. */
    struct block_exit *(*enter)(struct guest_cpu *cpu, const uint8_t *code);
    const uint8_t *leave;    /* rax: the exit */
    const uint8_t *indirect; /* rax: the next pc, which no jump cache knows */
    const uint8_t *step;     /* called; rax: the struct block_insn that the interpreter does */
    const uint8_t *event;    /* called; rax: the event, its values behind the return address */
    const uint8_t *turn;     /* called; rax: the block that wants room for its frame */
    const uint8_t *constants;
    const uint8_t *end;
};

/* In stubs.constants, 16 bytes each. */
enum stub_constant {
    CONSTANT_BOX,   /* the upper half of a float's register */
    CONSTANT_NAN_S, /* canonical, boxed */
    CONSTANT_NAN_D,
    CONSTANT_SIGN_S,
    CONSTANT_SIGN_D,
    CONSTANT_COUNT,
};

void stubs_build(struct x86 *x, struct stubs *stubs);

/* The flags of MXCSR as fflags has them. */
uint8_t stubs_guest_flags(unsigned mxcsr);

struct emit;

/* Code behind the block's end, reached where `from` jumps. */
struct cold {
    void (*emit)(struct emit *e, const struct cold *c);
    uint8_t *from[4];
    const uint8_t *back;
    const struct ir_op *op;
    struct block_exit *exit;
    int reg;
    int condition;
};

struct emit {
    struct x86 x;
    struct block *block;
    const struct stubs *stubs;
    const struct frame_path *frames;         /* what a trace stores; NULL: there is none */
    uint32_t frame_ids[FRAME_INSNS_MAX + 1]; /* by how many instructions are done */
    uint8_t holds[3];                        /* by scratch register: a guest register, or IR_NONE */
    uint8_t locked; /* bits by scratch register: in use by this operation */
    uint8_t turn;
    uint32_t boxed; /* f registers that hold boxed floats */
    /* The f register that the operation before computed, not pinned, and where. */
    uint8_t float_done;
    int8_t float_reg;
    unsigned cold_count;
    struct cold cold[IR_MAX];
};

/* regalloc.c */
int reg_pinned(uint8_t ref);              /* its host register, or X86_NONE */
struct x86_rm reg_home(uint8_t ref);      /* its place in cpu */
struct x86_rm reg_place(uint8_t ref);     /* the host register, or the place */
int reg_use(struct emit *e, uint8_t ref); /* a host register with its value */
int reg_def(struct emit *e, uint8_t ref); /* one to compute its value in, then */
void reg_done(struct emit *e, uint8_t ref, int reg);
int reg_temp(struct emit *e);           /* a scratch register */
void reg_take(struct emit *e, int reg); /* this scratch register */
void reg_unlock(struct emit *e);        /* the operation is done */
void reg_forget(struct emit *e);        /* scratch registers hold nothing more */
void reg_forget_one(struct emit *e, uint8_t ref);
void reg_spill_all(struct x86 *x);
void reg_fill_all(struct x86 *x);

/* The same for f registers; those not pinned are loaded at each use. */
int freg_use(struct emit *e, uint8_t ref, int scratch);
int freg_def(uint8_t ref, int scratch);
void freg_done(struct emit *e, uint8_t ref, int reg);

/* emit_trace.c: the room for a frame, at the entry; a slot; the frame's end, at a
 * way out. All of them nothing where there is no trace. */
void emit_frame_room(struct emit *e);
void emit_frame_slot(struct emit *e, const struct ir_op *op);
uint8_t *emit_frame_end(struct emit *e, const struct block_exit *exit); /* where the id is */
/* The same, for the exit that was just left, if it is a late one. */
void emit_frame_end_late(struct guest_cpu *cpu, struct block_exit *exit);
/* The frame of the first `done` instructions, for the exit, which is late or not. */
void emit_frame_of(struct emit *e, struct block_exit *exit, unsigned done);
/* The cpu's cursor for the stubs, and what they left in it for all others. */
void emit_cursor_take(struct guest_cpu *cpu);
void emit_cursor_give(struct guest_cpu *cpu);
/* Room for the block's frame: what stubs->turn calls. It may want to be left. */
enum guest_stop emit_turn(struct guest_cpu *cpu, const struct block *block);

/* emit.c */
bool emit_block(struct emit *e, const struct ir *ir); /* false: no room */
struct cold *emit_cold(struct emit *e, void (*emit)(struct emit *, const struct cold *));
void emit_step(struct emit *e, const struct ir_op *op);
/* The interpreter does the instruction where one of the places jumps; all goes on here. */
void emit_step_cold(struct emit *e, const struct ir_op *op, uint8_t *const places[4]);

/* One kind of operation each. */
void emit_arithmetic(struct emit *e, const struct ir_op *op);
void emit_multiply(struct emit *e, const struct ir_op *op);
void emit_divide(struct emit *e, const struct ir_op *op);
void emit_memory(struct emit *e, const struct ir_op *op);
void emit_atomic(struct emit *e, const struct ir_op *op);
void emit_float(struct emit *e, const struct ir_op *op);
void emit_event(struct emit *e, const struct ir_op *op);

/* What stubs->event calls. */
void emit_call_event(struct guest_cpu *cpu, const struct etch_tcg_event *event,
                     const uint64_t *values);

bool emit_has_bmi2(void);
bool emit_has_fma(void);

#endif
