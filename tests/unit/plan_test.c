/* SPDX-License-Identifier: MIT
 *
 * plan_test.c: a plan prints what glibc's printf prints, for every flag, width,
 * precision, length and letter over values that matter, and keeps its head
 * where a declaration and its arguments do not fit together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "declare/declare.h"
#include "sink/plan.h"

/* The output of a plan: into a file in memory, so that long ones are flushed on
 * their way, too. */
struct fixture {
    struct etch_out out;
    char text[ETCH_PLAN_WIDTH_MAX * 3];
};

static struct fixture fix;

static int set_up(void **state)
{
    (void)state;
    int fd = memfd_create("plan", 0);
    return fd < 0 ? -1 : etch_out_open(&fix.out, fd);
}

static int tear_down(void **state)
{
    (void)state;
    int r = etch_out_close(&fix.out);
    close(fix.out.fd);
    return r;
}

static const char *printed(const struct etch_plan *plan, const struct etch_record *record)
{
    etch_plan_print(plan, record, &fix.out);
    size_t n = (size_t)(fix.out.p - fix.out.start);
    assert_true(n < sizeof(fix.text));
    memcpy(fix.text, fix.out.start, n);
    fix.text[n] = '\0';
    fix.out.p = fix.out.start;
    return fix.text;
}

static struct etch_decl_list parse(const char *line)
{
    struct etch_decl_list list = {0};
    struct etch_diags diags = {0};
    etch_declare_parse(&list, "test", line, strlen(line), ETCH_ERA_READER, &diags);
    etch_diags_free(&diags);
    assert_int_equal(list.n, 1);
    return list;
}

/* Prints by a declaration; the values follow, strings by pointer and length. */
static const char *by_declaration(const char *line, enum etch_plan_style style,
                                  const struct etch_record *record)
{
    struct etch_decl_list list = parse(line);
    struct etch_plan plan;
    etch_plan_make(&plan, &list.v[0], style);
    const char *text = printed(&plan, record);
    etch_plan_free(&plan);
    etch_decl_list_free(&list);
    return text;
}

static void add_number(struct etch_record *record, uint64_t value)
{
    record->value[record->n_values++] = value;
}

static void add_bytes(struct etch_record *record, const char *bytes, size_t n)
{
    record->length[record->n_values] = (uint32_t)n;
    record->value[record->n_values++] = (uint64_t)(uintptr_t)bytes;
}

static const uint64_t values[] = {0,
                                  1,
                                  7,
                                  8,
                                  9,
                                  10,
                                  15,
                                  16,
                                  99,
                                  100,
                                  127,
                                  128,
                                  255,
                                  256,
                                  999,
                                  1000,
                                  32767,
                                  32768,
                                  65535,
                                  65536,
                                  99999999,
                                  100000000,
                                  0x7fffffff,
                                  0x80000000,
                                  0xffffffff,
                                  UINT64_C(0x100000000),
                                  UINT64_C(0x5604485d70d0),
                                  UINT64_C(999999999999),
                                  UINT64_C(0x7fffffffffffffff),
                                  UINT64_C(0x8000000000000000),
                                  UINT64_C(9999999999999999999),
                                  UINT64_C(10000000000000000000),
                                  UINT64_C(0xffffffffffffff80),
                                  UINT64_MAX};

static const char *const flag_sets[] = {"",   "-",  "+",  " ",  "#",  "0",     "-0", "+0",
                                        " 0", "#0", "-#", "+-", "# ", "-+ #0", "+ "};
static const char *const sizes[] = {"", "1", "2", "4", "8", "12", "16", "17", "24"};
static const char *const precisions[] = {"", ".", ".0", ".1", ".2", ".8", ".16", ".20"};
static const char *const lengths[] = {"", "hh", "h", "l", "ll", "z", "t", "j"};

/* What glibc prints for one integer conversion. */
static void reference(char *to, size_t size, const char *format, const char *length, char letter,
                      uint64_t value)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (letter == 'p')
        snprintf(to, size, format, (void *)(uintptr_t)value);
    else if (length[0] == '\0' || length[0] == 'h' || letter == 'c')
        snprintf(to, size, format, (int)value);
    else
        snprintf(to, size, format, (long)value);
#pragma GCC diagnostic pop
}

/* One conversion over all values; the plan is made once. */
static void check_conversion(const char *conversion, const char *length, char letter)
{
    char line[160], format[80], expected[160];
    snprintf(format, sizeof(format), "<%s>", conversion);
    snprintf(line, sizeof(line), "e(uint64_t a) \"%s\"\n", format);
    struct etch_decl_list list = parse(line);
    struct etch_plan plan;
    assert_int_equal(etch_plan_make(&plan, &list.v[0], ETCH_PLAN_FORMAT), 0);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (letter == 'c' && (values[i] & 0xff) - 0x20 >= 0x7f - 0x20)
            continue; /* those are escaped, see text() */
        struct etch_record record = {.n_values = 1, .value = {values[i]}};
        reference(expected, sizeof(expected), format, length, letter, values[i]);
        const char *got = printed(&plan, &record);
        if (strcmp(got, expected) != 0)
            print_error("%s of %llx\n", conversion, (unsigned long long)values[i]);
        assert_string_equal(got, expected);
    }
    etch_plan_free(&plan);
    etch_decl_list_free(&list);
}

static void integers(void **state)
{
    (void)state;
#define EACH(i, array) for (size_t i = 0; i < sizeof(array) / sizeof(array[0]); i++)
    EACH(f, flag_sets)
    EACH(s, sizes)
    EACH(p, precisions) EACH(l, lengths) for (const char *letter = "diuoxXcp"; *letter; letter++)
    {
        if ((*letter == 'c' || *letter == 'p') && lengths[l][0])
            continue;
        char conversion[40];
        snprintf(conversion, sizeof(conversion), "%%%s%s%s%s%c", flag_sets[f], sizes[s],
                 precisions[p], lengths[l], *letter);
        check_conversion(conversion, lengths[l], *letter);
    }
}

static void strings(void **state)
{
    static const char *const texts[] = {"", "a", "serial", "a text of more than thirty-two bytes"};
    (void)state;
    EACH(f, flag_sets) EACH(s, sizes) EACH(p, precisions) EACH(t, texts)
    {
        char format[40], line[80], expected[160];
        snprintf(format, sizeof(format), "<%%%s%s%ss>", flag_sets[f], sizes[s], precisions[p]);
        snprintf(line, sizeof(line), "e(const char *s) \"%s\"\n", format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(expected, sizeof(expected), format, texts[t]);
#pragma GCC diagnostic pop
        struct etch_record record = {0};
        add_bytes(&record, texts[t], strlen(texts[t]));
        assert_string_equal(by_declaration(line, ETCH_PLAN_FORMAT, &record), expected);
    }
}

static void doubles(void **state)
{
    static const char *const formats[] = {"%f",     "%e",    "%g", "%10.3f",
                                          "%-12gX", "%+.0f", "%a", "%G"};
    static const double numbers[] = {0, 1, -1.5, 3.14159, 1e300, -1e-300, 1.0 / 3};
    (void)state;
    EACH(f, formats) EACH(n, numbers)
    {
        char line[80], expected[400];
        snprintf(line, sizeof(line), "e(double d) \"%s\"\n", formats[f]);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(expected, sizeof(expected), formats[f], numbers[n]);
#pragma GCC diagnostic pop
        struct etch_record record = {.n_values = 1};
        memcpy(&record.value[0], &numbers[n], 8);
        assert_string_equal(by_declaration(line, ETCH_PLAN_FORMAT, &record), expected);
    }
}

static void stars(void **state)
{
    (void)state;
    for (int width = -20; width <= 20; width++)
        for (int precision = -2; precision <= 12; precision++) {
            char expected[80];
            snprintf(expected, sizeof(expected), "%+*.*d|%*x|%.*s", width, precision, 42, width,
                     0xbeefu, precision, "etch");
            struct etch_record record = {0};
            add_number(&record, (uint64_t)(int64_t)width);
            add_number(&record, (uint64_t)(int64_t)precision);
            add_number(&record, 42);
            add_number(&record, (uint64_t)(int64_t)width);
            add_number(&record, 0xbeef);
            add_number(&record, (uint64_t)(int64_t)precision);
            add_bytes(&record, "etch", 4);
            assert_string_equal(
                by_declaration("e(int a, int b, int c, int d, int e, int f, const char *g) "
                               "\"%+*.*d|%*x|%.*s\"\n",
                               ETCH_PLAN_FORMAT, &record),
                expected);
        }
}

/* A width out of the trace may be anything. */
static void hostile_width(void **state)
{
    (void)state;
    struct etch_record record = {0};
    add_number(&record, 0x7fffffff);
    add_number(&record, 1);
    const char *text = by_declaration("e(int a, int b) \"%*d\"\n", ETCH_PLAN_FORMAT, &record);
    assert_int_equal(strlen(text), ETCH_PLAN_WIDTH_MAX);
    record.value[0] = 0x80000000;
    text = by_declaration("e(int a, int b) \"%0*d\"\n", ETCH_PLAN_FORMAT, &record);
    assert_int_equal(strlen(text), ETCH_PLAN_WIDTH_MAX);
    assert_int_equal(text[0], '1');
}

static void literals(void **state)
{
    (void)state;
    struct etch_record record = {.n_values = 2, .value = {5, 0x10}};
    assert_string_equal(by_declaration("e(int a, uint64_t b) \"%d%% of %%d %\"PRIx64\"\\tend\"\n",
                                       ETCH_PLAN_FORMAT, &record),
                        "5% of %d 10\tend");
}

/* Conversions without an argument, arguments without a conversion, letters that
 * printf does not have, kinds that do not fit. */
static void misfits(void **state)
{
    (void)state;
    struct etch_record record = {0};
    add_number(&record, 5);
    assert_string_equal(by_declaration("e(int a) \"a %d b %d\"\n", ETCH_PLAN_FORMAT, &record),
                        "a 5 b %d");
    assert_string_equal(by_declaration("e(int a) \"nothing\"\n", ETCH_PLAN_FORMAT, &record),
                        "nothing");
    assert_string_equal(by_declaration("e(int a) \"%n %d\"\n", ETCH_PLAN_FORMAT, &record), "%n 5");
    assert_string_equal(by_declaration("e(int a) \"%s\"\n", ETCH_PLAN_FORMAT, &record), "0x5");
    assert_string_equal(by_declaration("e(int a) \"x %\"\n", ETCH_PLAN_FORMAT, &record), "x %");
    assert_string_equal(by_declaration("e(int a)\n", ETCH_PLAN_FORMAT, &record), "");
    assert_string_equal(by_declaration("e(int a) \"x %d\n", ETCH_PLAN_FORMAT, &record), "a=5");
    assert_string_equal(by_declaration("e(int a) \"x %\"FOO\n", ETCH_PLAN_FORMAT, &record), "a=5");
    assert_string_equal(
        by_declaration("e(int a) \"a\\tb\\nc\\x1b[m%d\"\n", ETCH_PLAN_FORMAT, &record),
        "a\tb\\nc\\x1b[m5");
    struct etch_record text = {0};
    add_bytes(&text, "hi", 2);
    assert_string_equal(by_declaration("e(const char *a) \"%p\"\n", ETCH_PLAN_FORMAT, &text), "hi");
    assert_string_equal(by_declaration("e(const char *a) \"%d\"\n", ETCH_PLAN_FORMAT, &text), "hi");
}

static void text(void **state)
{
    static const char bytes[] =
        "a\n\t\r\033[31m\x7f\x80\xff\xc3\xa4\xc2\x9b\xe2\x80\xae\xed\xa0\x80\\\"";
    (void)state;
    struct etch_record record = {0};
    add_bytes(&record, bytes, sizeof(bytes) - 1);
    assert_string_equal(by_declaration("e(const char *s) \"%s\"\n", ETCH_PLAN_FORMAT, &record),
                        "a\\n\\t\\r\\x1b[31m\\x7f\\x80\\xff\xc3\xa4\\xc2\\x9b\\xe2\\x80\\xae"
                        "\\xed\\xa0\\x80\\\"");
    assert_string_equal(by_declaration("e(const char *s) \"\"\n", ETCH_PLAN_JSON, &record),
                        "{\"s\":\"a\\n\\t\\r\\u001b[31m\\u007f\\ufffd\\ufffd\xc3\xa4\\u009b\\u202e"
                        "\\ufffd\\ufffd\\ufffd\\\\\\\"\"}");
    assert_string_equal(by_declaration("e(const char *s) \"\"\n", ETCH_PLAN_SIMPLETRACE, &record),
                        "s=b'a\\n\\t\\r\\x1b[31m\\x7f\\x80\\xff\\xc3\\xa4\\xc2\\x9b\\xe2\\x80\\xae"
                        "\\xed\\xa0\\x80\\\\\"'");
    struct etch_record one = {.n_values = 1, .value = {27}};
    assert_string_equal(by_declaration("e(char c) \"[%c]\"\n", ETCH_PLAN_FORMAT, &one), "[\\x1b]");
}

static void python_quotes(void **state)
{
    static const char *const pairs[][2] = {
        {"it's", "s=b\"it's\""}, {"a \"b\"", "s=b'a \"b\"'"}, {"'\"", "s=b'\\'\"'"}, {"", "s=b''"}};
    (void)state;
    EACH(i, pairs)
    {
        struct etch_record record = {0};
        add_bytes(&record, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(
            by_declaration("e(const char *s) \"\"\n", ETCH_PLAN_SIMPLETRACE, &record), pairs[i][1]);
    }
}

static void styles(void **state)
{
    static const char line[] =
        "e(void *p, int i, uint64_t u, bool b, const char *s, char c, double d, void *q) \"\"\n";
    double d = 0.1;
    (void)state;
    struct etch_record r = {.n_values = 8,
                            .value = {0xabc, (uint64_t)-1, UINT64_MAX, 1, 0, (uint64_t)-2, 0, 0}};
    r.value[4] = (uint64_t)(uintptr_t) "x y";
    r.length[4] = 3;
    memcpy(&r.value[6], &d, 8);
    assert_string_equal(by_declaration(line, ETCH_PLAN_JSON, &r),
                        "{\"p\":\"0xabc\",\"i\":-1,\"u\":18446744073709551615,\"b\":true,"
                        "\"s\":\"x y\",\"c\":-2,\"d\":0.1,\"q\":\"0x0\"}");
    assert_string_equal(by_declaration(line, ETCH_PLAN_RAW, &r),
                        "p=0xabc i=-1 u=18446744073709551615 b=true s=\"x y\" c=-2 d=0.1 q=0x0");
    r.value[6] = 7;
    assert_string_equal(by_declaration(line, ETCH_PLAN_BARE, &r),
                        "p=0xabc i=0xffffffffffffffff u=0xffffffffffffffff b=0x1 s=x y "
                        "c=0xfffffffffffffffe d=0x7 q=0x0");
    struct etch_record none = {0};
    assert_string_equal(by_declaration("e(void) \"x\"\n", ETCH_PLAN_JSON, &none), "{}");
    assert_string_equal(by_declaration("e(void) \"x\"\n", ETCH_PLAN_RAW, &none), "");
}

/* Fewer values than declared: the record is shown without the declaration. */
static void short_record(void **state)
{
    (void)state;
    struct etch_record record = {.n_values = 1, .value = {5}};
    assert_string_equal(by_declaration("e(int a, int b) \"%d %d\"\n", ETCH_PLAN_FORMAT, &record),
                        "arg1=0x5");
    assert_string_equal(by_declaration("e(int a, int b) \"%d %d\"\n", ETCH_PLAN_JSON, &record),
                        "{\"arg1\":\"0x5\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),      cmocka_unit_test(strings),
        cmocka_unit_test(doubles),       cmocka_unit_test(stars),
        cmocka_unit_test(hostile_width), cmocka_unit_test(literals),
        cmocka_unit_test(misfits),       cmocka_unit_test(text),
        cmocka_unit_test(python_quotes), cmocka_unit_test(styles),
        cmocka_unit_test(short_record),
    };
    return cmocka_run_group_tests_name("plan", tests, set_up, tear_down);
}
