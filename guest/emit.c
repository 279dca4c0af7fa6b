/* SPDX-License-Identifier: MIT
 *
 * emit.c: the host code of a block: its entries, its operations one after the
 * other, the ways out, and behind them what is seldom run.
 */
#include <stdlib.h>
#include <string.h>

#include "guest/emit.h"

bool emit_has_bmi2(void)
{
    return __builtin_cpu_supports("bmi2");
}

bool emit_has_fma(void)
{
    return __builtin_cpu_supports("fma");
}

struct cold *emit_cold(struct emit *e, void (*emit)(struct emit *, const struct cold *))
{
    struct cold *c = &e->cold[e->cold_count++];

    *c = (struct cold){.emit = emit};
    return c;
}

static void load_pointer(struct emit *e, int reg, const void *pointer)
{
    x86_mov_imm(&e->x, reg, (uintptr_t)pointer);
}

static void call_step(struct emit *e, const struct ir_op *op)
{
    load_pointer(e, RAX, &e->block->insns[op->insn]);
    x86_call(&e->x, e->stubs->step);
}

static void forget_float(struct emit *e, const struct ir_op *op)
{
    const struct insn *insn = &e->block->insns[op->insn].insn;

    if (insn_info(insn)->class & INSN_FD)
        e->boxed &= ~(1u << insn->rd);
}

void emit_step(struct emit *e, const struct ir_op *op)
{
    call_step(e, op);
    reg_forget(e);
    forget_float(e, op);
}

static void bind_all(struct emit *e, const struct cold *c)
{
    for (unsigned i = 0; i < 4; i++)
        if (c->from[i])
            x86_bind(&e->x, c->from[i], e->x.at);
}

static void step_and_return(struct emit *e, const struct cold *c)
{
    bind_all(e, c);
    call_step(e, c->op);
    x86_jmp(&e->x, c->back);
}

void emit_step_cold(struct emit *e, const struct ir_op *op, uint8_t *const places[4])
{
    struct cold *c = emit_cold(e, step_and_return);

    c->op = op;
    memcpy(c->from, places, sizeof(c->from));
    c->back = e->x.at;
    reg_forget(e);
    e->float_done = IR_NONE;
}

static struct block_exit *new_exit(struct emit *e, enum block_leave leave, unsigned done,
                                   uint64_t target, bool late)
{
    struct block_exit *exit = &e->block->exits[e->block->exit_count++];

    *exit = (struct block_exit){.block = e->block,
                                .leave = (uint8_t)leave,
                                .count = (uint8_t)done,
                                .target = target,
                                .late = late};
    emit_frame_of(e, exit, done);
    return exit;
}

/* An exit that is not yet linked, or does not want to be. */
static void leave(struct emit *e, const struct cold *c)
{
    bind_all(e, c);
    load_pointer(e, RAX, c->exit);
    x86_jmp(&e->x, e->stubs->leave);
}

/* Whether the exit may close a loop of blocks: in each, one leads to a block that does
 * not begin behind its own begin. (Its path may have gone backwards before.) */
static bool goes_back(const struct emit *e, const struct ir_op *op)
{
    return op->target <= e->block->pc;
}

/* A late exit: out to the run loop, until that has linked it to what follows. */
static void leave_late(struct emit *e, const struct cold *c)
{
    leave(e, c);
    c->exit->from = c->from[0];
    c->exit->end = e->x.at;
    c->exit->id = emit_frame_end(e, c->exit);
    c->exit->place = x86_jmp_patchable(&e->x);
}

static struct block_exit *direct_exit(struct emit *e, const struct ir_op *op, bool late)
{
    struct block_exit *exit = new_exit(e, LEAVE_DIRECT, op->insn + 1u, op->target, late);

    exit->back = goes_back(e, op);
    return exit;
}

static enum x86_condition compare(struct emit *e, const struct ir_op *op)
{
    static const enum x86_condition conditions[] = {X86_E, X86_NE, X86_L, X86_GE, X86_B, X86_AE};
    static const enum x86_condition swapped[] = {X86_E, X86_NE, X86_G, X86_LE, X86_A, X86_BE};

    if (op->a == 0 && op->b != 0) {
        int rb = reg_use(e, op->b);

        x86_op(&e->x, X86_TEST | X86_W, rb, x86_r(rb));
        return swapped[op->how];
    }
    int ra = reg_use(e, op->a);

    if (op->b == 0)
        x86_op(&e->x, X86_TEST | X86_W, ra, x86_r(ra));
    else
        x86_op(&e->x, X86_CMP | X86_W, ra, x86_r(reg_use(e, op->b)));
    return conditions[op->how];
}

static void emit_branch(struct emit *e, const struct ir_op *op)
{
    enum x86_condition condition = compare(e, op);

    struct block_exit *exit = direct_exit(e, op, e->block->frame != 0);
    struct cold *c = emit_cold(e, exit->late ? leave_late : leave);

    c->exit = exit;
    c->from[0] = exit->place = x86_jcc_patchable(&e->x, condition);
}

static void emit_jump(struct emit *e, const struct ir_op *op)
{
    struct block_exit *exit = direct_exit(e, op, false);
    struct cold *c = emit_cold(e, leave);

    emit_frame_end(e, exit);
    c->exit = exit;
    c->from[0] = exit->place = x86_jmp_patchable(&e->x);
}

/* A jump to rax that the jump cache does not know. */
static void leave_indirect(struct emit *e, const struct cold *c)
{
    bind_all(e, c);
    load_pointer(e, RDX, c->exit);
    x86_jmp(&e->x, e->stubs->indirect);
}

/* (a + imm) & ~1 into rax */
static void load_target(struct emit *e, const struct ir_op *op, struct x86_rm a)
{
    if (a.memory || op->imm == 0)
        x86_op(&e->x, X86_MOV | X86_W, RAX, a);
    if (op->imm != 0)
        x86_op(&e->x, X86_LEA | X86_W, RAX, x86_m(a.memory ? RAX : a.base, (int32_t)op->imm));
    x86_alu_imm(&e->x, X86_GROUP_AND, X86_W, x86_r(RAX), -2);
}

/* Looks rax up in the thread's jump cache and goes there; the place that jumps where it
 * is not known is the caller's to bind. */
static uint8_t *look_up(struct emit *e)
{
    uint8_t *unknown;

    x86_op(&e->x, X86_MOV | X86_W, RDX, EMIT_ENGINE(ENGINE_JUMPS));
    x86_op(&e->x, X86_MOV, RCX, x86_r(RAX));
    x86_alu_imm(&e->x, X86_GROUP_AND, 0, x86_r(RCX), (JUMP_ENTRIES - 1) << 1);
    _Static_assert(sizeof(struct jump_entry) == 16, "the index, twice, times 8");
    x86_op(&e->x, X86_CMP | X86_W, RAX, x86_mx(RDX, RCX, 3, 0));
    unknown = x86_jcc(&e->x, X86_NE, NULL);
    x86_jmp_rm(&e->x, x86_mx(RDX, RCX, 3, 8));
    return unknown;
}

static void emit_jump_reg(struct emit *e, const struct ir_op *op)
{
    struct cold *c = emit_cold(e, leave_indirect);

    c->exit = new_exit(e, LEAVE_INDIRECT, op->insn + 1u, 0, false);
    reg_take(e, RAX);
    load_target(e, op, reg_place(op->a));
    if (op->d != IR_NONE) {
        struct ir_op link = {.op = IR_CONST, .d = op->d, .imm = (int64_t)op->target};

        emit_arithmetic(e, &link);
    }
    emit_frame_end(e, c->exit);
    c->from[0] = look_up(e);
}

/* The guess was wrong. */
static void leave_guard(struct emit *e, const struct cold *c)
{
    struct cold miss = {.exit = c->exit};

    bind_all(e, c);
    load_target(e, c->op, reg_place(c->op->a));
    emit_frame_end(e, c->exit);
    miss.from[0] = look_up(e);
    leave_indirect(e, &miss);
}

static void emit_guard(struct emit *e, const struct ir_op *op)
{
    struct cold *c = emit_cold(e, leave_guard);
    struct x86_rm place = reg_place(op->a);

    c->op = op;
    c->exit = new_exit(e, LEAVE_INDIRECT, op->insn + 1u, 0, false);
    if ((int64_t)op->target == (int32_t)op->target) {
        x86_alu_imm(&e->x, X86_GROUP_CMP, X86_W, place, (int32_t)op->target);
    } else {
        int t = reg_temp(e);

        x86_mov_imm(&e->x, t, op->target);
        x86_op(&e->x, X86_CMP | X86_W, t, place);
    }
    c->from[0] = x86_jcc(&e->x, X86_NE, NULL);
}

static void emit_stop(struct emit *e, const struct ir_op *op)
{
    unsigned done = op->insn + (op->how == GUEST_GO ? 1u : 0);
    struct block_exit *exit = new_exit(e, LEAVE_STOP, done, op->target, false);

    exit->stop = op->how;
    emit_frame_end(e, exit);
    load_pointer(e, RAX, exit);
    x86_jmp(&e->x, e->stubs->leave);
}

static void emit_op(struct emit *e, const struct ir_op *op)
{
    if (op->op != IR_TRACE)
        e->float_done = IR_NONE;
    switch (op->op) {
    case IR_MUL:
    case IR_MULH:
        emit_multiply(e, op);
        break;
    case IR_DIV:
    case IR_REM:
        emit_divide(e, op);
        break;
    case IR_LOAD:
    case IR_STORE:
    case IR_LOAD_FLOAT:
    case IR_FENCE:
        emit_memory(e, op);
        break;
    case IR_LR:
    case IR_SC:
    case IR_AMO_SWAP:
    case IR_AMO_ADD:
    case IR_AMO_LOOP:
        emit_atomic(e, op);
        break;
    case IR_BRANCH:
        emit_branch(e, op);
        break;
    case IR_JUMP:
        emit_jump(e, op);
        break;
    case IR_JUMP_REG:
        emit_jump_reg(e, op);
        break;
    case IR_GUARD:
        emit_guard(e, op);
        break;
    case IR_STEP:
        emit_step(e, op);
        break;
    case IR_STOP:
        emit_stop(e, op);
        break;
    case IR_EVENT:
        emit_event(e, op);
        break;
    case IR_TRACE:
        emit_frame_slot(e, op);
        break;
    default:
        if (op->op >= IR_FADD && op->op <= IR_TO_INT)
            emit_float(e, op);
        else
            emit_arithmetic(e, op);
        break;
    }
    reg_unlock(e);
}

/* The entry from behind: a loop passes here, where another thread or a signal
 * handler can stop it. */
static void emit_entries(struct emit *e)
{
    e->block->checked = e->block->entry = 0;
    if (e->block->frame) {
        emit_frame_room(e);
        return;
    }
    struct cold *c = emit_cold(e, leave);

    c->exit = new_exit(e, LEAVE_STOP, 0, e->block->pc, false);
    c->exit->stop = GUEST_REQUEST;
    x86_alu_imm(&e->x, X86_GROUP_CMP, 0, EMIT_FIELD(request), 0);
    c->from[0] = x86_jcc(&e->x, X86_NE, NULL);
    e->block->entry = (uint32_t)(e->x.at - e->block->code);
}

/* Those of the operations, and the one before all of them. */
static bool allocate_exits(struct block *block, const struct ir *ir)
{
    size_t count = 1;

    for (unsigned i = 0; i < ir->count; i++)
        count += ir->ops[i].op >= IR_BRANCH && ir->ops[i].op <= IR_STOP;
    block->exits = calloc(count, sizeof(*block->exits));
    return block->exits;
}

bool emit_block(struct emit *e, const struct ir *ir)
{
    unsigned next = 0;

    if (!allocate_exits(e->block, ir))
        return false;
    e->cold_count = 0;
    e->boxed = 0;
    e->float_done = IR_NONE;
    e->locked = e->turn = 0;
    reg_forget(e);
    emit_entries(e);
    for (unsigned i = 0; i < ir->count; i++) {
        for (; next <= ir->ops[i].insn; next++)
            e->block->insns[next].code = (uint32_t)(e->x.at - e->block->code);
        if (!ir->ops[i].dead)
            emit_op(e, &ir->ops[i]);
    }
    for (unsigned i = 0; i < e->cold_count; i++)
        e->cold[i].emit(e, &e->cold[i]);
    return !e->x.full;
}
