/* SPDX-License-Identifier: MIT
 *
 * condition.h: events that are asked about before they are recorded: by a
 * condition, a limit, or a trigger. For src/runtime only.
 *
 * The syntax is that of condition/condition.h: NAME [if EXPR] [limit N/s].
 */
#ifndef ETCH_RUNTIME_CONDITION_H
#define ETCH_RUNTIME_CONDITION_H

#include "condition/condition.h"

struct etch_group;
struct group_entry;
struct origin;

/* ---- triggers ---- */

/* What is told when an event fires for which a condition holds. Lives for ever;
 * embed it in what it is about. */
struct watch {
    /* In the thread that fires the event, maybe in a signal handler or inside
     * malloc, before the event is stored, and whether or not it is going to be:
     * must not allocate, lock or wait; may store atomically and wake a futex.
     * id: the event's; recorded: whether it is going to be. */
    void (*fired)(struct watch *watch, uint32_t id, bool recorded);
};

/* Watches the events that "NAME [if EXPR]" speaks of, NAME a pattern, those of
 * groups to come, too. It ends at a comma outside quotes or with the text;
 * *end is where. 0, or -EINVAL, said. The registry lock is held. */
int etch_watch_add(const char *text, size_t length, const struct origin *origin,
                   struct watch *watch, size_t *end);

/* Adds `NAME [if CONDITION] [, before TIME] [, after TIME]`. 0; -EINVAL: *error
 * is what to say in front of the text, NULL: it was said. The registry lock is
 * held. */
int etch_trigger_add(const char *text, const struct origin *origin, const char **error);

/* ---- rules.c: conditions and limits from outside ---- */

/* Takes over what the control page has of them and is new. In the thread of an event
 * whose word says so: waits for the registry, and nothing of ours fires events while
 * it holds that. */
void etch_rules_take(void);
/* The same with the registry lock held, before a child gets another page. */
void etch_rules_fork(void);
/* One rule, `NAME [if EXPR] [limit N/s]`, for the events of that name, or, of those,
 * for the ones whose words say so. The registry lock is held. */
void etch_rule_apply(const char *text, size_t length, bool of_words);

/* ---- limit.c ---- */

/* An event's bucket. */
struct limit {
    uint32_t per_second;
    uint64_t full_ns; /* when it is full again */
};

/* Without memory NULL: no limit. */
struct limit *etch_limit_new(uint32_t per_second);
/* Takes a token, if there is one. */
bool etch_limit_take(struct limit *limit, uint64_t now_ns);
/* Whether an event may be recorded now; counts it if not, and tells before it what
 * was counted. */
bool etch_limit_passes(struct limit *limit, const struct etch_group *group, uint32_t index);

/* The group of the event that tells what limits hold back: before there is one;
 * with the registry lock held. */
void etch_limits_register(void);
/* Before a group goes, and (NULL) before the session ends: tells what was not
 * told yet. Not with the registry lock held. */
void etch_limits_end(const struct group_entry *g);
/* In a forked child: its parent's counts are not its own. */
void etch_limits_fork(void);

/* ---- the events of a group; with the registry lock held ---- */

/* The arguments of an event, of its note. */
void etch_event_arguments(const struct group_entry *g, uint32_t i, struct etch_arguments *args);

/* Switches an event off, or on under a clause (NULL: without). */
void etch_event_record(struct group_entry *g, uint32_t i, bool on,
                       const struct etch_clause *clause);

/* The same for one that is on, and leaves its word alone. */
void etch_event_rule(struct group_entry *g, uint32_t i, const struct etch_clause *clause);

/* Tells `watch` of the event, too. */
void etch_event_watch(struct group_entry *g, uint32_t i, const struct etch_clause *clause,
                      struct watch *watch);

#endif
