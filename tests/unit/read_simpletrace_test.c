/* SPDX-License-Identifier: MIT
 *
 * read_simpletrace_test.c: the faults of simpletrace.py, by era.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bytes.h"
#include <etch/read.h>

static char folder[32];

static int setup(void **state)
{
    (void)state;
    enter_folder(folder);
    write_text("events", "a(int x, const char *s) \"\"\nb(void) \"\"\nn(int x) \"\"\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    leave_folder(folder);
    return 0;
}

/* Reads to the end or the first fault: the number of events before it. */
static unsigned run(const struct bytes *b, enum etch_simpletrace era, struct etch_read_fault *fault,
                    struct etch_record *last)
{
    static const char *const events_files[] = {"events", NULL};
    const char *paths[] = {"trace"};
    struct etch_read_options options = {
        .events_files = events_files, .simpletrace = era, .fault = fault};
    struct etch_reader *reader;
    char *error;
    unsigned events = 0;
    *fault = (struct etch_read_fault){0};
    write_bytes("trace", b);
    assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), 0);
    int got;
    while ((got = etch_reader_next(reader, last, &error)) == 1)
        events++;
    if (got < 0) {
        struct etch_record r;
        assert_non_null(error);
        assert_int_not_equal(fault->kind, ETCH_FAULT_NONE);
        free(error);
        assert_int_equal(etch_reader_next(reader, &r, &error), 0);
    }
    etch_reader_close(reader);
    return events;
}

static void expect(struct bytes *b, enum etch_simpletrace era, unsigned events,
                   enum etch_fault_kind kind, uint64_t number)
{
    struct etch_read_fault fault;
    struct etch_record r;
    assert_int_equal(run(b, era, &fault, &r), events);
    assert_int_equal(fault.kind, kind);
    if (number != UINT64_MAX)
        assert_int_equal(fault.number, number);
}

static const enum etch_simpletrace eras[] = {ETCH_SIMPLETRACE_11, ETCH_SIMPLETRACE_2_8};

static struct bytes start(void)
{
    struct bytes b = {0};
    put_header(&b, 4);
    put_mapping(&b, 0, "a");
    put_mapping(&b, 1, "b");
    put_mapping(&b, 2, "n");
    put_event(&b, 1, 10, 0);
    return b;
}

static void test_headers(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bytes b = {0};
        put_header(&b, 4);
        b.n = 23;
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_CUT, UINT64_MAX);
        b.n = 0;
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_CUT, UINT64_MAX);
        b.n = 24;
        expect(&b, eras[i], 0, ETCH_FAULT_NONE, UINT64_MAX);
        b.data[16] = 3;
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_VERSION, 3);
        b.data[16] = 9;
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_VERSION, 9);
        b.data[8] ^= 1;
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_MAGIC, UINT64_C(0xf2b177cb0aa429b5));
        b.data[0] = 0;
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_ID, UINT64_C(0xffffffffffffff00));
        b.n = 0; /* the other byte order is a wrong magic number to Python */
        b.swap = true;
        put_header(&b, 4);
        expect(&b, eras[i], 0, ETCH_FAULT_HEADER_MAGIC, UINT64_C(0xb429a40acb77b1f2));
        free(b.data);
    }
}

static void test_cut(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bytes b = start();
        size_t at = b.n;
        put_event(&b, 0, 20, 8 + 4 + 2);
        put_u64(&b, 5);
        put_string(&b, "hi");
        b.n = at + 7;
        expect(&b, eras[i], 1, ETCH_FAULT_TYPE_CUT, UINT64_MAX);
        b.n = at + 31;
        expect(&b, eras[i], 1, ETCH_FAULT_RECORD_CUT, UINT64_MAX);
        b.n = at + 39;
        expect(&b, eras[i], 1, ETCH_FAULT_PAYLOAD_CUT, UINT64_MAX);
        b.n = at + 43;
        expect(&b, eras[i], 1, ETCH_FAULT_PAYLOAD_CUT, UINT64_MAX);
        struct etch_read_fault fault;
        struct etch_record r;
        b.n = at + 45; /* within the string: taken as it is */
        assert_int_equal(run(&b, eras[i], &fault, &r), 2);
        assert_int_equal(fault.kind, ETCH_FAULT_NONE);
        assert_int_equal(r.length[1], 1);
        b.n = at;
        put_mapping(&b, 5, "name");
        b.n = at + 19;
        expect(&b, eras[i], 1, ETCH_FAULT_MAPPING_CUT, UINT64_MAX);
        b.n = at + 22;
        expect(&b, eras[i], 1, ETCH_FAULT_NONE, UINT64_MAX);
        free(b.data);
    }
}

static void test_ids(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bytes b = start();
        size_t at = b.n;
        put_event(&b, 99, 20, 0);
        expect(&b, eras[i], 1, ETCH_FAULT_UNMAPPED, 99);
        b.n = at;
        put_mapping(&b, 99, "elsewhere");
        put_event(&b, 99, 20, 0);
        expect(&b, eras[i], 1, ETCH_FAULT_UNDECLARED, UINT64_MAX);
        free(b.data);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    struct etch_read_fault fault;
    struct etch_record r;
    struct bytes b = start();
    size_t at = b.n;
    put_event(&b, 2, 20, (uint32_t)-4); /* a length of 20 */
    put_u64(&b, 6);
    put_event(&b, 1, 30, 0);
    expect(&b, ETCH_SIMPLETRACE_11, 1, ETCH_FAULT_LENGTH, 20);
    expect(&b, ETCH_SIMPLETRACE_2_8, 3, ETCH_FAULT_NONE, UINT64_MAX);
    b.n = at;
    put_event(&b, 2, 20, 16); /* more than is declared */
    put_u64(&b, 6);
    put_u64(&b, 77);
    assert_int_equal(run(&b, ETCH_SIMPLETRACE_11, &fault, &r), 2);
    assert_int_equal(fault.kind, ETCH_FAULT_NONE);
    assert_int_equal(r.n_values, 1);
    assert_int_equal(r.value[0], 6);
    /* 2.8 takes the surplus for the next record. */
    expect(&b, ETCH_SIMPLETRACE_2_8, 2, ETCH_FAULT_RECORD_CUT, UINT64_MAX);
    b.n = at;
    put_event(&b, 2, 20, 0); /* less than is declared */
    put_event(&b, 1, 30, 0);
    expect(&b, ETCH_SIMPLETRACE_11, 1, ETCH_FAULT_PAYLOAD_CUT, UINT64_MAX);
    free(b.data);
}

static void test_types_and_drops(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct etch_read_fault fault;
        struct etch_record r;
        struct bytes b = start();
        size_t at = b.n;
        put_event(&b, 1, 5, 0); /* back in time: as it stands */
        b.data[at] = 17;        /* any type but 0 is an event */
        put_event(&b, UINT64_MAX - 1, 30, 8);
        put_u64(&b, 1000);
        assert_int_equal(run(&b, eras[i], &fault, &r), 3);
        assert_int_equal(fault.kind, ETCH_FAULT_NONE);
        assert_int_equal(r.type, ETCH_RECORD_LOST);
        assert_int_equal(r.lost, 1000);
        b.n -= 8;
        expect(&b, eras[i], 2, ETCH_FAULT_PAYLOAD_CUT, UINT64_MAX);
        free(b.data);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_headers),         TEST(test_cut), TEST(test_ids), TEST(test_lengths),
        TEST(test_types_and_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
