/* SPDX-License-Identifier: MIT
 *
 * condition_fuzz.c: any bytes as the clause of a pattern. What is taken ends where
 * it says, leads forward only, and evaluates within its bounds; what is refused
 * has a column of the text and a message.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct etch_arguments args = {
    .event = "event",
    .long_size = 8,
    .ptr_size = 8,
    .char_signed = true,
    .n = 7,
    .v = {{"a", 1, 'i'},
          {"b", 1, 'N'},
          {"p", 1, 'P'},
          {"s", 1, 's'},
          {"t", 1, 's'},
          {"c", 1, 'c'},
          {"f", 1, '?'}},
};

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "condition_fuzz: %s\n", what);
    abort();
}

static void check_tests(const struct etch_condition *c)
{
    require(c->n_tests <= ETCH_TESTS_MAX && c->text_size <= ETCH_CONDITION_TEXT_MAX, "too large");
    for (unsigned i = 0; i < c->n_tests; i++) {
        const struct etch_test *t = &c->test[i];
        require(t->argument < args.n, "an argument that is none");
        require((t->yes > i && t->yes < c->n_tests) || t->yes >= ETCH_TEST_TRUE, "yes leads back");
        require((t->no > i && t->no < c->n_tests) || t->no >= ETCH_TEST_TRUE, "no leads back");
        if (t->op == ETCH_TEST_TEXT || t->op == ETCH_TEST_GLOB)
            require(t->value + t->length <= c->text_size, "a text out of bounds");
    }
}

/* Strings as a program has them, and as a reader has, must mean the same. */
static void evaluate(const struct etch_condition *c)
{
    static const char *const texts[] = {"", "a", "abc", "a\\b", "*"};
    for (unsigned i = 0; i < 25; i++) {
        const char *s = texts[i % 5];
        char *exact = malloc(strlen(s) + 1);
        if (exact == NULL)
            return;
        memcpy(exact, s, strlen(s));
        uint64_t v[7] = {i,   i * i, 0, (uint64_t)(uintptr_t)s, i < 5 ? 0 : (uint64_t)(uintptr_t)s,
                         'a', i & 1};
        uint32_t lengths[7] = {[3] = (uint32_t)strlen(s), [4] = i < 5 ? 0 : (uint32_t)strlen(s)};
        bool truth = etch_condition_holds(c, v, NULL);
        v[3] = (uint64_t)(uintptr_t)exact;
        if (i >= 5)
            v[4] = v[3];
        exact[strlen(s)] = 'x'; /* no NUL */
        require(etch_condition_holds(c, v, lengths) == truth, "lengths change what it means");
        free(exact);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct etch_clause *clause = malloc(sizeof(*clause)), other;
    char *text = malloc(size + 1);
    struct etch_clause_fault fault = {0};
    if (clause == NULL || text == NULL)
        abort();
    memcpy(text, data, size); /* not ended by NUL */
    text = realloc(text, size != 0 ? size : 1);
    size_t from = etch_clause_find(text, size);
    require(from <= size && etch_clause_name(text, from, size) <= from, "a name out of bounds");
    int r = etch_clause_compile(clause, text, size, 0, &args, &fault);
    if (r == 0) {
        require(clause->end <= size && clause->limit <= ETCH_LIMIT_MAX, "it ends behind itself");
        require(etch_clause_compile(&other, text, size, 0, NULL, &fault) == 0 &&
                    other.end == clause->end,
                "right for an event, and wrong without one");
        check_tests(&clause->condition);
        evaluate(&clause->condition);
    } else {
        require(fault.column >= 1 && fault.column <= size + 1, "a column out of the text");
        require(fault.message[0] != '\0' && memchr(fault.message, 0, sizeof(fault.message)) != NULL,
                "no message");
    }
    free(clause);
    free(text);
    return 0;
}
