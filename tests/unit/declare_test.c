/* SPDX-License-Identifier: MIT
 *
 * declare_test.c: the parser of declarations: what each era takes and refuses,
 * how arguments are split, what is kept verbatim, and hostile sizes.
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
#include "format/kind.h"

struct parsed {
    struct etch_decl_list list;
    struct etch_diags diags;
    int error;
};

static struct parsed parse_bytes(const char *text, size_t size, enum etch_era era)
{
    struct parsed p = {0};
    /* A copy of just the size, so that a sanitizer sees a read beyond it. */
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    p.error = etch_declare_parse(&p.list, "events", copy, size, era, &p.diags);
    free(copy);
    return p;
}

static struct parsed parse(const char *text, enum etch_era era)
{
    return parse_bytes(text, strlen(text), era);
}

static void release(struct parsed *p)
{
    etch_decl_list_free(&p->list);
    etch_diags_free(&p->diags);
}

/* The verdict of each era on a line: 'a'ccepted, 'w'arned of, 'r'efused; in the
 * order any, 2.8, 7.2, 11, reader. */
static const char *verdicts(const char *text)
{
    static char result[6];
    for (int era = ETCH_ERA_ANY; era <= ETCH_ERA_READER; era++) {
        struct parsed p = parse(text, (enum etch_era)era);
        result[era] = p.list.n == 0 ? 'r' : p.diags.warnings ? 'w' : 'a';
        assert_int_equal(p.error, era != ETCH_ERA_READER && p.list.n == 0 ? -EINVAL : 0);
        assert_int_equal(p.diags.errors != 0, p.error != 0);
        if (era == ETCH_ERA_READER)
            assert_int_equal(p.diags.n, 0);
        release(&p);
    }
    return result;
}

static void test_eras(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"a(void)\n", "aaaaa"},
        {"a(void)", "warra"},
        {"a(int x) \"%m\"\n", "warra"},
        {"a(int x) \"%%m\"\n", "warra"},
        {"a(int x) \"%d\\n\"\n", "warra"},
        {"a(int x) \"%d\\n\" \n", "waara"},
        {"a(int x) \"\\n%d\"\n", "waara"},
        {"a(int x) \"%d\\\\n\"\n", "warra"},
        {"a()\n", "rrrra"},
        {"a(int x,)\n", "rrrra"},
        {"a(int)\n", "rrrra"},
        {"a(void *)\n", "wwwwa"},
        {"a(struct foo *x)\n", "warra"},
        {"a(double x)\n", "warra"},
        {"a(unsigned\tint x)\n", "warra"},
        {"a(const const int x)\n", "aaaaa"},
        {"a(intptr_t x)\n", "warra"},
        {"a(uint_fast8_t x)\n", "warra"},
        {"a(ssize_t x, ptrdiff_t y, signed z)\n", "aaaaa"},
        {"a(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)\n", "aaaaa"},
        {"a(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k)\n",
         "warra"},
        {"foo a(void)\n", "rrrra"},
        {"vcpu a(void)\n", "aaara"},
        {"disable vcpu disable a(void)\n", "aaara"},
        {"tcg a(int x) \"a\", \"b\"\n", "aarra"},
        {"tcg a(TCGv x) \"a\", \"b\"\n", "aarra"},
        {"a(TCGv x) \"a\"\n", "warra"},
        {"tcg a(int x) \"a\"\n", "rrrra"},
        {"a(int x) \"a\", \"b\"\n", "araaa"},
        {"a(int x) \"a=%d,\"PRIx64\" b\"\n", "araaa"},
        {"a(int x) %d\n", "wwwwa"},
        {"a(int x) \"\n", "wwwwa"},
        {"a(int x) \"\"\n", "aaaaa"},
        {"a(void) \"\xe9\"\n", "warra"},
        {"a(void) \"\xc3\xa9\"\n", "aaaaa"},
        {"\xc3\xa9t\xc3\xa9(void)\n", "aaaaa"},
        {"1a(void)\n", "aaaaa"},
        {" a(void)\n", "aaaaa"},
        {"a(void)\r\n", "aaaaa"},
        /* no declaration at all */
        {"a\n", "rrrrr"},
        {"a (void)\n", "rrrrr"},
        {"a-b(void)\n", "rrrrr"},
        {"(void)\n", "rrrrr"},
        {"a(void\n", "rrrrr"},
        {"\xef\xbb\xbf"
         "a(void)\n",
         "rrrrr"},
        {"// a(void)\n", "rrrrr"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *got = verdicts(lines[i][0]);
        if (strcmp(got, lines[i][1]) != 0)
            fail_msg("%s instead of %s: %s", got, lines[i][1], lines[i][0]);
    }
}

/* The first diagnostic of a line, as QEMU 11 would meet it. */
static void expect_first(const char *text, unsigned column, bool qemu_text, const char *message)
{
    struct parsed p = parse(text, ETCH_ERA_11);
    assert_true(p.diags.n > 0);
    assert_string_equal(p.diags.v[0].message, message);
    assert_int_equal(p.diags.v[0].column, column);
    assert_int_equal(p.diags.v[0].line, 1);
    assert_int_equal(p.diags.v[0].qemu_text, qemu_text);
    assert_string_equal(p.diags.v[0].file, "events");
    assert_memory_equal(p.diags.v[0].source_line, text, strlen(p.diags.v[0].source_line));
    release(&p);
}

/* QEMU stops at its first error: the order of checks is part of its words. */
static void test_order(void **state)
{
    (void)state;
    expect_first("foo a(int, float x) \"%m\\n\"", 27, true, "events does not end with a new line");
    expect_first("foo a(int, float x) \"%m\\n\"\n", 22, true,
                 "Event format '%m' is forbidden, pass the error as an explicit trace argument");
    expect_first("foo a(int, float x) \"\\n\\n\"\n", 24, true,
                 "Event format must not end with a newline character");
    expect_first("foo a(int, float x) \"\\n\"PRIx8\n", 22, true,
                 "Event format must not use new line character");
    expect_first("foo a(int, float x)\n", 7, false,
                 "argument 'int' is one word: its name is missing");
    expect_first("foo a(float x, int)\n", 7, true,
                 "Argument type 'float' is not allowed. Only standard C types and fixed size "
                 "integer types should be used. struct, union, and other complex pointer types "
                 "should be declared as 'void *'");
    expect_first("foo a(int a,int b,int c,int d,int e,int f,int g,int h,int i,int j,int k)\n", 5,
                 true, "Event 'a' has more than maximum permitted argument count");
    expect_first("foo vcpu disable a(void)\n", 1, true, "Unknown properties: foo, vcpu");
}

static void test_all_errors(void **state)
{
    (void)state;
    struct parsed p =
        parse("a(int)\nb(void)\nc-(void)\nfoo d(int,float x)\ne(void)\n", ETCH_ERA_11);
    assert_int_equal(p.error, -EINVAL);
    assert_int_equal(p.diags.errors, 5);
    assert_int_equal(p.diags.v[1].line, 3);
    assert_int_equal(p.diags.v[4].line, 4);
    /* What has no error is there all the same. */
    assert_int_equal(p.list.n, 2);
    assert_string_equal(p.list.v[1].name, "e");
    assert_int_equal(p.list.v[1].line, 5);
    release(&p);
}

static void test_arguments(void **state)
{
    (void)state;
    static const struct {
        const char *text, *type, *name;
        char kind;
    } args[] = {
        {"int x", "int", "x", ETCH_KIND_INT},
        {"void*p", "void*", "p", ETCH_KIND_POINTER},
        {"void * p", "void *", "p", ETCH_KIND_POINTER},
        {"  const  char   *p ", "const  char   *", "p", ETCH_KIND_POINTER},
        {"const char *s", "const char *", "s", ETCH_KIND_STRING},
        {"const char*s", "const char*", "s", ETCH_KIND_STRING},
        {"char * s", "char *", "s", ETCH_KIND_STRING},
        {"char*s", "char*", "s", ETCH_KIND_STRING},
        {"char **p", "char **", "p", ETCH_KIND_POINTER},
        {"char * *p", "char * *", "p", ETCH_KIND_POINTER},
        {"unsigned char *p", "unsigned char *", "p", ETCH_KIND_POINTER},
        {"char const *p", "char const *", "p", ETCH_KIND_POINTER},
        {"unsigned int", "unsigned", "int", ETCH_KIND_UINT},
        {"const char *const p", "const char *", "const p", ETCH_KIND_STRING},
        {"int x[4]", "int", "x[4]", ETCH_KIND_INT},
        {"const uint8_t x", "const uint8_t", "x", ETCH_KIND_UCHAR},
        {"long unsigned int x", "long unsigned int", "x", ETCH_KIND_ULONG},
        {"unsigned long long x", "unsigned long long", "x", ETCH_KIND_ULLONG},
        {"long  int x", "long  int", "x", ETCH_KIND_LONG},
        {"signed x", "signed", "x", ETCH_KIND_INT},
        {"short int x", "short int", "x", ETCH_KIND_SHORT},
        {"unsigned short x", "unsigned short", "x", ETCH_KIND_USHORT},
        {"char c", "char", "c", ETCH_KIND_CHAR},
        {"signed char c", "signed char", "c", ETCH_KIND_SCHAR},
        {"unsigned char c", "unsigned char", "c", ETCH_KIND_UCHAR},
        {"bool b", "bool", "b", ETCH_KIND_BOOL},
        {"_Bool b", "_Bool", "b", ETCH_KIND_BOOL},
        {"uint64_t x", "uint64_t", "x", ETCH_KIND_ULLONG},
        {"int64_t x", "int64_t", "x", ETCH_KIND_LLONG},
        {"size_t n", "size_t", "n", ETCH_KIND_SIZE},
        {"uintptr_t n", "uintptr_t", "n", ETCH_KIND_SIZE},
        {"ssize_t n", "ssize_t", "n", ETCH_KIND_SSIZE},
        {"ptrdiff_t n", "ptrdiff_t", "n", ETCH_KIND_SSIZE},
        {"double d", "double", "d", ETCH_KIND_DOUBLE},
        {"float d", "float", "d", ETCH_KIND_FLOAT},
        {"hwaddr a", "hwaddr", "a", ETCH_KIND_OTHER},
        {"struct foo x", "struct foo", "x", ETCH_KIND_OTHER},
        {"unsigned uint8_t x", "unsigned uint8_t", "x", ETCH_KIND_OTHER},
        {"void x", "void", "x", ETCH_KIND_OTHER},
        {"const const int x", "const const int", "x", ETCH_KIND_INT},
    };
    for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
        char line[128];
        snprintf(line, sizeof(line), "a(%s)\n", args[i].text);
        struct parsed p = parse(line, ETCH_ERA_2_8);
        assert_int_equal(p.list.n, 1);
        const struct etch_decl *decl = &p.list.v[0];
        assert_int_equal(decl->n_args, 1);
        assert_string_equal(decl->args[0].type, args[i].type);
        assert_string_equal(decl->args[0].name, args[i].name);
        assert_string_equal(decl->args_text, args[i].text);
        assert_int_equal(decl->args[0].kind, args[i].kind);
        assert_int_equal(etch_declare_kind(args[i].type), args[i].kind);
        assert_int_equal(decl->args[0].column, 3 + strspn(args[i].text, " "));
        release(&p);
    }
}

static void test_void(void **state)
{
    (void)state;
    struct parsed p =
        parse("a(void)\nb( void )\nc(int x, void)\nd(void, int x)\ne(void *void)\n", ETCH_ERA_11);
    static const size_t counts[] = {0, 0, 1, 1, 1};
    assert_int_equal(p.list.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(p.list.v[i].n_args, counts[i]);
    release(&p);
}

static void test_shape(void **state)
{
    (void)state;
    struct parsed p = parse("# comment\n\n \t# comment\n  disable\tvcpu  a(int x)\"%d) # (\"  \n"
                            "disable(int x)   \nb(c(int x) \"y\"\n",
                            ETCH_ERA_7_2);
    assert_int_equal(p.list.n, 2);
    const struct etch_decl *a = &p.list.v[0];
    assert_string_equal(a->name, "a");
    assert_int_equal(a->properties, ETCH_PROP_DISABLE | ETCH_PROP_VCPU);
    assert_string_equal(a->format, "\"%d) # (\"  ");
    assert_int_equal(a->line, 4);
    assert_int_equal(a->name_column, 17);
    assert_int_equal(a->format_column, 25);
    assert_string_equal(p.list.v[1].name, "disable");
    assert_int_equal(p.list.v[1].properties, 0);
    assert_null(p.list.v[1].format);
    assert_int_equal(p.list.v[1].format_column, 0);
    /* b: the arguments reach to the first ')', and their type is none. */
    assert_int_equal(p.diags.errors, 1);
    release(&p);
}

static void test_lines(void **state)
{
    (void)state;
    struct parsed p = parse("a(void)\r\nb(void)\rc(void)\n\rd(void)\r", ETCH_ERA_11);
    assert_int_equal(p.error, 0);
    assert_int_equal(p.list.n, 4);
    assert_int_equal(p.list.v[1].line, 2);
    assert_int_equal(p.list.v[2].line, 3);
    assert_int_equal(p.list.v[3].line, 5);
    release(&p);
    p = parse("", ETCH_ERA_11);
    assert_int_equal(p.error, 0);
    assert_int_equal(p.list.n, 0);
    release(&p);
    p = parse("   ", ETCH_ERA_11);
    assert_int_equal(p.diags.errors, 1);
    release(&p);
}

static void test_bytes(void **state)
{
    (void)state;
    static const char nul[] = "a(void)\nb\0(void)\nc(void)\n";
    struct parsed p = parse_bytes(nul, sizeof(nul) - 1, ETCH_ERA_ANY);
    assert_int_equal(p.diags.errors, 1);
    assert_int_equal(p.diags.v[0].line, 2);
    assert_int_equal(p.diags.v[0].column, 2);
    assert_int_equal(p.list.n, 2);
    release(&p);
    char binary[4096];
    for (size_t i = 0; i < sizeof(binary); i++)
        binary[i] = (char)(i * i % 17);
    p = parse_bytes(binary, sizeof(binary), ETCH_ERA_ANY);
    assert_int_equal(p.error, -EINVAL);
    assert_int_equal(p.diags.n, 1);
    release(&p);
}

static void test_print(void **state)
{
    (void)state;
    struct parsed p =
        parse("vcpu disable a( int x )   \"%d\"PRIx8 \ntcg b(TCGv x)\"x\" , \"y %d\"\n"
              "c(void)\n",
              ETCH_ERA_2_8);
    static const char *const lines[] = {"disable vcpu a( int x ) \"%d\"PRIx8 \n",
                                        "tcg b(TCGv x) \"x\" , \"y %d\"\n", "c(void)\n"};
    assert_int_equal(p.list.n, 3);
    for (size_t i = 0; i < 3; i++) {
        char *line = etch_declare_print(&p.list.v[i]);
        assert_non_null(line);
        if (i != 1) /* blanks before the comma are not kept */
            assert_string_equal(line, lines[i]);
        struct parsed again = parse(line, ETCH_ERA_2_8);
        assert_int_equal(again.list.n, 1);
        assert_string_equal(again.list.v[0].name, p.list.v[i].name);
        free(line);
        release(&again);
    }
    release(&p);
}

static void expect_decl(const struct etch_decl *decl, const char *name, const char *args,
                        const char *format, size_t n_args)
{
    assert_string_equal(decl->name, name);
    assert_string_equal(decl->args_text, args);
    if (format)
        assert_string_equal(decl->format, format);
    else
        assert_null(decl->format);
    assert_int_equal(decl->n_args, n_args);
}

static void test_expand(void **state)
{
    (void)state;
    static const char text[] = "tcg m(TCGv a, uint8_t b, TCGv_i32 c, TCGv_ptr d) \"F %d\", \"G\"\n"
                               "plain(int x) \"%d\"\n"
                               "disable vcpu tcg n(TCGv_i64 a) \"H\", \"I\"\n"
                               "vcpu o(void)\n";
    struct parsed p = parse(text, ETCH_ERA_2_8);
    assert_int_equal(etch_declare_expand_tcg(&p.list, ETCH_ERA_2_8), 0);
    assert_int_equal(p.list.n, 6);
    expect_decl(&p.list.v[0], "m_trans", "uint8_t b", "\"F %d\"", 1);
    expect_decl(&p.list.v[1], "m_exec", "uint64_t a, uint8_t b, uint32_t c, void * d", "\"G\"", 4);
    expect_decl(&p.list.v[2], "plain", "int x", "\"%d\"", 1);
    expect_decl(&p.list.v[3], "n_trans", "CPUState * __cpu", "\"cpu=%p \"\"H\"", 1);
    expect_decl(&p.list.v[4], "n_exec", "CPUState * __cpu, uint64_t a", "\"cpu=%p \"\"I\"", 2);
    expect_decl(&p.list.v[5], "o", "CPUState * __cpu", "\"cpu=%p \"", 1);
    assert_int_equal(p.list.v[0].properties, ETCH_PROP_TCG_TRANS);
    assert_int_equal(p.list.v[4].properties,
                     ETCH_PROP_TCG_EXEC | ETCH_PROP_VCPU | ETCH_PROP_DISABLE);
    assert_int_equal(p.list.v[1].args[3].kind, ETCH_KIND_POINTER);
    assert_int_equal(p.list.v[1].args[2].kind, ETCH_KIND_UINT);
    release(&p);
    p = parse("vcpu o(int x) \"%d\"\n", ETCH_ERA_7_2);
    assert_int_equal(etch_declare_expand_tcg(&p.list, ETCH_ERA_7_2), 0);
    assert_int_equal(etch_declare_expand_tcg(&p.list, ETCH_ERA_7_2), 0); /* once is enough */
    expect_decl(&p.list.v[0], "o", "void * __cpu, int x", "\"cpu=%p \"\"%d\"", 2);
    release(&p);
}

static void test_add(void **state)
{
    (void)state;
    struct etch_decl_list list = {0};
    assert_int_equal(etch_declare_add(&list, "a", "int x, const char *s", "\"%d %s\"",
                                      ETCH_PROP_DISABLE, "file", 7),
                     0);
    assert_int_equal(etch_declare_add(&list, "b", "", "", 0, "file", 0), 0);
    assert_int_equal(list.n, 2);
    expect_decl(&list.v[0], "a", "int x, const char *s", "\"%d %s\"", 2);
    assert_int_equal(list.v[0].args[1].kind, ETCH_KIND_STRING);
    expect_decl(&list.v[1], "b", "", NULL, 0);
    etch_decl_list_free(&list);
}

/* Hostile sizes: the time is linear, the messages are bounded. Each of these
 * takes minutes where something is quadratic. */
static void test_large(void **state)
{
    (void)state;
    static const char *const pieces[] = {"(",         ")",   "a(int x,", ",",     "\r",
                                         "a,",        "\"",  "a ",       "%m",    "\\n",
                                         "a(void)\n", "x\n", "a(int)\n", "a()\r", "int *x,",
                                         "\", \"",    "*",   "\xc3\xa9", "\xe9"};
    const size_t size = 1u << 20;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
        for (int prefix = 0; prefix < 3; prefix++) {
            static const char *const prefixes[] = {"", "a(", "tcg a(void) \""};
            size_t n = strlen(prefixes[prefix]), step = strlen(pieces[i]);
            memcpy(text, prefixes[prefix], n);
            for (; n + step <= size; n += step)
                memcpy(text + n, pieces[i], step);
            struct parsed p = {0};
            etch_declare_parse(&p.list, "large", text, n, ETCH_ERA_ANY, &p.diags);
            assert_true(p.diags.n <= ETCH_DIAGS_PER_FILE + 1);
            if (p.diags.errors + p.diags.warnings > ETCH_DIAGS_PER_FILE)
                assert_int_equal(p.diags.v[ETCH_DIAGS_PER_FILE].severity, ETCH_NOTE);
            release(&p);
        }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eras),       cmocka_unit_test(test_order),
        cmocka_unit_test(test_all_errors), cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_void),       cmocka_unit_test(test_shape),
        cmocka_unit_test(test_lines),      cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_print),      cmocka_unit_test(test_expand),
        cmocka_unit_test(test_add),        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
