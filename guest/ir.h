/* SPDX-License-Identifier: MIT
 *
 * ir.h: the intermediate code between guest and host instructions. Its values
 * are the guest's registers, x in IR_X(0..31) and f in IR_F(0..31), so that what
 * an instruction reads and writes can be stored into a trace at any place; an
 * operation has a size in bytes and at most one immediate. There are no other
 * values: what a guest instruction needs in between, the emitter keeps in scratch
 * registers within one operation.
 */
#ifndef ETCH_GUEST_IR_H
#define ETCH_GUEST_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <etch/tcg.h>

#include "guest/block.h"
#include "guest/frame.h"

#define IR_X(n) ((uint8_t)(n))
#define IR_F(n) ((uint8_t)(32 + (n)))
#define IR_REFS 64
#define IR_IMM  254 /* operand b is imm */
#define IR_NONE 255

enum ir_opcode {
    /* integers; size 4: the lower halves, the result's sign extended */
    IR_CONST,  /* d = imm */
    IR_EXTEND, /* d = the low `size` bytes of a, sign-extended where `sign` */
    IR_ADD,
    IR_SUB,
    IR_AND,
    IR_OR,
    IR_XOR,
    IR_SHL,
    IR_SHR,
    IR_SAR,
    IR_MUL,
    IR_MULH, /* the upper half: of signed, where `sign`, else of unsigned numbers */
    IR_DIV,  /* signed where `sign` */
    IR_REM,
    IR_SLT,       /* d = a < b, 0 or 1; signed where `sign` */
    IR_SHIFT_ADD, /* d = (a << imm) + b, imm 1 to 3 */

    /* memory at a + imm */
    IR_LOAD,       /* d (none: IR_NONE) */
    IR_STORE,      /* b */
    IR_LOAD_FLOAT, /* a float is boxed */
    IR_LR,
    IR_SC,
    IR_AMO_SWAP,
    IR_AMO_ADD,
    IR_AMO_LOOP, /* what x86 has no instruction for: `how` says it, enum ir_amo */
    IR_FENCE,

    /* floating point; size 4 or 8; results that are no numbers are made canonical */
    IR_FADD,
    IR_FSUB,
    IR_FMUL,
    IR_FDIV,
    IR_FSQRT,
    IR_FMA,        /* d = ±(a * b) ± c: `how`, enum ir_fma */
    IR_FSIGN,      /* d = a with b's sign: `how`, enum ir_sign */
    IR_FCOMPARE,   /* d = a ? b: `how`, enum ir_compare */
    IR_FROM_FLOAT, /* x d = the bits of a; size 4: sign-extended */
    IR_TO_FLOAT,   /* f d = the bits of a; size 4: boxed */
    IR_FCONVERT,   /* f d of `size` = a of the other size */
    IR_FROM_INT,   /* f d of `size` = x a, an integer of `how` bytes */
    IR_TO_INT,     /* x d, an integer of `how` bytes = f a of `size`; sign: towards zero */

    /* the way through the code */
    IR_BRANCH,   /* leaves to target if a ? b: `how`, enum ir_condition */
    IR_JUMP,     /* leaves to target */
    IR_JUMP_REG, /* leaves to (a + imm) & ~1; d: first set to target, IR_NONE: not */
    IR_GUARD,    /* leaves to (a + imm) & ~1 where that is not target */
    IR_STEP,     /* the interpreter does the instruction */
    IR_STOP,     /* leaves to target, for the run loop: `how`, enum guest_stop */

    /* a trace's: frame[imm] = a, of size bytes (4 and 8) */
    IR_TRACE,

    IR_EVENT, /* fires an event: target is its struct ir_event (tcg.h) */
};

enum ir_amo { IR_AMO_XOR, IR_AMO_AND, IR_AMO_OR, IR_AMO_MIN, IR_AMO_MAX };
enum ir_fma { IR_FMADD, IR_FMSUB, IR_FNMSUB, IR_FNMADD };
enum ir_sign { IR_SIGN_COPY, IR_SIGN_NEGATE, IR_SIGN_XOR };
enum ir_compare { IR_FEQ, IR_FLT, IR_FLE };
enum ir_condition { IR_EQ, IR_NE, IR_LT, IR_GE, IR_LTU, IR_GEU };

struct ir_op {
    uint8_t op; /* enum ir_opcode */
    uint8_t size;
    bool sign;
    uint8_t how;
    uint8_t insn; /* the index of the guest instruction that it belongs to */
    uint8_t d;
    uint8_t a;
    uint8_t b;
    uint8_t c;
    bool dead;
    int64_t imm;
    uint64_t target;
};

/* An event and its arguments. */
#define IR_EVENT_ARGS 12u
#define IR_EVENTS     (BLOCK_INSNS_MAX * 4)

struct ir_event {
    const struct etch_tcg_event *event;
    struct etch_tcg_value values[IR_EVENT_ARGS];
};

/* four operations an instruction, one a slot of the frame, and the events */
#define IR_MAX (BLOCK_INSNS_MAX * 4 + FRAME_SLOTS_MAX + IR_EVENTS)

struct ir {
    unsigned count, event_count;
    struct ir_op ops[IR_MAX];
    struct ir_event events[IR_EVENTS];
};

/* front.c: the operations of a block's instructions, and those that store what
 * `frames` names; NULL: there is no trace. */
void ir_build(struct ir *ir, const struct block *block, const struct frame_path *frames);

/* front_float.c: that of F and D; false: it is left to the interpreter. */
bool ir_build_float(struct ir *ir, const struct block *block, unsigned index);

/* optimize.c: marks operations dead whose result nobody can see. */
void ir_optimize(struct ir *ir);

#endif
