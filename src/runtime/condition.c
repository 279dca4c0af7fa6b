/* SPDX-License-Identifier: MIT
 *
 * condition.c: what an event is asked before it is recorded. A gate hangs in
 * its group's table and is never changed: a new one takes its place, and the
 * old one stays readable for threads that are in it.
 *
 * Reads:  gates, the arguments of an event that fires.
 * Writes: gates and enable words, with the registry lock held; tells triggers.
 * Never:  allocates or locks where an event fires.
 */
#include "format/control_page.h"
#include "format/kind.h"
#include "format/packet.h"
#include "runtime/condition.h"
#include "runtime/cpus.h"
#include "runtime/register.h"
#include "runtime/timer.h"

/* Where a group has its table: in itself, since events fire on after it is
 * unregistered at exit. */
#define GATES 1

/* A trigger's wish; they form a list, the newest first. */
struct watching {
    const struct watching *next;
    struct watch *watch;
    const struct etch_condition *condition;
};

struct gate {
    bool record;
    const struct etch_condition *condition; /* NULL: every event */
    struct limit *limit;                    /* NULL: none */
    const struct watching *watching;
};

/* ---- where events fire ---- */

static bool holds(const struct etch_condition *condition, const uint64_t *values)
{
    return condition == NULL || etch_condition_holds(condition, values, NULL);
}

__attribute__((visibility("default"))) bool
etch_event_wanted(const struct etch_group *group, uint32_t index, const uint64_t *values)
{
    /* Behind the word that sent us here: its gate was stored before it, or the rule
     * that it is made of. */
    unsigned word = __atomic_load_n(&group->words[index], __ATOMIC_ACQUIRE);
    /* Switched off since it was found on: what it was on for is no longer known. */
    if (word == 0 || !etch_timer_runs(&group->words[index]))
        return false;
    if (ETCH_CONTROL_SET(word) != 0 && values != NULL &&
        !etch_cpu_wants(word, (const void *)(uintptr_t)values[0]))
        return false;
    if (!(word & ETCH_CONTROL_RULED))
        return true;
    etch_rules_take();
    struct gate *const *gates = __atomic_load_n(&group->priv[GATES], __ATOMIC_ACQUIRE);
    const struct gate *gate =
        gates == NULL ? NULL : __atomic_load_n(&gates[index], __ATOMIC_ACQUIRE);
    if (gate == NULL)
        return true; /* somebody else set the bit, or there was no memory */
    bool wanted = gate->record && holds(gate->condition, values) &&
                  (gate->limit == NULL || etch_limit_passes(gate->limit, group, index));
    for (const struct watching *w = gate->watching; w != NULL; w = w->next)
        if (holds(w->condition, values))
            w->watch->fired(w->watch, group->first_id + index, wanted);
    return wanted;
}

/* ---- where they are switched ---- */

void etch_event_arguments(const struct group_entry *g, uint32_t i, struct etch_arguments *args)
{
    const struct etch_note_event *e = &etch_note_events(g->note)[i];
    const char *text = etch_note_text(g->note);
    args->event = group_event_name(g, i);
    args->long_size = g->note->long_size;
    args->ptr_size = g->note->ptr_size;
    args->char_signed = g->note->char_signed;
    etch_arguments_parse(args, text + e->args, text + e->kinds);
}

/* A copy for ever; NULL for a condition that always holds, and without memory. */
static const struct etch_condition *keep(const struct etch_clause *clause)
{
    if (clause == NULL || clause->condition.n_tests == 0)
        return NULL;
    size_t size = offsetof(struct etch_condition, test) +
                  clause->condition.n_tests * sizeof(clause->condition.test[0]);
    struct etch_condition *copy = etch_arena(size);
    if (copy != NULL)
        __builtin_memcpy(copy, &clause->condition, size);
    return copy;
}

/* How the event stands: as its gate says, if its word is of that gate. */
static struct gate gate_now(struct group_entry *g, uint32_t i)
{
    unsigned word = etch_event_word(g, i);
    struct gate **gates = g->group == NULL ? NULL : g->group->priv[GATES];
    if (gates != NULL && gates[i] != NULL && (word & ETCH_CONTROL_RULED))
        return *gates[i];
    return (struct gate){.record = word != 0};
}

/* The table of a group, made if need be; NULL without memory. */
static struct gate **gates_of(struct group_entry *g)
{
    struct etch_group *group = g->group;
    if (group != NULL && group->priv[GATES] == NULL)
        __atomic_store_n(&group->priv[GATES], etch_arena(g->n_events * sizeof(struct gate *)),
                         __ATOMIC_RELEASE);
    return group == NULL ? NULL : group->priv[GATES];
}

/* Puts a gate in its place; false without memory. */
static bool gate_put(struct group_entry *g, uint32_t i, const struct gate *gate)
{
    struct gate **gates = gates_of(g);
    struct gate *kept = gates == NULL ? NULL : etch_arena(sizeof(*kept));
    if (kept == NULL)
        return false;
    *kept = *gate;
    __atomic_store_n(&gates[i], kept, __ATOMIC_RELEASE);
    return true;
}

/* The same, with the word; without a gate to speak of the word alone decides. */
static void gate_set(struct group_entry *g, uint32_t i, const struct gate *gate)
{
    if (gate->condition == NULL && gate->limit == NULL && gate->watching == NULL)
        etch_event_set_word(g, i, gate->record ? ETCH_WORD_ON : 0);
    else if (gate_put(g, i, gate))
        etch_event_set_word(g, i, ETCH_WORD_ON | ETCH_WORD_ASKED | ETCH_CONTROL_RULED);
}

static struct gate gate_of(const struct gate *now, bool on, const struct etch_clause *clause)
{
    return (struct gate){
        .record = on,
        .condition = keep(clause),
        .limit = clause == NULL || clause->limit == 0 ? NULL : etch_limit_new(clause->limit),
        .watching = now->watching};
}

void etch_event_record(struct group_entry *g, uint32_t i, bool on, const struct etch_clause *clause)
{
    struct gate now = gate_now(g, i), gate = gate_of(&now, on, clause);
    gate_set(g, i, &gate);
}

void etch_event_rule(struct group_entry *g, uint32_t i, const struct etch_clause *clause)
{
    struct gate now = gate_now(g, i), gate = gate_of(&now, true, clause);
    gate_put(g, i, &gate);
}

void etch_event_watch(struct group_entry *g, uint32_t i, const struct etch_clause *clause,
                      struct watch *watch)
{
    struct gate gate = gate_now(g, i);
    struct watching *w = etch_arena(sizeof(*w));
    if (w == NULL)
        return;
    *w = (struct watching){gate.watching, watch, keep(clause)};
    gate.watching = w;
    gate_set(g, i, &gate);
}
