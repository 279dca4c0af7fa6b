/* SPDX-License-Identifier: MIT
 *
 * simple_file.h: the trace of QEMU's documents, and what a reader is expected to
 * say about it: for the tests of simple files.
 */
#ifndef ETCH_TESTS_SIMPLE_FILE_H
#define ETCH_TESTS_SIMPLE_FILE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bytes.h"
#include "declare/declare.h"
#include <etch/read.h>

#define EVENTS "a(int x, const char *s) \"x=%d s=%s\"\nb(void) \"b\"\n"

static char folder[32];
static struct etch_read_fault fault;

static inline int setup(void **state)
{
    (void)state;
    enter_folder(folder);
    write_text("events", EVENTS);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    leave_folder(folder);
    return 0;
}

/* The file of the contract's appendix. */
static inline struct bytes appendix(bool swap)
{
    struct bytes b = {.swap = swap};
    put_header(&b, 4);
    put_mapping(&b, 0, "a");
    put_mapping(&b, 1, "b");
    put_event(&b, 0, 1000, 8 + 4 + 2);
    put_u64(&b, UINT64_MAX);
    put_string(&b, "hi");
    put_event(&b, 1, 3500, 0);
    return b;
}

static const char *const events_files[] = {"events", NULL};

static inline struct etch_reader *open_with(const struct etch_read_options *options)
{
    const char *paths[] = {"trace"};
    struct etch_reader *reader = NULL;
    char *error = NULL;
    int r = etch_reader_open(&reader, paths, 1, options, &error);
    if (r < 0)
        print_message("%s\n", error);
    assert_int_equal(r, 0);
    assert_null(error);
    return reader;
}

static inline struct etch_reader *open_trace(const struct bytes *b)
{
    struct etch_read_options options = {.events_files = events_files, .fault = &fault};
    write_bytes("trace", b);
    return open_with(&options);
}

static inline void expect_event(struct etch_reader *reader, struct etch_record *r, const char *name,
                                uint64_t time)
{
    char *error;
    int got = etch_reader_next(reader, r, &error);
    if (got < 0)
        print_message("%s\n", error);
    assert_int_equal(got, 1);
    assert_int_equal(r->type, ETCH_RECORD_EVENT);
    assert_string_equal(r->name, name);
    assert_int_equal(r->time_ns, time);
}

static inline void expect_fault(struct etch_reader *reader, enum etch_fault_kind kind,
                                const char *word)
{
    struct etch_record r;
    char *error = NULL;
    assert_int_equal(etch_reader_next(reader, &r, &error), -EINVAL);
    assert_non_null(error);
    if (strstr(error, word) == NULL)
        print_message("%s\n", error);
    assert_non_null(strstr(error, word));
    assert_int_equal(fault.kind, kind);
    free(error);
}

static inline void expect_end(struct etch_reader *reader)
{
    struct etch_record r;
    char *error;
    assert_int_equal(etch_reader_next(reader, &r, &error), 0);
    assert_int_equal(etch_reader_next(reader, &r, &error), 0);
    etch_reader_close(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
