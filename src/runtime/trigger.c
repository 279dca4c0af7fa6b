/* SPDX-License-Identifier: MIT
 *
 * trigger.c: `NAME [if CONDITION] [, before TIME] [, after TIME]`: the moment at
 * which a flight recorder's pool is written, and of how much. The condition is
 * compiled and tested by condition.c, which says when it holds.
 *
 * Reads:  the settings, the clock.
 * Writes: what is asked for, into the pool, where it survives a kill.
 * Never:  waits; writes a trace: the drain does.
 */
#include "runtime/condition.h"
#include "runtime/patterns.h"
#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/write.h"

static void at_most(uint64_t *word, uint64_t v)
{
    uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (old > v &&
           !__atomic_compare_exchange_n(word, &old, v, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static void at_least(uint64_t *word, uint64_t v)
{
    uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (old < v &&
           !__atomic_compare_exchange_n(word, &old, v, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static struct watch watches[ETCH_TRIGGERS_MAX];

/* Its event is about to happen, and to be recorded by this thread. The time goes into the pool,
 * and the drain writes what is asked for when it is due. */
static void fire(struct watch *watch, uint32_t id, bool recorded)
{
    struct session *s = etch_session_hold_new();
    (void)id;
    if (s == NULL)
        return;
    const struct etch_around *t = &etch_settings.triggers[watch - watches];
    struct etch_trigger_state *state = &s->pool->trigger;
    const struct etch_cursor *c = recorded ? etch_thread_cursor : NULL;
    uint64_t now = sys_clock_ns(CLOCK_MONOTONIC);
    __atomic_store_n(&s->trigger_pos, c == NULL ? NULL : c->pos, __ATOMIC_RELAXED);
    __atomic_store_n(&s->trigger_cursor, c, __ATOMIC_RELAXED);
    /* `until` last: with it the drain takes the rest. */
    at_most(&state->from_ns, t->before_ns < now ? now - t->before_ns : 0);
    at_least(&state->fired_ns, now);
    __atomic_add_fetch(&state->count, 1, __ATOMIC_RELAXED);
    at_least(&state->until_ns, now + t->after_ns);
    /* What led to it is worth more than what comes before the drain wakes up. */
    if (t->after_ns == 0 && __atomic_load_n(&s->drain_tid, __ATOMIC_RELAXED) != 0)
        __atomic_store_n(&s->frozen, 1, __ATOMIC_RELEASE);
    etch_drain_wake(s->pool);
    etch_session_drop(s);
}

int etch_trigger_add(const char *text, const struct origin *origin, const char **error)
{
    uint32_t n = etch_settings.n_triggers;
    size_t end;
    if (n == ETCH_TRIGGERS_MAX) {
        *error = "there are 16 triggers already; leave out ";
        return -EINVAL;
    }
    *error = NULL;
    size_t length = etch_around_parse(text, &etch_settings.triggers[n], error);
    if (length == 0)
        return -EINVAL;
    watches[n].fired = fire;
    int r = etch_watch_add(text, length, origin, &watches[n], &end);
    if (r < 0)
        return r;
    etch_settings.n_triggers = n + 1;
    struct session *s = etch_session_hold();
    if (s != NULL) {
        __atomic_store_n(&s->pool->triggers, n + 1, __ATOMIC_RELEASE);
        etch_session_drop(s);
    }
    return 0;
}
