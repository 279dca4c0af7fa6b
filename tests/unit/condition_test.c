/* SPDX-License-Identifier: MIT
 *
 * condition_test.c: conditions and limits as users write them: what holds for
 * which arguments, what is refused with which words, and random expressions
 * against an evaluation of their tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition/condition.h"
#include "format/kind.h"

#define ARG(name, kind)                                                                            \
    {                                                                                              \
        name, sizeof(name) - 1, kind                                                               \
    }

/* size_t size, void *ptr, int fd, const char *name, uint32_t flags, bool ok, char c, ... */
static const struct etch_arguments args = {
    .event = "ev",
    .long_size = 8,
    .ptr_size = 8,
    .char_signed = true,
    .n = 12,
    .v = {ARG("size", 'N'), ARG("ptr", 'P'), ARG("fd", 'i'), ARG("name", 's'), ARG("flags", 'I'),
          ARG("ok", '?'), ARG("c", 'c'), ARG("limit", 'q'), ARG("u8", 'B'), ARG("d", 'd'),
          ARG("", 'i'), ARG("other", 'x')},
};

/* What `holds` below is asked about. */
static const uint64_t values[12] = {
    4096,
    0,
    (uint64_t)-1,
    (uint64_t)(uintptr_t) "etc/passwd",
    0x8000000f,
    1,
    (uint64_t)-1,
    (uint64_t)INT64_MIN,
    200,
    0,
    7,
    UINT64_MAX,
};

static int compile(struct etch_clause *clause, const char *text, struct etch_clause_fault *fault)
{
    memset(fault, 0xa5, sizeof(*fault));
    return etch_clause_compile(clause, text, strlen(text), 0, &args, fault);
}

/* ---- what holds ---- */

static const struct {
    const char *text;
    bool holds;
} truths[] = {
    {"if size == 4096", true},
    {"if size == 4K", true},
    {"if size == 4k&&size==0x1000", true},
    {"if size != 0X1000", false},
    {"if size > 4095 && size < 4097", true},
    {"if size >= 4097", false},
    {"if size >= 4096", true},
    {"if size <= 4096", true},
    {"if size <= 4095", false},
    {"if size < 1M", true},
    {"if size < 1G && size < 18446744073709551615", true},
    {"if size", true},
    {"if !size", false},
    {"if !!size", true},
    {"if !(size)", false},
    {"if ptr", false},
    {"if ptr == NULL", true},
    {"if ptr == 0", true},
    {"if ptr != NULL", false},
    {"if fd == -1", true},
    {"if fd < 0", true},
    {"if fd > -2", true},
    {"if fd >= 0", false},
    {"if fd & 0x80000000", true},
    {"if fd & 0x80000000 == 0x80000000", true},
    {"if (fd & 0xff) == 255", true},
    {"if fd == -0x1", true},
    {"if limit == -9223372036854775808", true},
    {"if limit < 0 && limit < -9223372036854775807", true},
    {"if name == \"etc/passwd\"", true},
    {"if name == \"etc/passw\"", false},
    {"if name == \"etc/passwd0\"", false},
    {"if name != \"etc/passw\"", true},
    {"if name", true},
    {"if name == NULL", false},
    {"if name != NULL", true},
    {"if name =~ \"etc*\"", true},
    {"if name =~ \"*pass*\"", true},
    {"if name =~ \"*passw\"", false},
    {"if name =~ \"e?c/*\"", true},
    {"if name =~ \"\"", false},
    {"if !(name =~ \"x*\")", true},
    {"if name == \"etc\\x2fpasswd\"", true},
    {"if flags & 0xf == 0xf", true},
    {"if (flags & 0xf) == 0xf", true},
    {"if (flags & 0x10)", false},
    {"if ( flags&16 ) != 0 || flags & 8", true},
    {"if flags > 0x80000000", true},
    {"if ok", true},
    {"if ok == true && ok != false", true},
    {"if ok == 1", true},
    {"if ok < 1", false},
    {"if c == '\\xff'", true},
    {"if c == -1", true},
    {"if c < 'a'", true},
    {"if u8 == '\\xc8'", true},
    {"if u8 > 127", true},
    {"if other == 0xffffffffffffffff", true},
    {"if size == 1 || size == 2 || size == 4096", true},
    {"if size == 4096 && fd == 1 || ok", true},
    {"if size == 4096 && (fd == 1 || !ok)", false},
    {"if !(size == 4096 && fd == 1) && !(ok && u8 < 200)", true},
    {"if ((((size))))", true},
    {"  if\tsize  ==  4096  ", true},
    {"if limit != 5 limit 5/s", true},
    {"limit 1/s", true},
};

static void test_truths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
        struct etch_clause clause;
        struct etch_clause_fault fault;
        if (compile(&clause, truths[i].text, &fault) != 0)
            fail_msg("%s: column %zu: %s", truths[i].text, fault.column, fault.message);
        if (etch_condition_holds(&clause.condition, values, NULL) != truths[i].holds)
            fail_msg("%s", truths[i].text);
        assert_int_equal(clause.end, strlen(truths[i].text));
        /* What fits an event is well formed without one, too. */
        assert_int_equal(etch_clause_compile(&clause, truths[i].text, clause.end, 0, NULL, &fault),
                         0);
    }
}

/* ---- what is refused ---- */

#define NO_CONSTANT "a constant is missing: 4096, 'c', \"text\", NULL or true"
#define BEHIND      "&&, ||, limit N/s or the end is expected here, not "
#define IS_STRING                                                                                  \
    "`name` is a string: it is compared by == and != with \"text\" or NULL, by =~ with a "         \
    "\"pattern*\""
#define NUMBERS "compare it with one by == != < <= > >="

static const struct {
    const char *text;
    size_t column;
    const char *message;
} faults[] = {
    {"if", 3, "an argument of the event is missing: write NAME == 1"},
    {"if sz > 1", 4,
     "ev has no argument `sz`; it has size, ptr, fd, name, flags, ok, c, limit, u8, d, other"},
    {"if 1 == size", 4, "an argument of the event is missing: write NAME == 1"},
    {"if size =", 9, "write == to compare"},
    {"if size = 1", 9, "write == to compare"},
    {"if size ==", 11, NO_CONSTANT},
    {"if size == && ok", 12, NO_CONSTANT},
    {"if size == ptr", 12, "`ptr` is no constant; 4096, 'c', \"text\", NULL, true are"},
    {"if size == 4X", 12, "`4X` is no number; 4096, 0x1000 and 4K are"},
    {"if size == 0x", 12, "`0x` is no number; 4096, 0x1000 and 4K are"},
    {"if size == 4KB", 12, "`4KB` is no number; 4096, 0x1000 and 4K are"},
    {"if size == 010", 12, "`010` begins with 0: octal numbers are written 0x..."},
    {"if size == 18446744073709551616", 12, "`18446744073709551616` is above 64 bits"},
    {"if size == 18446744073709551615K", 12, "`18446744073709551615K` is above 64 bits"},
    {"if size == -1", 12, "`size` is never that: it is from 0 to 18446744073709551615"},
    {"if size == \"4\"", 4, "`size` is a number: " NUMBERS},
    {"if size =~ 4", 4, "`size` is a number: " NUMBERS},
    {"if size == NULL", 4, "`size` is a number, no pointer: write 0 for NULL"},
    {"if fd == 0xffffffff", 10, "`fd` is never that: it is from -2147483648 to 2147483647"},
    {"if fd == 2147483648", 10, "`fd` is never that: it is from -2147483648 to 2147483647"},
    {"if fd < -2147483649", 9, "`fd` is never that: it is from -2147483648 to 2147483647"},
    {"if ok == 2", 10, "`ok` is never that: it is from 0 to 1"},
    {"if u8 == 256", 10, "`u8` is never that: it is from 0 to 255"},
    {"if c == 128", 9, "`c` is never that: it is from -128 to 127"},
    {"if name == 4", 4, IS_STRING},
    {"if name < \"a\"", 4, IS_STRING},
    {"if name =~ NULL", 4, IS_STRING},
    {"if name & 1", 4, "`name` is a string: it has no bits"},
    {"if name == \"a", 12, "the closing `\"` is missing"},
    {"if name == \"a\\q\"", 14, "`\\q` is no escape; \\n \\t \\r \\0 \\xHH \\\\ \\' \\\" are"},
    {"if name == \"a\\", 14, "`\\` is no escape; \\n \\t \\r \\0 \\xHH \\\\ \\' \\\" are"},
    {"if name == \"a\\0b\"", 14, "a text ends at its first NUL; leave this out"},
    {"if c == 'ab'", 9, "one character stands between '', a text between \"\""},
    {"if c == ''", 9, "one character stands between '', a text between \"\""},
    {"if c == 'a", 9, "the closing `'` is missing"},
    {"if d == 1", 4,
     "`d` is a floating-point number: conditions take integers, pointers and strings"},
    {"if (size == 1", 4, "the closing `)` is missing"},
    {"if (flags & 1 == 1", 4, "the closing `)` is missing"},
    {"if size == 1)", 13, BEHIND "`)`"},
    {"if size == 1 & ok", 14, BEHIND "`&`"},
    {"if size == 1 &&", 16, "an argument of the event is missing: write NAME == 1"},
    {"if ok ok", 7, BEHIND "`ok`"},
    {"if ok if ok", 7, BEHIND "`if`"},
    {"if flags &", 11, "a number is missing: 4096, 0x1000 or 4K"},
    {"if flags & x", 12, "`x` is no number; 4096, 0x1000 and 4K are"},
    {"limit", 6, "a number is missing: 4096, 0x1000 or 4K"},
    {"limit 0/s", 7, "a limit is 1/s to 1000000/s"},
    {"limit 1000001/s", 7, "a limit is 1/s to 1000000/s"},
    {"limit 5/m", 7, "a limit is 1/s to 1000000/s"},
    {"limit 5", 7, "a limit is 1/s to 1000000/s"},
    {"limit 5/s if ok", 11, BEHIND "`if`"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct etch_clause clause;
        struct etch_clause_fault fault;
        const char *text = faults[i].text;
        bool no_argument = strstr(faults[i].message, "has no argument") != NULL;
        if (compile(&clause, text, &fault) != (no_argument ? -ENOENT : -EINVAL))
            fail_msg("%s: taken", text);
        if (fault.column != faults[i].column || strcmp(fault.message, faults[i].message) != 0)
            fail_msg("%s: column %zu: %s", text, fault.column, fault.message);
    }
}

/* ---- bounds ---- */

static char *repeated(const char *first, const char *more, size_t n, const char *last)
{
    size_t size = strlen(first) + n * strlen(more) + strlen(last) + 1;
    char *text = malloc(size), *at = stpcpy(text, first);
    while (n-- > 0)
        at = stpcpy(at, more);
    stpcpy(at, last);
    return text;
}

static void check_bound(const char *first, const char *more, size_t fits, const char *last,
                        const char *message)
{
    struct etch_clause clause;
    struct etch_clause_fault fault;
    char *text = repeated(first, more, fits, last);
    assert_int_equal(compile(&clause, text, &fault), 0);
    free(text);
    text = repeated(first, more, fits + 1, last);
    assert_int_equal(compile(&clause, text, &fault), -EINVAL);
    assert_string_equal(fault.message, message);
    free(text);
}

static void test_bounds(void **state)
{
    (void)state;
    check_bound("if size == 1", " || size == 1", 63, "", "a condition has 64 comparisons at most");
    check_bound("if ", "!", 31, "size", "more than 32 `(` and `!` within each other");
    check_bound("if name == \"", "x", 512, "\"", "the texts of a condition have 512 bytes at most");
}

/* Of a string 512 bytes are looked at, as many as are stored. */
static void test_long_string(void **state)
{
    (void)state;
    struct etch_clause clause;
    struct etch_clause_fault fault;
    char text[600], *shown = repeated("if name =~ \"*y\" || name == \"", "x", 500, "\"");
    uint64_t v[12] = {[3] = (uint64_t)(uintptr_t)text};
    memset(text, 'x', sizeof(text)); /* without a NUL */
    assert_int_equal(compile(&clause, shown, &fault), 0);
    assert_false(etch_condition_holds(&clause.condition, v, NULL));
    text[511] = 'y';
    assert_true(etch_condition_holds(&clause.condition, v, NULL));
    uint32_t lengths[12] = {[3] = 500};
    assert_true(etch_condition_holds(&clause.condition, v, lengths));
    lengths[3] = 501;
    assert_false(etch_condition_holds(&clause.condition, v, lengths));
    lengths[3] = 600;
    assert_true(etch_condition_holds(&clause.condition, v, lengths));
    free(shown);
}

static void test_pieces(void **state)
{
    (void)state;
    struct etch_clause clause;
    struct etch_clause_fault fault;
    const char *text = "heap_*  if ok, before 1s";
    size_t at = etch_clause_find(text, strlen(text));
    assert_int_equal(at, 8);
    assert_int_equal(etch_clause_name(text, at, strlen(text)), 6);
    assert_int_equal(etch_clause_compile(&clause, text, strlen(text), at, &args, &fault), 0);
    assert_int_equal(clause.end, 13);
    assert_int_equal(etch_clause_find("a limit 1/s", 11), 2);
    for (size_t i = 0; i < 4; i++) {
        const char *plain = (const char *[]){"iffy", "a iffy", "a b if c", "if"}[i];
        assert_int_equal(etch_clause_find(plain, strlen(plain)), strlen(plain));
        assert_int_equal(etch_clause_name(plain, strlen(plain), strlen(plain)), strlen(plain));
    }
    assert_int_equal(compile(&clause, "if ok limit 1000000/s", &fault), 0);
    assert_int_equal(clause.limit, 1000000);
}

/* ---- random expressions ---- */

static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (seed >> 33) % n;
}

struct node {
    enum { NODE_TEST, NODE_NOT, NODE_AND, NODE_OR } type;
    struct node *left, *right;
    int argument, op;
    int64_t constant;
    uint64_t mask; /* 0: none */
};

static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
static const int numbers[] = {0, 2, 4, 7, 8}; /* arguments: unsigned, signed, by width */

static struct node *grow(struct node *pool, size_t *n, unsigned depth)
{
    struct node *node = &pool[(*n)++];
    *node = (struct node){.type = depth == 0 ? NODE_TEST : (int)random_below(4)};
    if (node->type == NODE_TEST) {
        node->argument = numbers[random_below(5)];
        node->op = (int)random_below(6);
        bool is_signed = node->argument == 2 || node->argument == 7;
        node->mask = random_below(4) == 0 ? 1 + random_below(7) : 0;
        node->constant = (int64_t)random_below(6) - (is_signed && !node->mask ? 3 : 0);
        return node;
    }
    node->left = grow(pool, n, depth - 1);
    if (node->type != NODE_NOT)
        node->right = grow(pool, n, depth - 1);
    return node;
}

static bool reference(const struct node *node, const uint64_t *v)
{
    switch (node->type) {
    case NODE_NOT:
        return !reference(node->left, v);
    case NODE_AND:
        return reference(node->left, v) && reference(node->right, v);
    case NODE_OR:
        return reference(node->left, v) || reference(node->right, v);
    case NODE_TEST:
        break;
    }
    bool is_signed = !node->mask && (node->argument == 2 || node->argument == 7);
    uint64_t raw = node->mask ? v[node->argument] & node->mask : v[node->argument];
    __int128 a = is_signed ? (__int128)(int64_t)raw : (__int128)raw, b = node->constant;
    bool results[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
    return results[node->op];
}

/* With no more parentheses than its tree needs, or some. */
static void print(FILE *out, const struct node *node, int outer)
{
    int inner = node->type == NODE_OR ? 1 : node->type == NODE_AND ? 2 : 3;
    bool wrapped = inner < outer || random_below(5) == 0;
    fputs(wrapped ? "(" : "", out);
    if (node->type == NODE_TEST) {
        fprintf(out, "%s", args.v[node->argument].name);
        if (node->mask)
            fprintf(out, " & %llu ", (unsigned long long)node->mask);
        fprintf(out, random_below(2) ? " %s %lld" : "%s%lld", ops[node->op],
                (long long)node->constant);
    } else if (node->type == NODE_NOT) {
        fputs("!", out);
        print(out, node->left, 4);
    } else {
        print(out, node->left, inner);
        fputs(node->type == NODE_AND ? " && " : "||", out);
        print(out, node->right, inner);
    }
    fputs(wrapped ? ")" : "", out);
}

static void test_random(void **state)
{
    (void)state;
    unsigned both[2] = {0, 0};
    for (unsigned round = 0; round < 3000; round++) {
        struct node pool[64];
        size_t n = 0, size;
        struct node *root = grow(pool, &n, (unsigned)random_below(6));
        char *text;
        FILE *out = open_memstream(&text, &size);
        fputs("if ", out);
        print(out, root, 0);
        fclose(out);
        struct etch_clause clause;
        struct etch_clause_fault fault;
        if (compile(&clause, text, &fault) != 0)
            fail_msg("%s: column %zu: %s", text, fault.column, fault.message);
        for (unsigned k = 0; k < 50; k++) {
            uint64_t v[12] = {random_below(6),
                              0,
                              (uint64_t)((int64_t)random_below(6) - 3),
                              0,
                              random_below(6),
                              0,
                              0,
                              (uint64_t)((int64_t)random_below(6) - 3),
                              random_below(6)};
            bool expected = reference(root, v);
            both[expected]++;
            if (etch_condition_holds(&clause.condition, v, NULL) != expected)
                fail_msg("%s: %d expected", text, expected);
        }
        free(text);
    }
    assert_true(both[0] > 10000 && both[1] > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truths), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_long_string),
        cmocka_unit_test(test_pieces), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
