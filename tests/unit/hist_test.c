/* SPDX-License-Identifier: MIT
 *
 * hist_test.c: histograms and hash tables against the plain way to do the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "format/pattern.h"
#include "sink/hist.h"
#include "sink/table.h"

static uint64_t state = 1;

static uint64_t next_random(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state ^ state >> 29;
}

/* ---- histogram ---- */

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void buckets_are_whole(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i + 1 < ETCH_HIST_BUCKETS; i++) {
        struct etch_hist hist = {0};
        assert_true(etch_hist_low(i) < etch_hist_low(i + 1));
        etch_hist_add(&hist, etch_hist_low(i));
        etch_hist_add(&hist, etch_hist_low(i + 1) - 1);
        assert_int_equal(hist.count[i], 2);
    }
    struct etch_hist hist = {0};
    etch_hist_add(&hist, UINT64_MAX);
    assert_int_equal(hist.count[ETCH_HIST_BUCKETS - 1], 1);
}

static void quantiles_are_near(void **unused)
{
    enum { N = 5000 };
    static uint64_t values[N];
    (void)unused;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        struct etch_hist hist = {0};
        for (size_t i = 0; i < N; i++) {
            values[i] = next_random() >> shift;
            etch_hist_add(&hist, values[i]);
        }
        qsort(values, N, sizeof(values[0]), compare);
        assert_int_equal(etch_hist_quantile(&hist, 0), values[0]);
        assert_int_equal(etch_hist_quantile(&hist, 1000), values[N - 1]);
        for (unsigned part = 1; part < 1000; part += 37) {
            double exact = (double)values[(N - 1) * part / 1000];
            double got = (double)etch_hist_quantile(&hist, part);
            double error = got > exact ? got - exact : exact - got;
            assert_true(error <= exact / 16);
        }
    }
    struct etch_hist empty = {0};
    assert_int_equal(etch_hist_quantile(&empty, 500), 0);
}

static void bars(void **unused)
{
    struct etch_hist hist = {0};
    struct etch_out out;
    (void)unused;
    assert_int_equal(etch_out_open(&out, -1), 0);
    etch_hist_print(&hist, &out);
    assert_ptr_equal(out.p, out.start);
    etch_hist_add(&hist, 0);
    etch_hist_add(&hist, 3);
    etch_hist_add(&hist, 2);
    etch_hist_print(&hist, &out);
    static const char text[] =
        "        0 ns ..       2 ns            1 ####################\n"
        "        2 ns ..       4 ns            2 ########################################\n";
    assert_int_equal(out.p - out.start, sizeof(text) - 1);
    assert_memory_equal(out.start, text, sizeof(text) - 1);
    out.p = out.start;
    etch_hist_json(&hist, &out);
    *out.p = '\0';
    assert_string_equal(out.start, "[{\"from_ns\":0,\"to_ns\":2,\"count\":1},"
                                   "{\"from_ns\":2,\"to_ns\":4,\"count\":2}]");
    out.p = out.start;
    etch_out_close(&out);
}

/* ---- table ---- */

/* Adds and removes at random beside an array that is indexed by the key. */
static void table_keeps_what_it_was_given(void **unused)
{
    enum { KEYS = 3000, GROUPS = 3 };
    static uint64_t expected[KEYS][GROUPS];
    struct etch_table table = {0};
    size_t n = 0;
    (void)unused;
    for (unsigned step = 0; step < 400000; step++) {
        unsigned key = (unsigned)(next_random() % KEYS), group = (unsigned)(next_random() % GROUPS);
        uint64_t far = (uint64_t)key << 40; /* low bits alike, as of pointers */
        struct etch_item *item = etch_table_find(&table, far, group);
        if (expected[key][group]) {
            assert_non_null(item);
            assert_int_equal(item->a, expected[key][group]);
        } else {
            assert_null(item);
        }
        /* Grows for a while, then shrinks. */
        if (next_random() % 100 < (step < 200000 ? 70 : 30)) {
            item = etch_table_get(&table, far, group, 1);
            n += expected[key][group] == 0;
            expected[key][group] = item->a = step + 1;
        } else if (item) {
            etch_table_remove(&table, item);
            expected[key][group] = 0;
            n--;
        }
        assert_int_equal(table.n, n);
    }
    etch_table_free(&table);
    assert_null(etch_table_find(&table, 1, 1));
}

/* ---- patterns ---- */

static void globs(void **unused)
{
    static const struct {
        const char *pattern, *name;
        bool match;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "a", true},
        {"a", "A", false},
        {"*", "", true},
        {"*", "abc", true},
        {"a*", "abc", true},
        {"*c", "abc", true},
        {"a*c", "abbbc", true},
        {"a*c", "abcb", false},
        {"?", "a", true},
        {"?", "", false},
        {"a?c", "abc", true},
        {"**", "x", true},
        {"*a*b*", "xxaxbx", true},
        {"*ab", "aab", true},
        {"*a?", "ba", false},
        {"[a]", "a", false},
        {"a*", "ba", false},
        {"*aaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(pattern_match(cases[i].pattern, cases[i].name), cases[i].match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_whole),
        cmocka_unit_test(quantiles_are_near),
        cmocka_unit_test(bars),
        cmocka_unit_test(table_keeps_what_it_was_given),
        cmocka_unit_test(globs),
    };
    return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
