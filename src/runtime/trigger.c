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
#include <string.h>

#include "format/duration.h"
#include "format/text.h"
#include "runtime/condition.h"
#include "runtime/patterns.h"
#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/write.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p)
{
    while (is_blank(*p))
        p++;
    return p;
}

/* The next comma outside of quotes, or the end. */
static const char *piece_end(const char *p)
{
    for (bool quoted = false; *p != '\0' && (quoted || *p != ','); p++) {
        quoted ^= *p == '"';
        p += quoted && *p == '\\' && p[1] != '\0';
    }
    return p;
}

/* "10s" and the like up to a comma or the end. */
static bool parse_time(const char *p, uint64_t *ns)
{
    p = duration_parse(p, ns);
    if (p == NULL)
        return false;
    p = skip_blanks(p);
    return *p == ',' || *p == '\0';
}

static bool take_word(const char **p, const char *word)
{
    size_t n = text_length(word);
    if (strncmp(*p, word, n) != 0 || !is_blank((*p)[n]))
        return false;
    *p = skip_blanks(*p + n);
    return true;
}

/* Takes the times off a trigger's text: the length of what is left,
 * `NAME [if CONDITION]`, or 0 with a message in *error. */
static size_t parse(const char *text, struct trigger *trigger, const char **error)
{
    const char *end = piece_end(text);
    size_t length = (size_t)(end - text);
    *trigger = (struct trigger){.before_ns = UINT64_MAX};
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    if (length == 0) {
        *error = "a trigger begins with an event, as in `heap_malloc if ptr == 0, before 10s`";
        return 0;
    }
    while (*end != '\0') {
        const char *p = skip_blanks(end + 1);
        uint64_t *time = take_word(&p, "before")  ? &trigger->before_ns
                         : take_word(&p, "after") ? &trigger->after_ns
                                                  : NULL;
        if (time == NULL) {
            *error = "behind a trigger's condition come only `, before TIME` and `, after TIME`: ";
            return 0;
        }
        if (!parse_time(p, time)) {
            *error = "a trigger's time is a number with ns, us, ms, s, m or h behind it: ";
            return 0;
        }
        end = piece_end(end + 1);
    }
    return length;
}

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

static struct watch watches[TRIGGERS_MAX];

/* Its event is about to happen, and to be recorded by this thread. The time goes into the pool,
 * and the drain writes what is asked for when it is due. */
static void fire(struct watch *watch, uint32_t id, bool recorded)
{
    struct session *s = etch_session_hold_new();
    (void)id;
    if (s == NULL)
        return;
    const struct trigger *t = &etch_settings.triggers[watch - watches];
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
    if (n == TRIGGERS_MAX) {
        *error = "there are 16 triggers already; leave out ";
        return -EINVAL;
    }
    *error = NULL;
    size_t length = parse(text, &etch_settings.triggers[n], error);
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
