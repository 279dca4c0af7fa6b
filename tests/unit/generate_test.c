/* SPDX-License-Identifier: MIT
 *
 * generate_test.c: the text, the paths, the list of backends, and what is
 * written for declarations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generate/generate.h"

static void relative_is(const char *path, const char *cwd, const char *want)
{
    char *got = etch_path_relative(path, cwd);
    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
}

static void test_relative(void **state)
{
    (void)state;
    relative_is("trace-events", "/a/b", "trace-events");
    relative_is("./x//y/../trace-events", "/a/b", "x/trace-events");
    relative_is("/a/b/hw/net/trace-events", "/a/b", "hw/net/trace-events");
    relative_is("/a/bc/trace-events", "/a/b", "../bc/trace-events");
    relative_is("../c/x", "/a/b", "../c/x");
    relative_is("/x", "/a/b", "../../x");
    relative_is("/a", "/a/b", "..");
    relative_is("/a/b", "/a/b", ".");
    relative_is("/a/b/", "/a/b/", ".");
    relative_is("x", "/", "x");
    relative_is("/x/y", "/", "x/y");
    relative_is("../../../x", "/a/b", "../../x");
    relative_is("..a/b", "/a", "..a/b");
}

static void group_is(const char *path, const char *want)
{
    char *got = etch_path_group(path);
    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
}

static void test_group(void **state)
{
    (void)state;
    group_is("trace-events", "root");
    group_is("hw/net/trace-events", "hw_net");
    group_is("hw-9.x/a b/trace-events", "hw_9_x_a_b");
    group_is("\xc3\xa4/trace-events", "__");
}

static void test_text(void **state)
{
    (void)state;
    struct etch_text text = {0};
    etch_text_number(&text, 0);
    etch_text_number(&text, UINT64_MAX);
    assert_int_equal(etch_text_line(&text), 1);
    etch_text_puts(&text, "\n\nx");
    assert_int_equal(etch_text_line(&text), 3);
    assert_int_equal(etch_text_line(&text), 3);
    etch_text_puts(&text, "\n");
    assert_int_equal(etch_text_line(&text), 4);
    etch_text_escaped(&text, "\"\\?\?=\n\xff", 7);
    etch_text_depfile_word(&text, "a b$#");
    etch_text_add(&text, "", 1);
    assert_false(text.failed);
    assert_string_equal(text.v, "018446744073709551615\n\nx\n\\\"\\\\?\\?=\\012\\377a\\ b$$\\# ");
    etch_text_free(&text);
}

static void test_text_grows(void **state)
{
    (void)state;
    struct etch_text text = {0};
    for (unsigned i = 0; i < 300000; i++)
        etch_text_add(&text, &"0123456789"[i % 10], 1);
    assert_int_equal(text.n, 300000);
    for (unsigned i = 0; i < 300000; i++)
        assert_int_equal(text.v[i], '0' + i % 10);
    etch_text_free(&text);
}

static void test_backends(void **state)
{
    (void)state;
    struct etch_gen_options options = {0};
    size_t length;
    assert_null(etch_gen_backends(&options, "log,simple,nop", &length));
    assert_int_equal(options.n_backends, 3);
    static const char list[] = "log,simp,nop";
    assert_ptr_equal(etch_gen_backends(&options, list, &length), list + 4);
    assert_int_equal(length, 4);
    static const char empty[] = "log,";
    assert_ptr_equal(etch_gen_backends(&options, empty, &length), empty + 4);
    assert_int_equal(length, 0);
    /* More than the options hold: refused, not written behind them. */
    assert_non_null(etch_gen_backends(
        &options, "log,log,log,log,log,log,log,log,log,log,log,log,log,log,log,log,log", &length));
    assert_string_equal(etch_gen_backend_name(0), "nop");
    assert_non_null(etch_gen_format_find("h"));
    assert_null(etch_gen_format_find("hh"));
    assert_null(etch_gen_format_find(""));
}

/* Generates `format` of the declarations with both backends. */
static struct etch_text generate(const char *format, const char *events)
{
    struct etch_gen_options options = {.group = "A-b", .header = "trace-A-b.h"};
    struct etch_decl_list decls = {0};
    struct etch_diags diags = {0};
    struct etch_text out = {0};
    size_t length;
    assert_null(etch_gen_backends(&options, "log,simple", &length));
    assert_int_equal(
        etch_declare_parse(&decls, "d/trace-events", events, strlen(events), ETCH_ERA_ANY, &diags),
        0);
    assert_int_equal(etch_generate(etch_gen_format_find(format), &options, &decls, "o/out.c", &out),
                     0);
    etch_text_add(&out, "", 1);
    assert_false(out.failed);
    etch_diags_free(&diags);
    etch_decl_list_free(&decls);
    return out;
}

static void holds(const char *format, const char *events, const char *want)
{
    struct etch_text out = generate(format, events);
    if (!strstr(out.v, want))
        fail_msg("no %s in\n%s", want, out.v);
    etch_text_free(&out);
}

static void test_names(void **state)
{
    (void)state;
    holds("h", "Foo_9(int x) \"%d\"\n", "#define TRACE_FOO_9_ENABLED 1\n");
    holds("h", "Foo_9(int x) \"%d\"\n", "void etch_fire_a_b_Foo_9(int);\n");
    holds("h", "disable foo(int x)\n", "#define TRACE_FOO_ENABLED 0\n");
    holds("h", "foo(void)\n", "#ifndef TRACE_A_B_GENERATED_TRACERS_H\n");
    holds("h", "foo(ssize_t x)\n", "#include <sys/types.h>\n");
    holds("c", "foo(int class)\n", "ETCH_PUT(p, class_);\n");
    holds("h", "", "#endif\n");
}

static void test_formats(void **state)
{
    (void)state;
    holds("c", "a(uint64_t x) \"%\"PRIx64\"y\"\n",
          "etch_log(\"a \" \"%\" PRIx64 \"y\" \"\\n\", x_)");
    holds("c", "a(int x) \"PRIx64\\\"PRI\"\n", "\"PRIx64\\\"PRI\"");
    holds("c", "a(int x)\n", "etch_log(\"a \\n\");");
    holds("c", "a(int x) \"\"\n", "etch_log(\"a \\n\");");
    holds("c", "a(char **x, int w, void *v, int *i) \"%p %*d %p %p\"\n",
          ", (const void *)x_, w_, v_, (const void *)i_);");
    holds("c", "a(int *i) \"%p\"\n", "#line 1 \"d/trace-events\"\n");
}

/* #line behind an event names the line that follows. */
static void test_line_numbers(void **state)
{
    (void)state;
    struct etch_text out = generate("c", "a(void) \"a\"\nb(void) \"b\"\n");
    size_t line = 1, found = 0;
    for (char *at = out.v; *at; at = strchr(at, '\n') + 1, line++) {
        unsigned said;
        int end = 0;
        if (sscanf(at, "#line %u \"o/out.c\"%n", &said, &end) == 1 && end) {
            assert_int_equal(said, line + 1);
            found++;
        }
    }
    assert_int_equal(found, 2);
    etch_text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relative), cmocka_unit_test(test_group),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_text_grows),
        cmocka_unit_test(test_backends), cmocka_unit_test(test_names),
        cmocka_unit_test(test_formats),  cmocka_unit_test(test_line_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
