/* SPDX-License-Identifier: MIT
 *
 * read_folder_test.c: the folder of `etch record`: several traces as one, by
 * their side files, and what is wrong with one of them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "pool_image.h"
#include "declare/declare.h"
#include <etch/read.h>

static char folder[32];

static int setup(void **state)
{
    (void)state;
    enter_folder(folder);
    return mkdir("d", 0700);
}

static int teardown(void **state)
{
    (void)state;
    leave_folder(folder);
    return 0;
}

/* A trace of the event num, at the times begin, begin + step and so on. */
static void write_trace(const char *path, uint32_t pid, unsigned n, uint64_t begin, uint64_t step)
{
    struct bytes b = {0}, m = meta_file(false);
    char name[64];
    put_header(&b, 4);
    put_mapping(&b, 100, "num");
    for (unsigned i = 0; i < n; i++) {
        put_u64(&b, 1);
        put_u64(&b, 100);
        put_u64(&b, begin + i * step);
        put_u32(&b, 48);
        put_u32(&b, pid);
        put_u64(&b, i);
        put_u64(&b, 2);
        put_u64(&b, 3);
    }
    write_bytes(path, &b);
    snprintf(name, sizeof(name), "%s.meta", path);
    write_bytes(name, &m);
    free(b.data);
    free(m.data);
}

static struct etch_reader *open_folder(bool follow)
{
    const char *paths[] = {"d"};
    struct etch_read_options options = {.follow = follow};
    struct etch_reader *reader;
    char *error;
    assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), 0);
    return reader;
}

static void expect(struct etch_reader *reader, uint32_t pid, uint64_t time)
{
    struct etch_record r;
    char *error;
    assert_int_equal(etch_reader_next(reader, &r, &error), 1);
    assert_int_equal(r.time_ns, time);
    assert_int_equal(r.pid, pid);
    assert_non_null(r.decl);
    assert_string_equal(r.decl->args[1].name, "p");
}

static int next(struct etch_reader *reader, char **error)
{
    struct etch_record r;
    return etch_reader_next(reader, &r, error);
}

static void test_merged(void **state)
{
    (void)state;
    char *error;
    write_text("d/session", "etch 1\n");
    write_text("d/trace-events", "not a trace of ours\n");
    write_trace("d/trace-10", 10, 3, 100, 20);
    write_trace("d/trace-10.1", 10, 2, 105, 20);
    write_trace("d/trace-9", 9, 2, 100, 11);
    struct etch_reader *reader = open_folder(false);
    expect(reader, 9, 100); /* of one time: in the order of the files */
    expect(reader, 10, 100);
    expect(reader, 10, 105);
    expect(reader, 9, 111);
    expect(reader, 10, 120);
    expect(reader, 10, 125);
    expect(reader, 10, 140);
    assert_int_equal(next(reader, &error), 0);
    etch_reader_close(reader);
}

/* What is wrong with one trace is told, and the others are read. */
static void test_one_is_bad(void **state)
{
    (void)state;
    char *error;
    write_trace("d/trace-1", 1, 1, 5, 1);
    write_text("d/trace-2", "this is no trace, but long enough to be one\n");
    write_trace("d/trace-3", 3, 1, 4, 1);
    write_text("d/trace-3.meta", "this is no side file, but it is as long as the header of one is, "
                                 "or longer still\n");
    struct etch_reader *reader = open_folder(false);
    assert_int_equal(next(reader, &error), -EINVAL);
    assert_non_null(strstr(error, "d/trace-2: "));
    free(error);
    assert_int_equal(next(reader, &error), -EINVAL);
    assert_non_null(strstr(error, "d/trace-3.meta: "));
    free(error);
    struct etch_record r;
    assert_int_equal(etch_reader_next(reader, &r, &error), 1);
    assert_string_equal(r.name, "num"); /* raw */
    assert_null(r.decl);
    assert_int_equal(r.n_values, 3);
    expect(reader, 1, 5);
    assert_int_equal(next(reader, &error), 0);
    etch_reader_close(reader);
}

/* Processes that appear while it is followed, until the session has ended. */
static void test_followed(void **state)
{
    (void)state;
    char *error;
    write_text("d/session", "etch 1\n");
    struct etch_reader *reader = open_folder(true);
    assert_int_equal(next(reader, &error), -EAGAIN);
    write_trace("d/trace-1", 1, 2, 5, 1);
    expect(reader, 1, 5);
    expect(reader, 1, 6);
    assert_int_equal(next(reader, &error), -EAGAIN);
    write_trace("d/trace-2", 2, 1, 7, 1);
    write_text("d/session", "etch 1\nstatus 0\n");
    expect(reader, 2, 7);
    assert_int_equal(next(reader, &error), 0);
    etch_reader_close(reader);
}

static void test_no_recording(void **state)
{
    (void)state;
    const char *paths[] = {"d"};
    struct etch_read_options options = {0};
    struct etch_reader *reader;
    char *error;
    assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), -ENOENT);
    assert_non_null(strstr(error, "etch record -o d"));
    free(error);
    write_text("d/session", "etch 1\nstatus 0\n"); /* of a program without events */
    reader = open_folder(false);
    assert_int_equal(next(reader, &error), 0);
    etch_reader_close(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* One event of DIR/kernel, mapped as this, with three numbers behind its text. */
static struct etch_reader *open_kernel(const char *mapped)
{
    struct bytes b = {0};
    put_header(&b, 4);
    put_mapping(&b, 7, mapped);
    put_event(&b, 7, 100, 8 + 4 + 5 + 3 * 8);
    put_u64(&b, 2);
    put_string(&b, "words");
    for (unsigned i = 1; i <= 3; i++)
        put_u64(&b, 0 - (uint64_t)i);
    write_bytes("d/kernel", &b);
    free(b.data);
    return open_folder(false);
}

static void test_kernel(void **state)
{
    (void)state;
    struct etch_record r;
    char *error;
    write_text("d/session", "etch 1\n");
    struct etch_reader *reader = open_kernel("s:e(a:i,cpu:u,text:p)");
    assert_int_equal(etch_reader_next(reader, &r, &error), 1);
    assert_string_equal(r.decl->name, "s:e");
    assert_int_equal(r.decl->n_args, 5);
    assert_string_equal(r.decl->args[2].name, "a");
    assert_string_equal(r.decl->args[2].type, "int64_t");
    assert_string_equal(r.decl->args[3].name, "cpu_");
    assert_string_equal(r.decl->args[4].name, "text_");
    assert_int_equal(r.value[0], 2);
    assert_int_equal(r.length[1], 5);
    assert_int_equal(r.value[4], (uint64_t)-3);
    etch_reader_close(reader);
}

/* Names that no etch-kernel writes: read as far as they go, or told. */
static void test_kernel_names(void **state)
{
    static const char *const names[] = {
        "s:e",        "s:e(",         "s:e()",        "s:e(a",      "s:e(a)",     "s:e(:i)",
        "s:e(a:z)",   "s:e(a:ii)",    "s:e(a:i,a:i)", "s:e(a:i",    "s:e(a:i,)",  "s:e(a:i),b:i",
        "(a:i)",      "s:e(t:u,c:u)", "s:e(a:s,b:s)", "s:e((a:i))", "s:e(a*b:i)", "s:e(void:i)",
        "s:e(\"a:i)", "s:e(a[4]:i)",  "e)(",          ",",          ":",          "s:e(,,,,)"};
    (void)state;
    write_text("d/session", "etch 1\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct etch_reader *reader = open_kernel(names[i]);
        char *error = NULL;
        int got;
        unsigned n = 0;
        while ((got = next(reader, &error)) != 0 && n < 20) {
            assert_true(got == 1 || error != NULL);
            free(error);
            error = NULL;
            n++;
        }
        assert_true(n > 0 && n < 20);
        etch_reader_close(reader);
        unlink("d/kernel");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_merged),       TEST(test_one_is_bad), TEST(test_followed),
        TEST(test_no_recording), TEST(test_kernel),     TEST(test_kernel_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
