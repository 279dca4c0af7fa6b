/* SPDX-License-Identifier: MIT
 *
 * monitor_event.c: the monitor's trace-event: events by name or pattern, with a
 * condition, a limit or a time.
 *
 * Reads:  declarations of the target's events.
 * Writes: rules and enable words of the target; what is wrong.
 * Never:  switches an event for which its condition does not hold good.
 */
#include <errno.h>
#include <string.h>

#include <etch/word.h>

#include "condition/condition.h"
#include "format/pattern.h"
#include "runtime/monitor.h"

/* What is to be switched, and how. */
struct order {
    const char *text;
    size_t length, name, clause; /* of the text; of the name; where the clause begins */
    bool pattern, on;
    uint16_t word;
    size_t matched;
    struct etch_refusals refused;
};

static bool is_meant(const struct order *o, const struct monitor_event *e)
{
    size_t length = strlen(e->name);
    return o->pattern ? pattern_match_bytes(o->text, o->name, e->name, length)
                      : length == o->name && memcmp(o->text, e->name, length) == 0;
}

/* Whether the event has what the condition speaks of. */
static bool suits(struct order *o, const struct monitor_event *e)
{
    const struct etch_declared event = {e->name,      e->args,     e->kinds,
                                        e->long_size, e->ptr_size, e->char_signed};
    return o->clause == o->length ||
           etch_clause_suits(o->text, o->length, o->clause, &event, &o->refused);
}

static void tell_fault(const struct order *o, const struct etch_clause_fault *fault, FILE *err)
{
    fprintf(err, "column %zu of '%s': %s\n", fault->column, o->text, fault->message);
}

/* The clause by itself. */
static bool read_order(struct order *o, FILE *err)
{
    struct etch_clause clause;
    struct etch_clause_fault fault;
    o->length = strlen(o->text);
    o->clause = etch_clause_find(o->text, o->length);
    o->name = etch_clause_name(o->text, o->clause, o->length);
    o->pattern = memchr(o->text, '*', o->name) != NULL || memchr(o->text, '?', o->name) != NULL;
    if (o->clause == o->length)
        return true;
    if (!o->on) {
        fault =
            (struct etch_clause_fault){o->clause + 1, "what is switched off takes no condition"};
    } else if (strchr(o->text, '\n') != NULL) {
        fault = (struct etch_clause_fault){1, "it is more than one line"};
    } else if (etch_clause_compile(&clause, o->text, o->length, o->clause, NULL, &fault) == 0) {
        if (clause.end == o->length)
            return true;
        fault = (struct etch_clause_fault){clause.end + 1, "nothing is expected behind this"};
    }
    tell_fault(o, &fault, err);
    return false;
}

/* A pattern is silent in QEMU where nothing matches; we say so. */
static bool count(struct order *o, const struct monitor_target *t, FILE *err)
{
    size_t suited = 0;
    for (size_t i = 0; i < t->n_events; i++) {
        struct monitor_event e = t->event(t, i);
        if (!is_meant(o, &e))
            continue;
        o->matched++;
        suited += !e.disabled && suits(o, &e);
    }
    bool disabled = o->on && !o->pattern && suited == 0 && o->refused.n == 0;
    if (o->matched == 0)
        fprintf(err, o->pattern ? "no event matches \"%.*s\"\n" : "unknown event \"%.*s\"\n",
                (int)o->name, o->text);
    else if (disabled)
        fprintf(err, "event \"%.*s\" is disabled: it is declared so, and compiled out\n",
                (int)o->name, o->text);
    else if (o->refused.n > 0 && (suited == 0 || !o->pattern))
        tell_fault(o, &o->refused.first, err);
    else
        return true;
    return false;
}

static bool set_timer(struct order *o, const struct monitor_target *t, uint64_t ns, FILE *err)
{
    int timer = ns == 0 ? 0 : t->timer(t, ns);
    if (timer < 0)
        fprintf(err, "no timer can be started: %s\n",
                timer == -EBUSY ? "all are in use" : strerror(-timer));
    else if (timer > 0)
        o->word |= ETCH_CONTROL_TIMED((unsigned)timer);
    return timer >= 0;
}

static bool set_rule(struct order *o, const struct monitor_target *t, FILE *err)
{
    int error = o->clause == o->length ? 0 : t->rule(t, o->text);
    if (error == 0)
        o->word |= o->clause == o->length
                       ? 0
                       : ETCH_WORD_ON | ETCH_WORD_ASKED | (unsigned)ETCH_CONTROL_RULED;
    else
        fprintf(err, "the condition cannot be given: %s\n",
                error == -ENOSPC  ? "too many wait for the first event that they are of"
                : error == -EBUSY ? "another etch is giving one"
                                  : strerror(-error));
    return error == 0;
}

/* Neighbours by one call. */
static bool set_words(struct order *o, const struct monitor_target *t, FILE *err)
{
    size_t run = 0; /* events before i that one call switches */
    bool same = o->word == o->on;
    for (size_t i = 0; i <= t->n_events; i++) {
        struct monitor_event e = {.name = "", .disabled = true};
        if (i < t->n_events)
            e = t->event(t, i);
        if (!e.disabled && is_meant(o, &e) && !(same && !o->on && !e.on) && suits(o, &e)) {
            run++;
            continue;
        }
        int error = run > 0 ? t->set(t, i - run, run, o->word) : 0;
        if (error < 0) {
            fprintf(err, "event \"%s\" cannot be switched: %s\n", t->event(t, i - run).name,
                    strerror(-error));
            return false;
        }
        run = 0;
    }
    return true;
}

long monitor_switch(const struct monitor_target *t, const char *text, bool on, uint64_t ns,
                    FILE *err)
{
    struct order o = {.text = text, .on = on, .word = on};
    if (!read_order(&o, err) || !count(&o, t, err) || !set_timer(&o, t, ns, err) ||
        !set_rule(&o, t, err) || !set_words(&o, t, err))
        return -1;
    if (o.clause < o.length && o.refused.n > 0) {
        tell_fault(&o, &o.refused.first, err);
        fprintf(err, "such events stay as they are\n");
    }
    return (long)o.matched;
}
