/* SPDX-License-Identifier: MIT
 *
 * emit_event.c: an event in translated code (etch/tcg.h). At its place stands the test
 * of its enable word; behind the block's end the code that stores it in the thread's
 * packet, as etch_event_begin() to etch_event_commit() do in C (etch/event.h), where
 * that is all there is to do, and a call of its function for the rest.
 *
 * Scratch registers hold nothing there: rcx is the thread's cursor.
 */
#include <etch/event.h>
#include <etch/tcg.h>

#include "guest/emit.h"
#include "guest/tcg.h"

/* An executable has it at a fixed distance from the thread pointer. */
extern __thread struct etch_cursor *etch_thread_cursor __attribute__((tls_model("initial-exec")));

#define CURSOR(field) x86_m(RCX, (int32_t)offsetof(struct etch_cursor, field))
#define HEADER        4u

static const struct ir_event *event_of(const struct ir_op *op)
{
    return (const struct ir_event *)(uintptr_t)op->target;
}

/* mov rcx, fs:[distance] */
static void load_cursor(struct x86 *x)
{
    static const uint8_t head[] = {0x64, 0x48, 0x8b, 0x0c, 0x25};
    uintptr_t thread;

    __asm__("mov %%fs:0, %0" : "=r"(thread));
    int32_t distance = (int32_t)((uintptr_t)&etch_thread_cursor - thread);

    for (unsigned i = 0; i < sizeof(head); i++)
        x86_byte(x, head[i]);
    for (unsigned i = 0; i < 4; i++)
        x86_byte(x, (uint32_t)distance >> 8 * i & 255);
}

/* rax: an argument that is no constant. */
static void load_value(struct x86 *x, const struct etch_tcg_value *v)
{
    unsigned number = tcg_number(v->value);
    int32_t plus = tcg_plus(v->value);

    if (v->kind == ETCH_TCG_CONSTANT) {
        x86_mov_imm(x, RAX, v->value);
    } else if (v->kind == ETCH_TCG_CPU) {
        x86_op(x, X86_LEA | X86_W, RAX, x86_m(EMIT_CPU, -EMIT_BIAS));
    } else if (number == 0) {
        x86_mov_imm(x, RAX, (uint64_t)(int64_t)plus);
    } else {
        x86_op(x, X86_MOV | X86_W, RAX, reg_place(IR_X(number)));
        if (plus)
            x86_op(x, X86_LEA | X86_W, RAX, x86_m(RAX, plus));
    }
}

static void store_value(struct x86 *x, unsigned size, struct x86_rm to)
{
    static const uint32_t stores[] = {
        [1] = X86_STORE8, [2] = X86_STORE16, [4] = X86_STORE, [8] = X86_STORE | X86_W};

    x86_op(x, stores[size], RAX, to);
}

static unsigned payload(const struct etch_tcg_event *event)
{
    unsigned size = 0;

    for (uint32_t i = 0; i < event->n_args; i++)
        size += event->sizes[i];
    return size;
}

/* rdx = the clock, in rax, less the last event's; the places that jump where it does
 * not fit into a header. */
static uint8_t *clock(struct x86 *x)
{
    x86_byte(x, 0x0f); /* rdtsc */
    x86_byte(x, 0x31);
    x86_shift_imm(x, X86_GROUP_SHL, X86_W, RDX, 32);
    x86_op(x, X86_OR | X86_W, RAX, x86_r(RDX));
    x86_mov(x, RDX, RAX);
    x86_op(x, X86_SUB | X86_W, RDX, CURSOR(last));
    x86_shift_imm(x, X86_GROUP_SHR, X86_W, RDX, ETCH_CLOCK_BITS);
    return x86_jcc(x, X86_NE, NULL);
}

/* rdx = where the event ends; the place that jumps where there is no room. */
static uint8_t *room(struct x86 *x, unsigned size)
{
    x86_op(x, X86_MOV | X86_W, RDX, CURSOR(pos));
    x86_alu_imm(x, X86_GROUP_ADD, X86_W, x86_r(RDX), (int32_t)(HEADER + size));
    x86_op(x, X86_CMP | X86_W, RDX, CURSOR(end));
    return x86_jcc(x, X86_A, NULL);
}

static void stores(struct x86 *x, const struct ir_event *e, unsigned size)
{
    int32_t at = -(int32_t)size;

    for (uint32_t i = 0; i < e->event->n_args; i++) {
        load_value(x, &e->values[i]);
        store_value(x, e->event->sizes[i], x86_m(RDX, at));
        at += e->event->sizes[i];
    }
}

static void commit(struct x86 *x)
{
    x86_op(x, X86_STORE | X86_W, RDX, CURSOR(pos));
    x86_op(x, X86_MOV | X86_W, RAX, CURSOR(packet));
    x86_op(x, X86_SUB | X86_W, RDX, x86_r(RAX));
    x86_shift_imm(x, X86_GROUP_SHL, X86_W, RDX, 3);
    x86_op(x, X86_STORE | X86_W, RDX, x86_m(RAX, ETCH_PACKET_CONTENT));
    x86_store_imm(x, 8, CURSOR(busy), 0);
}

/* The packet's part; where[] are the jumps to the call: two before the cursor is taken,
 * two behind that. */
static void store_event(struct x86 *x, const struct ir_event *e, uint8_t *where[4])
{
    unsigned size = payload(e->event);
    uint32_t id = e->event->group->first_id + e->event->index;

    x86_test_imm(x, x86_m(RAX, 0), ETCH_WORD_ASKED);
    where[0] = x86_jcc(x, X86_NE, NULL);
    load_cursor(x);
    x86_alu_imm(x, X86_GROUP_CMP, X86_W, CURSOR(busy), 0);
    where[1] = x86_jcc(x, X86_NE, NULL);
    x86_op(x, X86_LEA | X86_W, RAX, x86_m(RSP, 1));
    x86_op(x, X86_STORE | X86_W, RAX, CURSOR(busy));
    if (e->event->notime) {
        where[2] = NULL;
        where[3] = room(x, size);
        x86_op(x, X86_MOV | X86_W, RAX, CURSOR(last));
    } else {
        where[2] = clock(x);
        where[3] = room(x, size);
        x86_op(x, X86_STORE | X86_W, RAX, CURSOR(last));
    }
    x86_shift_imm(x, X86_GROUP_SHL, 0, RAX, ETCH_ID_BITS);
    x86_alu_imm(x, X86_GROUP_OR, 0, x86_r(RAX), (int32_t)id);
    x86_op(x, X86_STORE, RAX, x86_m(RDX, -(int32_t)(HEADER + size)));
    stores(x, e, size);
    commit(x);
}

/* The values on the stack, in order, and the stub that calls the event's function. */
static void call_event(struct emit *e, const struct ir_event *event)
{
    struct x86 *x = &e->x;
    int32_t size = (int32_t)((event->event->n_args + 1) / 2 * 16);

    x86_alu_imm(x, X86_GROUP_SUB, X86_W, x86_r(RSP), size);
    for (uint32_t i = 0; i < event->event->n_args; i++) {
        load_value(x, &event->values[i]);
        x86_op(x, X86_STORE | X86_W, RAX, x86_m(RSP, (int32_t)(8 * i)));
    }
    x86_mov_imm(x, RAX, (uintptr_t)event->event);
    x86_call(x, e->stubs->event);
    x86_alu_imm(x, X86_GROUP_ADD, X86_W, x86_r(RSP), size);
}

/* Whether the packet is all that it goes to, and its id fits into a short header. */
static bool is_stored(const struct etch_tcg_event *event)
{
    return event->ring && event->word && event->group->first_id + event->index < ETCH_ID_EXTENDED;
}

/* Behind the block, with the word's address in rax. */
static void fire(struct emit *e, const struct cold *c)
{
    const struct ir_event *event = event_of(c->op);
    uint8_t *where[4] = {NULL};

    x86_bind(&e->x, c->from[0], e->x.at);
    if (is_stored(event->event)) {
        store_event(&e->x, event, where);
        x86_jmp(&e->x, c->back);
        for (unsigned i = 2; i < 4; i++)
            if (where[i])
                x86_bind(&e->x, where[i], e->x.at);
        x86_store_imm(&e->x, 8, CURSOR(busy), 0);
        for (unsigned i = 0; i < 2; i++)
            x86_bind(&e->x, where[i], e->x.at);
    }
    call_event(e, event);
    x86_jmp(&e->x, c->back);
}

void emit_event(struct emit *e, const struct ir_op *op)
{
    const struct ir_event *event = event_of(op);

    reg_forget(e);
    if (!event->event->word) {
        call_event(e, event);
        return;
    }
    struct cold *c = emit_cold(e, fire);

    x86_mov_imm(&e->x, RAX, (uintptr_t)event->event->word);
    x86_cmp8_imm(&e->x, x86_m(RAX, 0), 0);
    c->from[0] = x86_jcc(&e->x, X86_NE, NULL);
    c->back = e->x.at;
    c->op = op;
}

void emit_call_event(struct guest_cpu *cpu, const struct etch_tcg_event *event,
                     const uint64_t *values)
{
    (void)cpu;
    event->call(values);
}
