/* SPDX-License-Identifier: MIT
 *
 * format_test.c: declared formats: literals, escapes and macros → printf's text
 * → its conversions.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "declare/declare.h"

static void expands(const char *format, const char *text)
{
    int error = 0;
    size_t where = 0;
    char *got = etch_format_expand(format, &error, &where);
    if (!got)
        fail_msg("%s: refused at %zu", format, where);
    assert_string_equal(got, text);
    free(got);
}

static void refuses(const char *format, size_t at)
{
    int error = 0;
    size_t where = 0;
    assert_null(etch_format_expand(format, &error, &where));
    assert_int_equal(error, -EINVAL);
    if (where != at)
        fail_msg("%s: refused at %zu instead of %zu", format, where, at);
}

static void test_expand(void **state)
{
    (void)state;
    expands("", "");
    expands("\"\"", "");
    expands("\"x=%\"PRIx64\" y\"", "x=%llx y");
    expands("\"x=%\" PRIx64", "x=%llx");
    expands("\"x=%08\" PRIX32 \"\"", "x=%08X");
    expands("\"%\"PRId8\"%\"PRIu16\"%\"PRIi32\"%\"PRIo64", "%hhd%hu%i%llo");
    expands("\"%\"PRIxPTR\" %\"PRIdMAX", "%tx %jd");
    expands("\"a\"\"b\"  \"c\"\t\"d\"  ", "abcd");
    expands("\"PRIx64 # , ( ) %% \\\" \\t\"", "PRIx64 # , ( ) %% \" \t");
    expands("\"\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\?\"", "\a\b\f\n\r\t\v\\'?");
    expands("\"\\x41\\101\\7\\x1fz\"", "AA\7\x1fz");
    expands("\"\\u00e9\\U0001f600\"", "\xc3\xa9\xf0\x9f\x98\x80");
    expands("PRIx64\"a\"", "llxa");
}

static void test_refuse(void **state)
{
    (void)state;
    refuses("\"abc", 0);
    refuses("\"a\" \"b\\\"", 4);
    refuses("\"a\\", 0);
    refuses("\"a\" PRIx65", 4);
    refuses("\"a\" PRIz64", 4);
    refuses("\"a\" foo", 4);
    refuses("\"a\", \"b\"", 3);
    refuses("\"a\" # b", 4);
    refuses("\"a\\q\"", 2);
    refuses("\"a\\xg\"", 2);
    refuses("\"a\\u12\"", 2);
    refuses("L\"a\"", 0);
}

/* All conversions of a text, written in one line. */
static const char *scan(const char *text)
{
    static char result[512];
    struct etch_conversion v;
    size_t n = 0;
    result[0] = '\0';
    for (size_t at = 0; etch_format_next(text, &at, &v);)
        n += (size_t)snprintf(result + n, sizeof(result) - n, "[%.*s:%s,%d,%d,%s,%c]",
                              (int)(v.end - v.begin), text + v.begin, v.flags, v.width, v.precision,
                              v.length, v.letter ? v.letter : '!');
    return result;
}

static void test_next(void **state)
{
    (void)state;
    assert_string_equal(scan(""), "");
    assert_string_equal(scan("no %% conversion %%"), "");
    assert_string_equal(scan("a %d b"), "[%d:,-1,-1,,d]");
    assert_string_equal(scan("%-5ld%0*x"), "[%-5ld:-,5,-1,l,d][%0*x:0,-2,-1,,x]");
    assert_string_equal(scan("%.8x %20s %#llx"),
                        "[%.8x:,-1,8,,x][%20s:,20,-1,,s][%#llx:#,-1,-1,ll,x]");
    assert_string_equal(scan("%*.*s %+ -#0d"), "[%*.*s:,-2,-2,,s][%+ -#0d:+ -#0,-1,-1,,d]");
    assert_string_equal(scan("%hhx%hd%zu%td%ju%Lf"),
                        "[%hhx:,-1,-1,hh,x][%hd:,-1,-1,h,d][%zu:,-1,-1,z,u][%td:,-1,-1,t,d]"
                        "[%ju:,-1,-1,j,u][%Lf:,-1,-1,L,f]");
    assert_string_equal(scan("%w64x %w8d"), "[%w64x:,-1,-1,w64,x][%w8d:,-1,-1,w8,d]");
    assert_string_equal(scan("%u%%%c%p"), "[%u:,-1,-1,,u][%c:,-1,-1,,c][%p:,-1,-1,,p]");
    assert_string_equal(scan("%.d %.-3d"), "[%.d:,-1,0,,d][%.:,-1,0,,!]");
    assert_string_equal(scan("0x%016 pc=0x%016"), "[%016:0,16,-1,,!][%016:0,16,-1,,!]");
    assert_string_equal(scan("100%"), "[%:,-1,-1,,!]");
    assert_string_equal(scan("%1$d"), "[%1:,1,-1,,!]");
    assert_string_equal(scan("%99999999999d %.99999s"),
                        "[%99999999999d:,4095,-1,,d][%.99999s:,-1,4095,,s]");
    assert_string_equal(scan("%---------d"), "[%---------d:-,-1,-1,,d]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
