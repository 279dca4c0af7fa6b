/* SPDX-License-Identifier: MIT
 *
 * stubs.c: the code that all blocks share: into translated code and out of it,
 * and calls of the interpreter. Here host and guest change places: registers, and
 * MXCSR, in which the host's and the guest's rounding and flags differ.
 */
#include <string.h>

#include "guest/emit.h"

static const int8_t saved[] = {RBX, RBP, R12, R13, R14, R15};

/* In the order of MXCSR's flags, invalid, denormal, zero, overflow, underflow,
 * precision: those of RISC-V. */
uint8_t stubs_guest_flags(unsigned mxcsr)
{
    return (uint8_t)((mxcsr & 1 ? 16 : 0) | (mxcsr & 4 ? 8 : 0) | (mxcsr & 8 ? 4 : 0) |
                     (mxcsr & 16 ? 2 : 0) | (mxcsr & 32 ? 1 : 0));
}

static void write_constants(struct x86 *x, struct stubs *s)
{
    static const uint64_t values[CONSTANT_COUNT][2] = {
        [CONSTANT_BOX] = {0xffffffff00000000, 0},    [CONSTANT_NAN_S] = {0xffffffff7fc00000, 0},
        [CONSTANT_NAN_D] = {0x7ff8000000000000, 0},  [CONSTANT_SIGN_S] = {0x80000000, 0},
        [CONSTANT_SIGN_D] = {0x8000000000000000, 0},
    };

    s->constants = x->at;
    memcpy(x->at, values, sizeof(values));
    x->at += sizeof(values);
    for (unsigned i = 0; i < 64; i++)
        *x->at++ = stubs_guest_flags(i);
}

/* The guest's flags into cpu->fflags, the host's MXCSR back; rax and rdx are kept. */
static void leave_float(struct x86 *x, const struct stubs *s)
{
    x86_op(x, X86_STORE | X86_W, RDX, EMIT_ENGINE(ENGINE_SCRATCH));
    x86_stmxcsr(x, x86_m(RSP, 0));
    x86_op(x, X86_MOV, RCX, x86_m(RSP, 0));
    x86_alu_imm(x, X86_GROUP_AND, 0, x86_r(RCX), 63);
    x86_op(x, X86_LEA | X86_W, RDX, x86_at(s->constants + CONSTANT_COUNT * 16));
    x86_op(x, X86_MOVZX8, RCX, x86_mx(RDX, RCX, 0, 0));
    x86_op(x, 0x09, RCX, EMIT_FIELD(fflags));
    struct x86_rm host = EMIT_ENGINE(ENGINE_MXCSR);

    host.disp += 4;
    x86_ldmxcsr(x, host);
    x86_op(x, X86_MOV | X86_W, RDX, EMIT_ENGINE(ENGINE_SCRATCH));
}

static void back_to_c(struct x86 *x)
{
    x86_alu_imm(x, X86_GROUP_ADD, X86_W, x86_r(RSP), 24);
    for (unsigned i = sizeof(saved); i-- > 0;)
        x86_pop(x, saved[i]);
    x86_ret(x);
}

/* enter(rdi: cpu, rsi: code). Six registers and the return address are on the
 * stack; with 24 bytes more it is aligned for calls, 8 of them are scratch. */
static void write_enter(struct x86 *x, struct stubs *s)
{
    void *at = x->at;

    memcpy(&s->enter, &at, sizeof(at));
    for (unsigned i = 0; i < sizeof(saved); i++)
        x86_push(x, saved[i]);
    x86_alu_imm(x, X86_GROUP_SUB, X86_W, x86_r(RSP), 24);
    x86_op(x, X86_LEA | X86_W, RBP, x86_m(RDI, EMIT_BIAS));
    x86_ldmxcsr(x, EMIT_ENGINE(ENGINE_MXCSR));
    x86_mov(x, RAX, RSI);
    reg_fill_all(x);
    x86_op(x, X86_MOV | X86_W, EMIT_CURSOR, EMIT_ENGINE(ENGINE_CURSOR));
    x86_jmp_rm(x, x86_r(RAX));
}

static void write_leave(struct x86 *x, struct stubs *s)
{
    s->indirect = x->at;
    x86_op(x, X86_STORE | X86_W, RAX, EMIT_FIELD(pc));
    x86_mov(x, RAX, RDX);
    s->leave = x->at;
    x86_op(x, X86_STORE | X86_W, EMIT_CURSOR, EMIT_ENGINE(ENGINE_CURSOR));
    reg_spill_all(x);
    leave_float(x, s);
    back_to_c(x);
}

static enum guest_stop step(struct guest_cpu *cpu, const struct block_insn *b)
{
    enum guest_stop stop;

    cpu->pc = b->pc;
    cpu->engine[ENGINE_STEPS] = (void *)(uintptr_t)b;
    stop = interp_step(cpu, &b->insn);
    if (stop == GUEST_GO)
        cpu->engine[ENGINE_STEPS] = NULL;
    return stop;
}

/* A call of C with cpu and rax, from a block: the stack is off by the return address. */
static void write_call(struct x86 *x, const struct stubs *s, uintptr_t function)
{
    x86_alu_imm(x, X86_GROUP_SUB, X86_W, x86_r(RSP), 8);
    x86_op(x, X86_STORE | X86_W, EMIT_CURSOR, EMIT_ENGINE(ENGINE_CURSOR));
    reg_spill_all(x);
    leave_float(x, s);
    x86_op(x, X86_LEA | X86_W, RDI, x86_m(RBP, -EMIT_BIAS));
    x86_mov(x, RSI, RAX);
    x86_mov_imm(x, RAX, function);
    x86_call_rm(x, x86_r(RAX));
}

static void write_return(struct x86 *x)
{
    x86_ldmxcsr(x, EMIT_ENGINE(ENGINE_MXCSR));
    reg_fill_all(x);
    x86_op(x, X86_MOV | X86_W, EMIT_CURSOR, EMIT_ENGINE(ENGINE_CURSOR));
    x86_alu_imm(x, X86_GROUP_ADD, X86_W, x86_r(RSP), 8);
    x86_ret(x);
}

/* A function that answers enum guest_stop: where it is not GUEST_GO, code is left. */
static void write_stopping_call(struct x86 *x, const struct stubs *s, uintptr_t function)
{
    uint8_t *stopped;

    write_call(x, s, function);
    x86_op(x, X86_TEST, RAX, x86_r(RAX));
    stopped = x86_jcc(x, X86_NE, NULL);
    write_return(x);

    x86_bind(x, stopped, x->at);
    x86_op(x, X86_STORE | X86_W, RAX, EMIT_ENGINE(ENGINE_STOP));
    x86_mov_imm(x, RAX, 0);
    x86_alu_imm(x, X86_GROUP_ADD, X86_W, x86_r(RSP), 16);
    back_to_c(x);
}

/* Called with values of an event behind the return address. */
static void write_event(struct x86 *x, struct stubs *s)
{
    s->event = x->at;
    x86_op(x, X86_LEA | X86_W, RDX, x86_m(RSP, 8));
    write_call(x, s, (uintptr_t)emit_call_event);
    write_return(x);
}

void stubs_build(struct x86 *x, struct stubs *s)
{
    write_constants(x, s);
    x86_align(x, 16);
    write_enter(x, s);
    x86_align(x, 16);
    write_leave(x, s);
    x86_align(x, 16);
    s->step = x->at;
    write_stopping_call(x, s, (uintptr_t)step);
    x86_align(x, 16);
    write_event(x, s);
    x86_align(x, 16);
    s->turn = x->at;
    write_stopping_call(x, s, (uintptr_t)emit_turn);
    x86_align(x, 64);
    s->end = x->at;
}
