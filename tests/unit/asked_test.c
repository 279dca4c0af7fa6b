/* SPDX-License-Identifier: MIT
 *
 * asked_test.c: what libetch answers when an event asks whether it is wanted:
 * patterns with conditions, the last one decides; limits; triggers, whatever is
 * recorded. And the errors, with the words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>
#include <errno.h>
#include <etch/control.h>
#include <etch/etch.h>
#include <fcntl.h>

#include "captured.h"
#include "format/control_page.h"
#include "runtime/condition.h"
#include "runtime/patterns.h"
#include "runtime/register.h"
#include "runtime/sys.h"
#include "trace-other.h"
#include "trace-unit.h"

/* In the order of groups/trace-events. */
enum { UNIT_ONE, UNIT_TWO, UNIT_THREE };

static bool asked(uint32_t index)
{
    return (etch_group_unit.words[index] & ETCH_WORD_ASKED) != 0;
}

static bool wanted(uint32_t index, uint64_t value)
{
    return etch_event_wanted(&etch_group_unit, index, &value);
}

static bool wanted_text(const char *text)
{
    return wanted(UNIT_THREE, (uint64_t)(uintptr_t)text);
}

/* ---- which pattern decides ---- */

/* What is said of unit_two, by its number: 0 off, 1 on, else what is wanted of 1
 * to 5, a digit each. */
#define ASKED (ETCH_WORD_ON | ETCH_WORD_ASKED | ETCH_CONTROL_RULED)

static int apply(const void *arg)
{
    int last = 0;
    for (const char *const *s = arg; *s != NULL; s++)
        last = etch_trace(*s);
    unsigned word = etch_group_unit.words[UNIT_TWO];
    printf("%u", word & 3);
    for (int n = 1; word == ASKED && n <= 5; n++)
        if (wanted(UNIT_TWO, (uint64_t)n))
            printf(" %d", n);
    return -last;
}

#define W "asked_test: --trace "

static const struct {
    const char *strings[4];
    int error;
    const char *out, *err;
} decisions[] = {
    {{"unit_two if n == 3"}, 0, "3 3", ""},
    {{"enable=unit_two if n == 3"}, 0, "3 3", ""},
    {{"enable=unit_two if n > 1 && n < 4,policy=block"}, 0, "3 2 3", ""},
    {{"policy=block,enable=unit_two if n != 3"}, 0, "3 1 2 4 5", ""},
    {{"unit_two if n > 9"}, 0, "3", ""},
    {{"unit_two if n == 3", "unit_two"}, 0, "1", ""},
    {{"unit_two", "unit_two if n == 3"}, 0, "3 3", ""},
    {{"unit_two if n == 3", "unit_two if n == 4"}, 0, "3 4", ""},
    {{"unit_two if n == 3", "-unit_two"}, 0, "0", ""},
    {{"unit_two if n == 3", "-*", "unit_two"}, 0, "1", ""},
    {{"unit_two limit 3/s"}, 0, "3 1 2 3", ""},
    {{"unit_two if n >= 2 limit 3/s"}, 0, "3 2 3 4", ""},
    {{"unit_two if n >= 2 limit 3/s", "unit_two limit 1/s"}, 0, "3 1", ""},
    {{"unit_t* if n == 5"},
     0,
     "3 5",
     W "unit_t* if n == 5: warning: column 12 of 'unit_t* if n == 5': unit_three has no argument "
       "`n`; it has s; 1 event stays off\n"},
    {{"unit_two", "* if s"},
     0,
     "0",
     W "* if s: warning: column 6 of '* if s': unit_one has no argument `s`; it has none; 2 such "
       "events stay off\n" W
       "* if s: warning: column 6 of '* if s': other_one has no argument `s`; it has n; 2 such "
       "events stay off\n"},
    {{"unit_two", "unit_two if m == 5"},
     EINVAL,
     "0",
     W "unit_two if m == 5: column 13 of 'unit_two if m == 5': unit_two has no argument `m`; it "
       "has n\n"},
    {{"unit_two", "unit_two if n == \"5\""},
     EINVAL,
     "0",
     W "unit_two if n == \"5\": column 13 of 'unit_two if n == \"5\"': `n` is a number: compare it "
       "with one by == != < <= > >=\n"},
    {{"unit_two if n =="},
     EINVAL,
     "0",
     W "unit_two if n ==: column 17 of 'unit_two if n ==': a constant is missing: 4096, 'c', "
       "\"text\", NULL or true\n"},
    {{"unit_two if n == 1,, 2"},
     EINVAL,
     "0",
     W "unit_two if n == 1,, 2: column 19 of 'unit_two if n == 1, 2': nothing is expected behind "
       "this\n"},
    {{"-unit_two if n == 1"},
     EINVAL,
     "0",
     W "-unit_two if n == 1: column 1 of '-unit_two if n == 1': what is switched off takes no "
       "condition; leave out the -\n"},
    {{"nope if n == 1"}, 0, "0", W "nope if n == 1: warning: trace event 'nope' does not exist\n"},
    {{"unit_off if n == 1"},
     0,
     "0",
     W "unit_off if n == 1: warning: trace event 'unit_off' is not traceable\n"},
    {{"unit_two if n == 1 x=2"},
     EINVAL,
     "0",
     W "unit_two if n == 1 x=2: column 20 of 'unit_two if n == 1 x=2': &&, ||, limit N/s or the "
       "end is expected here, not `x`\n"},
};

static void test_decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++) {
        struct captured c = captured(apply, decisions[i].strings);
        assert_string_equal(c.err, decisions[i].err);
        assert_string_equal(c.out, decisions[i].out);
        assert_int_equal(c.status, decisions[i].error);
    }
}

/* ---- strings, switches, bits of nobody's ---- */

static int others(const void *arg)
{
    (void)arg;
    assert_int_equal(etch_trace("unit_three if s =~ \"*x\" || s == NULL"), 0);
    assert_true(wanted_text("ax") && wanted_text(NULL) && !wanted_text("xa") && !wanted_text(""));
    /* From outside, or by the program: on without the condition. */
    TraceEvent *three = trace_event_name("unit_three");
    trace_event_set_state_dynamic(three, true);
    assert_false(asked(UNIT_THREE));
    *three->dstate = ETCH_WORD_ON | ETCH_WORD_ASKED;
    assert_true(wanted_text("xa"));
    *three->dstate = ASKED;
    assert_false(wanted_text("xa"));
    /* The bit of an event that has no condition means nothing. */
    etch_group_unit.words[UNIT_TWO] = ETCH_WORD_ON | ETCH_WORD_ASKED;
    assert_true(wanted(UNIT_TWO, 1));
    /* A group that has left still knows what its events are asked. */
    etch_group_unregister(&etch_group_unit);
    assert_true(wanted_text("ax") && !wanted_text("xa"));
    return 0;
}

static void test_others(void **state)
{
    (void)state;
    struct captured c = captured(others, NULL);
    assert_string_equal(c.err, "");
    assert_int_equal(c.status, 0);
}

/* ---- events files ---- */

static const char events[] = "# all of it\n"
                             "  unit_two if n == 2 \r\n"
                             "unit_three if s == 1\n"
                             "unit_two if n == 4 ||\n"
                             "a limit 5/s";

static int apply_file(const void *arg)
{
    (void)arg;
    int fd = open("asked_test.events", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, events, strlen(events)), strlen(events));
    close(fd);
    int r = etch_trace("events=asked_test.events");
    unlink("asked_test.events");
    assert_true(wanted(UNIT_TWO, 2) && !wanted(UNIT_TWO, 1));
    assert_true(trace_event_get_state(TRACE_A) &&
                (etch_group_other.words[1] & ETCH_WORD_ASKED) != 0);
    return -r;
}

static void test_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/etch-asked.XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    struct captured c = captured(apply_file, NULL);
    assert_int_equal(rmdir(folder), 0);
    assert_string_equal(
        c.err, "asked_test:asked_test.events:3: column 15 of 'unit_three if s == 1': `s` is a "
               "string: it is compared by == and != with \"text\" or NULL, by =~ with a "
               "\"pattern*\"\n"
               "asked_test:asked_test.events:4: column 22 of 'unit_two if n == 4 ||': an argument "
               "of the event is missing: write NAME == 1\n");
    assert_int_equal(c.status, EINVAL);
}

/* ---- triggers ---- */

static struct told {
    struct watch watch;
    unsigned count;
    uint32_t id;
} first, second;

static void told(struct watch *watch, uint32_t id, bool recorded)
{
    (void)recorded;
    struct told *t = (struct told *)watch;
    t->count++;
    t->id = id;
}

static int add_watch(const char *text, struct told *t, size_t *end)
{
    static const struct origin origin = {.what = "T"};
    sys_sigset signals;
    *t = (struct told){.watch = {told}};
    etch_registry_lock(&signals);
    int r = etch_watch_add(text, strlen(text), &origin, &t->watch, end);
    etch_registry_unlock(signals);
    return r;
}

static int watches(const void *arg)
{
    size_t end;
    (void)arg;
    assert_int_equal(add_watch("unit_t* if n == 3, before 1s", &first, &end), 0);
    assert_int_equal(end, 17);
    /* Told of, not recorded. */
    assert_true(asked(UNIT_TWO) && !wanted(UNIT_TWO, 3) && !wanted(UNIT_TWO, 4));
    assert_int_equal(first.count, 1);
    assert_int_equal(first.id, etch_group_unit.first_id + UNIT_TWO);
    /* And recorded, under its own condition; a second one. */
    assert_int_equal(etch_trace("unit_two if n == 4"), 0);
    assert_int_equal(add_watch("unit_two , after 1s", &second, &end), 0);
    assert_int_equal(end, 8);
    assert_true(!wanted(UNIT_TWO, 3) && wanted(UNIT_TWO, 4));
    assert_int_equal(first.count, 2);
    assert_int_equal(second.count, 2);
    /* Switched off they are told still; and recorded without a condition. */
    assert_int_equal(etch_trace("-*"), 0);
    assert_true(asked(UNIT_TWO) && !wanted(UNIT_TWO, 3));
    assert_int_equal(etch_trace("*"), 0);
    assert_true(asked(UNIT_TWO) && wanted(UNIT_TWO, 3) && !asked(UNIT_ONE));
    assert_int_equal(first.count, 4);
    assert_int_equal(second.count, 4);
    assert_int_equal(add_watch("unit_two if n limit 5/s", &first, &end), -EINVAL);
    assert_int_equal(add_watch("unit_two if (n, after 1s", &first, &end), -EINVAL);
    return 0;
}

static void test_watches(void **state)
{
    (void)state;
    struct captured c = captured(watches, NULL);
    assert_string_equal(c.err, "asked_test: T: warning: column 12 of 'unit_t* if n == 3': "
                               "unit_three has no argument `n`; it has s; 1 event stays off\n"
                               "asked_test: T: column 24 of 'unit_two if n limit 5/s': a trigger "
                               "has no limit\n"
                               "asked_test: T: column 13 of 'unit_two if (n, after 1s': the "
                               "closing `)` is missing\n");
    assert_int_equal(c.status, 0);
}

/* ---- the bucket ---- */

#define S UINT64_C(1000000000)

static unsigned taken(struct limit *l, uint64_t now, unsigned tries)
{
    unsigned n = 0;
    while (tries-- > 0)
        n += etch_limit_take(l, now);
    return n;
}

static void test_bucket(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1, 2, 3, 7, 100, 999, 1000000};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct limit l = {.per_second = rates[i]};
        uint32_t n = rates[i];
        uint64_t now = 5 * S;
        assert_int_equal(taken(&l, now, 2 * n + 5), n); /* full at first */
        assert_int_equal(taken(&l, now, 5), 0);
        assert_int_equal(taken(&l, now + S / n / 2, 5), 0);
        now += S / n;
        assert_int_equal(taken(&l, now, 5), 1); /* one more for each part of a second */
        now += 3 * (S / n);
        assert_int_equal(taken(&l, now, 9), n < 3 ? n : 3);
        now += 100 * S; /* never more than full */
        assert_int_equal(taken(&l, now, 2 * n + 5), n);
        /* A clock that goes back gives nothing, and takes nothing for ever. */
        assert_int_equal(taken(&l, now - 2 * S, 5), 0);
        assert_int_equal(taken(&l, now + S, 2 * n + 5), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions), cmocka_unit_test(test_others),
        cmocka_unit_test(test_file),      cmocka_unit_test(test_watches),
        cmocka_unit_test(test_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
