/* SPDX-License-Identifier: MIT
 *
 * rules.c: conditions and limits that other processes gave by the control page:
 * `trace-event 'NAME if EXPR limit N/s' on`. Nothing runs in the program until an
 * event fires whose word says that there is one.
 *
 * Reads:  the rules of the control page, as hostile input: a copy of them.
 * Writes: gates of events; how far the rules are taken over.
 */
#include "format/control_page.h"
#include "format/pattern.h"
#include "format/text.h"
#include "runtime/condition.h"
#include "runtime/control.h"
#include "runtime/register.h"
#include "runtime/sys.h"

/* Too much for the stack of a signal handler. */
struct room {
    struct etch_control_half half;
    struct etch_clause clause;
    struct etch_clause_fault fault;
    struct etch_arguments args;
};

/* The serial of the last rule, of this process's page. Written with the registry locked,
 * of which the thread sanitizer does not know. */
static uint64_t rules_taken;

static void apply_rule(struct room *room, const char *text, size_t length, bool of_words)
{
    size_t clause = etch_clause_find(text, length);
    size_t name = etch_clause_name(text, clause, length);
    if (clause == length ||
        etch_clause_compile(&room->clause, text, length, clause, NULL, &room->fault) < 0)
        return;
    /* Before an event has one: threads that fire it read the group's id. */
    if (room->clause.limit != 0)
        etch_limits_register();
    for (struct group_entry *g = etch_groups; g != NULL; g = g->next)
        for (uint32_t i = 0; g->group != NULL && i < g->n_events; i++) {
            const char *event = group_event_name(g, i);
            if (!pattern_match_bytes(text, name, event, text_length(event)) ||
                (of_words && !(etch_event_word(g, i) & ETCH_CONTROL_RULED)))
                continue;
            etch_event_arguments(g, i, &room->args);
            if (etch_clause_compile(&room->clause, text, length, clause, &room->args,
                                    &room->fault) == 0)
                etch_event_rule(g, i, &room->clause);
        }
}

void etch_rule_apply(const char *text, size_t length, bool of_words)
{
    struct room *room = sys_mmap_anonymous(sizeof(*room));
    if (room == NULL)
        return;
    apply_rule(room, text, length, of_words);
    sys_munmap(room, sizeof(*room));
}

/* The lines behind what is known. */
static void apply_new(struct room *room)
{
    uint64_t known = __atomic_load_n(&rules_taken, __ATOMIC_RELAXED);
    for (const char *line = room->half.text; *line != '\0';) {
        uint64_t serial = 0;
        size_t length = 0;
        while (*line >= '0' && *line <= '9')
            serial = serial * 10 + (uint64_t)(*line++ - '0');
        line += *line == ' ';
        while (line[length] != '\0' && line[length] != '\n')
            length++;
        if (serial > known && length != 0)
            apply_rule(room, line, length, true);
        line += length + (line[length] == '\n');
    }
    __atomic_store_n(&rules_taken, room->half.serial, __ATOMIC_RELEASE);
}

static bool any_new(const struct etch_control_rules *rules)
{
    return etch_control_serial(&rules->turn, rules->half) !=
           __atomic_load_n(&rules_taken, __ATOMIC_ACQUIRE);
}

static void take(struct etch_control_rules *rules)
{
    struct room *room = sys_mmap_anonymous(sizeof(*room));
    /* Not for ever, whatever somebody writes there. */
    for (int tries = 0; room != NULL && any_new(rules) && tries < 8; tries++)
        if (etch_control_half_read(&rules->turn, rules->half, &room->half))
            apply_new(room);
    __atomic_store_n(&rules->taken, __atomic_load_n(&rules_taken, __ATOMIC_RELAXED),
                     __ATOMIC_RELEASE);
    if (room != NULL)
        sys_munmap(room, sizeof(*room));
}

void etch_rules_take(void)
{
    const struct etch_control_blocks *blocks =
        __atomic_load_n(&etch_control_blocks, __ATOMIC_ACQUIRE);
    sys_sigset signals;
    if (ETCH_LIKELY(blocks != NULL ? !any_new(&blocks->rules) : etch_control_page == NULL))
        return;
    etch_registry_lock(&signals);
    etch_control_open();
    /* After a fork it may be another one. */
    if (etch_control_blocks != NULL)
        take(&etch_control_blocks->rules);
    etch_registry_unlock(signals);
}

void etch_rules_fork(void)
{
    if (etch_control_blocks != NULL && any_new(&etch_control_blocks->rules))
        take(&etch_control_blocks->rules);
    rules_taken = 0;
}
