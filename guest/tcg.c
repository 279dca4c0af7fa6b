/* SPDX-License-Identifier: MIT
 *
 * tcg.c: what is traced of and in translated code: see tcg.h. Writes operations of the
 * block that is translated; emit_event.c makes code of them.
 */
#include "guest/tcg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/ir.h"
#include "guest/trace-guest.h"
#include "guest/trace-tcg-guest.h"

void (*tcg_disassemble)(struct guest_cpu *cpu, TCGv_env env, uint64_t pc, const struct insn *insn);

/* The thread and the instruction in work; with the translator's lock held. */
static struct guest_cpu *translating;
static struct ir *current;
static unsigned current_insn;

/* Whether there is code that traces each access, and whether there should be. */
static _Atomic bool accesses;

void etch_tcg_emit(const struct etch_tcg_event *event, const struct etch_tcg_value *values)
{
    if (!current || current->event_count == IR_EVENTS || event->n_args > IR_EVENT_ARGS) {
        fprintf(stderr, "etch-guest: %s: %s\n", event->name,
                !current                        ? "fired while nothing is translated"
                : event->n_args > IR_EVENT_ARGS ? "it has too many arguments"
                                                : "too many events in one block");
        abort();
    }
    struct ir_event *e = &current->events[current->event_count++];

    e->event = event;
    memcpy(e->values, values, event->n_args * sizeof(*values));
    current->ops[current->count++] = (struct ir_op){.op = IR_EVENT,
                                                    .insn = (uint8_t)current_insn,
                                                    .d = IR_NONE,
                                                    .a = IR_NONE,
                                                    .b = IR_NONE,
                                                    .c = IR_NONE,
                                                    .target = (uintptr_t)e};
}

static void access_event(const struct insn *insn)
{
    const struct insn_info *info = insn_info(insn);
    bool amo = info->class & INSN_AMO;

    if (!(info->class & (INSN_LOAD | INSN_STORE | INSN_AMO)))
        return;
    trace_guest_mem_before_tcg(translating, (TCGv_env){0},
                               tcg_register(insn->rs1, amo ? 0 : (int32_t)insn->imm), info->size,
                               info->class & INSN_STORE);
}

void tcg_translate(const struct guest_cpu *cpu)
{
    translating = (struct guest_cpu *)(uintptr_t)cpu; /* its own thread may write it */
}

void tcg_insn(struct ir *ir, unsigned index, const struct block_insn *insn)
{
    bool traced = atomic_load_explicit(&accesses, memory_order_relaxed);

    if (!traced && !tcg_disassemble)
        return;
    current = ir;
    current_insn = index;
    if (tcg_disassemble)
        tcg_disassemble(translating, (TCGv_env){0}, insn->pc, &insn->insn);
    if (traced)
        access_event(&insn->insn);
    current = NULL;
}

void tcg_block(const struct block *block)
{
    trace_tcg_gen_code(block->pc, block->count, block->size);
}

void tcg_look(struct guest_cpu *cpu)
{
    bool wanted = trace_event_get_state(TRACE_GUEST_MEM_BEFORE_TRANS) ||
                  trace_event_get_state(TRACE_GUEST_MEM_BEFORE_EXEC);

    if (atomic_load_explicit(&accesses, memory_order_relaxed) == wanted)
        return;
    atomic_store_explicit(&accesses, wanted, memory_order_relaxed);
    guest_engine->flush(cpu, 0, UINT64_MAX);
}
