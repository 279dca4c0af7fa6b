/* SPDX-License-Identifier: MIT
 *
 * condition.h: "NAME [if EXPR] [limit N/s]", as users say which of an event's
 * firings they want. One syntax and one meaning for the run time, which asks
 * before it records, and for the readers, which ask afterwards.
 *
 * Reads:  the text; the arguments of the event that it is compiled for.
 * Writes: what it is given. Holds no pointer, so that a copy is as good.
 * Never:  allocates, calls libc, or takes more steps than it has tests.
 */
#ifndef ETCH_CONDITION_H
#define ETCH_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCH_TESTS_MAX           64
#define ETCH_CONDITION_TEXT_MAX  512
#define ETCH_CONDITION_ARGS_MAX  64
#define ETCH_CONDITION_DEPTH_MAX 32
#define ETCH_LIMIT_MAX           1000000u
#define ETCH_TRIGGERS_MAX        16u

/* What is looked at of a string: what is stored of one. */
#define ETCH_CONDITION_STRING_MAX 512u

/* The arguments of an event. */
struct etch_arguments {
    const char *event; /* its name, for messages */
    uint8_t long_size, ptr_size;
    bool char_signed;
    uint32_t n;
    struct etch_argument {
        const char *name;
        uint32_t length;
        char kind; /* format/kind.h */
    } v[ETCH_CONDITION_ARGS_MAX];
};

enum etch_test_op {
    ETCH_TEST_EQUAL,
    ETCH_TEST_LESS,
    ETCH_TEST_LESS_EQUAL,
    ETCH_TEST_TEXT, /* the string is this text */
    ETCH_TEST_GLOB, /* it matches it: *, ? */
};

/* Where a test leads that leads to no other. */
enum { ETCH_TEST_TRUE = 254, ETCH_TEST_FALSE = 255 };

/* One comparison; `yes` and `no` are tests behind it. */
struct etch_test {
    uint8_t op; /* enum etch_test_op */
    uint8_t argument;
    bool is_signed;
    uint8_t yes, no;
    uint16_t length; /* of a text */
    uint64_t mask;   /* of the argument */
    uint64_t value;  /* the constant; where a text lies */
};

struct etch_condition {
    uint16_t n_tests; /* 0: holds always */
    uint16_t text_size;
    char text[ETCH_CONDITION_TEXT_MAX];
    struct etch_test test[ETCH_TESTS_MAX]; /* last: a copy of n_tests will do */
};

struct etch_clause {
    struct etch_condition condition;
    uint32_t limit; /* events a second; 0: none */
    size_t end;     /* where it ends: at a comma, or at the end of the text */
};

struct etch_clause_fault {
    size_t column;     /* in the text, in bytes, from 1 */
    char message[256]; /* what is wrong and what would be right */
};

/* Where "if" or "limit" begins behind a name; the text's length if nowhere. */
size_t etch_clause_find(const char *text, size_t length);

/* The length of the name that stands in front of it. */
size_t etch_clause_name(const char *text, size_t clause, size_t length);

/* Compiles the clause that begins at `from`; with args NULL it is checked for
 * its syntax alone. 0; -EINVAL with *fault; -ENOENT if what is wrong is that the
 * event has no such argument. */
int etch_clause_compile(struct etch_clause *clause, const char *text, size_t length, size_t from,
                        const struct etch_arguments *args, struct etch_clause_fault *fault);

/* How much around a trigger is kept. */
struct etch_around {
    uint64_t before_ns; /* UINT64_MAX: all that is there */
    uint64_t after_ns;
};

/* Takes the times off the text of a trigger, `NAME [if EXPR] [, before TIME] [, after TIME]`:
 * the length of what is left, or 0 with what is to be said in front of the text. */
size_t etch_around_parse(const char *text, struct etch_around *around, const char **error);

/* Takes the arguments from a declaration's text, with a letter each; the rest is
 * the caller's. */
void etch_arguments_parse(struct etch_arguments *args, const char *text, const char *kinds);

/* An event as it is declared. */
struct etch_declared {
    const char *name, *args, *kinds;
    uint8_t long_size, ptr_size;
    bool char_signed;
};

/* Events that have not what a clause speaks of: how many, and what is wrong with the first. */
struct etch_refusals {
    unsigned n;
    struct etch_clause_fault first;
};

/* Whether the event has what the clause that begins at `from` speaks of; else it is counted. */
bool etch_clause_suits(const char *text, size_t length, size_t from,
                       const struct etch_declared *event, struct etch_refusals *refusals);

/* Whether it holds. Numbers are extended to 64 bits by their type; a string is
 * the address of its bytes, 0 for NULL. They end in NUL, unless their lengths
 * are given. */
bool etch_condition_holds(const struct etch_condition *condition, const uint64_t *values,
                          const uint32_t *lengths);

#endif
