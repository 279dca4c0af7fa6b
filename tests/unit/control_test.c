/* SPDX-License-Identifier: MIT
 *
 * control_test.c: events by program: walks, names, patterns, switches, counts,
 * and the groups of code that QEMU's own tracetool generated.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>
#include <etch/etch.h>

#include "captured.h"
#include "format/control_page.h"
#include "format/pattern.h"
#include "runtime/control.h"
#include "runtime/timer.h"
#include "trace-other.h"
#include "trace-unit.h"

/* As QEMU's generated code has them. */
static uint16_t qemu_words[2];
static TraceEvent qemu_on = {0, "qemu_on", true, &qemu_words[0]};
static TraceEvent qemu_off = {0, "qemu_off", false, &qemu_words[1]};
static TraceEvent *qemu_events[] = {&qemu_on, &qemu_off, NULL};
static TraceEvent *qemu_none[] = {NULL};

static const char *const names[] = {"unit_one",  "unit_two", "unit_three", "unit_off",
                                    "other_one", "a",        "qemu_on",    "qemu_off"};
#define N (sizeof(names) / sizeof(names[0]))

static int setup(void **state)
{
    (void)state;
    trace_event_register_group(qemu_none);
    trace_event_register_group(qemu_events);
    return 0;
}

/* ---- walks ---- */

/* The names of a walk, each with a blank behind. */
static const char *walk(TraceEventIter *iter)
{
    static char text[512];
    TraceEvent *event;
    text[0] = '\0';
    while ((event = trace_event_iter_next(iter)) != NULL) {
        strcat(text, event->name);
        strcat(text, " ");
    }
    return text;
}

static const char *matching(const char *pattern)
{
    TraceEventIter iter;
    trace_event_iter_init_pattern(&iter, pattern);
    return walk(&iter);
}

static const char *group(size_t n)
{
    TraceEventIter iter;
    trace_event_iter_init_group(&iter, n);
    return walk(&iter);
}

static void test_walks(void **state)
{
    (void)state;
    TraceEventIter iter;
    trace_event_iter_init_all(&iter);
    /* A group without events ends no walk. */
    assert_string_equal(walk(&iter), "unit_one unit_two unit_three unit_off other_one a "
                                     "qemu_on qemu_off ");
    assert_string_equal(matching("*"), "unit_one unit_two unit_three unit_off other_one a "
                                       "qemu_on qemu_off ");
    assert_string_equal(matching("*_o*"), "unit_one unit_off other_one qemu_on qemu_off ");
    assert_string_equal(matching("?"), "a ");
    assert_string_equal(matching("unit_two"), "unit_two ");
    assert_string_equal(matching("unit"), "");
    assert_string_equal(matching(""), "");
    assert_string_equal(group(0), "unit_one unit_two unit_three unit_off ");
    assert_string_equal(group(1), "other_one a ");
    assert_string_equal(group(2), "");
    assert_string_equal(group(3), "qemu_on qemu_off ");
    assert_string_equal(group(4), "");
    assert_string_equal(group(1000), "");
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        TraceEvent *event = trace_event_name(names[i]);
        assert_non_null(event);
        assert_string_equal(trace_event_get_name(event), names[i]);
        assert_int_equal(trace_event_get_id(event), i);
        assert_ptr_equal(trace_event_name(names[i]), event);
        assert_int_equal(trace_event_get_state_static(event), strstr(names[i], "off") == NULL);
    }
    assert_ptr_equal(trace_event_name("qemu_on"), &qemu_on);
    assert_null(trace_event_name("unit"));
    assert_null(trace_event_name("*"));
    assert_null(trace_event_name(""));
    assert_true(trace_event_is_pattern("*"));
    assert_true(trace_event_is_pattern("a*b"));
    assert_false(trace_event_is_pattern("a?b"));
    assert_false(trace_event_is_pattern(""));
}

/* ---- switches ---- */

static void test_switches(void **state)
{
    (void)state;
    TraceEvent *two = trace_event_name("unit_two"), *off = trace_event_name("unit_off");
    assert_int_equal(trace_events_enabled_count, 0);
    assert_false(trace_event_get_state(TRACE_UNIT_TWO));
    trace_event_set_state_dynamic(two, true);
    trace_event_set_state_dynamic(two, true);
    assert_true(trace_event_get_state_dynamic(two));
    assert_true(trace_event_get_state(TRACE_UNIT_TWO));
    assert_true(trace_event_get_state_backends(TRACE_UNIT_TWO));
    assert_true(trace_event_get_state_dynamic_by_id(TRACE_UNIT_TWO));
    assert_true(trace_unit_two_enabled());
    assert_false(trace_event_get_state(TRACE_UNIT_ONE));
    assert_int_equal(trace_events_enabled_count, 1);
    trace_event_set_state_dynamic(off, true);
    assert_false(trace_event_get_state_dynamic(off));
    assert_false(trace_event_get_state(TRACE_UNIT_OFF));
    assert_int_equal(trace_events_enabled_count, 1);
    trace_event_set_state_dynamic_init(&qemu_on, true);
    assert_int_equal(qemu_words[0], 1);
    trace_event_set_state_dynamic(&qemu_off, true);
    assert_int_equal(qemu_words[1], 0);
    assert_int_equal(trace_events_enabled_count, 2);
    trace_event_set_state_dynamic(two, false);
    trace_event_set_state_dynamic(two, false);
    assert_false(trace_unit_two_enabled());
    trace_event_set_state_dynamic(&qemu_on, false);
    assert_int_equal(trace_events_enabled_count, 0);
    assert_int_equal(TRACE_UNIT_TWO_ENABLED, 1);
    assert_int_equal(TRACE_UNIT_OFF_ENABLED, 0);
}

/* --trace reaches QEMU's groups, too, and those that register later. */
static int foreign(const void *arg)
{
    static uint16_t word;
    static TraceEvent late = {0, "late_one", true, &word};
    static TraceEvent *events[] = {&late, NULL};
    (void)arg;
    if (etch_trace("qemu_*") != 0 || qemu_words[0] != 1 || qemu_words[1] != 0)
        return 1;
    if (etch_trace("*_one") != 0 || trace_events_enabled_count != 3)
        return 2;
    trace_event_register_group(events);
    if (word != 1 || late.id != N || trace_events_enabled_count != 4)
        return 3;
    return trace_event_name("late_one") == &late ? 0 : 4;
}

static void test_foreign(void **state)
{
    (void)state;
    struct captured c = captured(foreign, NULL);
    assert_int_equal(c.status, 0);
    assert_string_equal(c.err, "");
    c = captured((int (*)(const void *))(void *)etch_trace, "qemu_off");
    assert_string_equal(
        c.err,
        "control_test: --trace qemu_off: warning: trace event 'qemu_off' is not traceable\n");
}

static int list(const void *arg)
{
    (void)arg;
    trace_list_events(stderr);
    return trace_get_vcpu_event_count() == 0 && trace_init_backends() ? 0 : 1;
}

static void test_list(void **state)
{
    (void)state;
    struct captured c = captured(list, NULL);
    assert_int_equal(c.status, 0);
    assert_string_equal(c.err, "unit_one\nunit_two\nunit_three\nunit_off\nother_one\na\n"
                               "qemu_on\nqemu_off\n");
    assert_string_equal(c.out, "");
}

/* ---- patterns ---- */

/* The definition, slow and plain. */
static bool matches(const char *p, const char *s)
{
    if (*p == '\0')
        return *s == '\0';
    if (*p == '*')
        return matches(p + 1, s) || (*s != '\0' && matches(p, s + 1));
    return *s != '\0' && (*p == '?' || *p == *s) && matches(p + 1, s + 1);
}

/* All patterns of up to 5 and all names of up to 5 of these letters. */
static void test_patterns(void **state)
{
    (void)state;
    char p[6], s[6];
    for (unsigned i = 0; i < 3125; i++) {
        unsigned length = 0;
        for (unsigned k = i; k != 0; k /= 5)
            p[length++] = "?ab*b"[k % 5];
        p[length] = '\0';
        for (unsigned k = 0; k < 63; k++) {
            unsigned n = 0;
            for (unsigned bits = k + 1; bits > 1; bits /= 2)
                s[n++] = bits & 1 ? 'a' : 'b';
            s[n] = '\0';
            if (pattern_match(p, s) != matches(p, s))
                fail_msg("'%s' and '%s'", p, s);
        }
    }
    assert_false(pattern_match("a", "A"));
    assert_false(pattern_match("[a]", "a"));
    assert_true(pattern_match("[a]", "[a]"));
    assert_true(pattern_match("\\a", "\\a"));
}

/* No pattern takes long. */
static void test_pattern_cost(void **state)
{
    (void)state;
    static char p[2001], s[20001];
    for (size_t i = 0; i + 1 < sizeof(p); i += 2)
        memcpy(p + i, "*a", 2);
    memset(s, 'a', sizeof(s) - 1);
    assert_true(pattern_match(p, s));
    p[sizeof(p) - 2] = 'b';
    assert_false(pattern_match(p, s));
}

/* ---- timers ---- */

static void test_timers(void **state)
{
    (void)state;
    struct etch_control_header *page = etch_control_page;
    assert_non_null(page);
    trace_enable_events("-unit_one");
    TraceEvent *event = trace_event_name("unit_one");
    assert_non_null(event);
    int timer = etch_timer_start(UINT64_C(3600000000000));
    assert_true(timer > 0);
    *event->dstate = ETCH_CONTROL_TIMED((unsigned)timer);
    assert_true(etch_timer_runs(event->dstate));
    etch_timers_expire();
    assert_true(trace_event_get_state_dynamic(event));
    page->until_ns[timer] = 1; /* long ago */
    assert_false(etch_timer_runs(event->dstate));
    assert_false(trace_event_get_state_dynamic(event));
    *event->dstate = ETCH_CONTROL_TIMED((unsigned)timer);
    etch_timers_expire();
    assert_false(trace_event_get_state_dynamic(event));
    assert_int_equal(page->until_ns[timer], 0);
    /* All in use, and free again. */
    for (unsigned i = 1; i < ETCH_CONTROL_TIMERS; i++)
        assert_true(etch_timer_start(UINT64_C(3600000000000)) > 0);
    assert_int_equal(etch_timer_start(1), -EBUSY);
    for (unsigned i = 1; i < ETCH_CONTROL_TIMERS; i++)
        page->until_ns[i] = 1;
    assert_true(etch_timer_start(1) > 0);
    /* A number of which nothing is known. */
    *event->dstate = ETCH_CONTROL_TIMED(5);
    page->until_ns[5] = 0;
    assert_true(etch_timer_runs(event->dstate));
    *event->dstate = 0;
}

/* ---- the monitor's commands ---- */

/* What a command prints. */
static const char *said(const char *line, int want)
{
    static char text[4096];
    memset(text, 0, sizeof(text));
    FILE *out = fmemopen(text, sizeof(text) - 1, "w");
    assert_int_equal(etch_monitor_command(line, out), want);
    fclose(out);
    return text;
}

static void test_monitor(void **state)
{
    (void)state;
    assert_string_equal(said("trace-event unit_one on", 0), "");
    assert_string_equal(said(" info  trace-events unit_one 0 ", 0), "unit_one : state 1\n");
    assert_string_equal(said("trace-event \"unit_one\" off", 0), "");
    assert_string_equal(said("info trace-events unit_on?", 0), "unit_one : state 0\n");
    assert_string_equal(said("", 0), "");
    assert_string_equal(said("info", -EINVAL), "unknown command: 'info'\n");
    assert_string_equal(said("info nix", -EINVAL), "unknown command: 'info nix'\n");
    assert_string_equal(said("trace-event \"one", -EINVAL),
                        "unterminated string: a \" is missing\n");
    assert_string_equal(said("a a a a a a a a a a a a a a a a a", -EINVAL), "too many words\n");
    assert_string_equal(said("trace-event nix off", -EINVAL), "unknown event \"nix\"\n");
    char longest[2000];
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_string_equal(said(longest, -EINVAL), "the line is too long\n");
}

int main(void)
{
    unsetenv("ETCH_TRACE");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks),        cmocka_unit_test(test_names),
        cmocka_unit_test(test_switches),     cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_list),         cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_pattern_cost), cmocka_unit_test(test_timers),
        cmocka_unit_test(test_monitor),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
