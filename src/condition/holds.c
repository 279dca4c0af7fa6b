/* SPDX-License-Identifier: MIT
 *
 * holds.c: evaluates a compiled condition; see condition.h.
 *
 * Reads:  the values; of a string 512 bytes at most, and none behind its NUL.
 * Never:  goes back to a test, so that it ends.
 */
#include "condition/condition.h"
#include "format/pattern.h"

/* Up to `max` bytes of a string that another thread may change meanwhile. */
static size_t bounded_length(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n] != '\0')
        n++;
    return n;
}

static bool text_holds(const struct etch_test *test, const char *text, const char *s,
                       const uint32_t *length)
{
    if (s == NULL)
        return false;
    size_t n = bounded_length(s, length == NULL || *length > ETCH_CONDITION_STRING_MAX
                                     ? ETCH_CONDITION_STRING_MAX
                                     : *length);
    if (test->op == ETCH_TEST_GLOB)
        return pattern_match_bytes(text, test->length, s, n);
    size_t i = 0;
    while (i < n && i < test->length && s[i] == text[i])
        i++;
    return i == n && n == test->length;
}

static bool number_holds(const struct etch_test *test, uint64_t value)
{
    value &= test->mask;
    if (test->op == ETCH_TEST_EQUAL)
        return value == test->value;
    bool equal = test->op == ETCH_TEST_LESS_EQUAL && value == test->value;
    return equal || (test->is_signed ? (int64_t)value < (int64_t)test->value : value < test->value);
}

bool etch_condition_holds(const struct etch_condition *c, const uint64_t *values,
                          const uint32_t *lengths)
{
    uint8_t at = c->n_tests != 0 ? 0 : ETCH_TEST_TRUE;
    while (at < ETCH_TESTS_MAX) {
        const struct etch_test *test = &c->test[at];
        uint64_t value = values[test->argument];
        bool yes = test->op < ETCH_TEST_TEXT
                       ? number_holds(test, value)
                       : text_holds(test, c->text + test->value, (const char *)(uintptr_t)value,
                                    lengths == NULL ? NULL : &lengths[test->argument]);
        at = yes ? test->yes : test->no;
    }
    return at == ETCH_TEST_TRUE;
}
