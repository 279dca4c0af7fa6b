/* SPDX-License-Identifier: MIT
 *
 * read_simple_test.c: simple files of every format, whole.
 */
#include <sys/stat.h>

#include "simple_file.h"

static void check_appendix(struct etch_reader *reader)
{
    struct etch_record r;
    expect_event(reader, &r, "a", 1000);
    assert_int_equal(r.pid, 7);
    assert_int_equal(r.tid, 0);
    assert_non_null(r.decl);
    assert_string_equal(r.decl->args[0].name, "x");
    assert_int_equal(r.n_values, 2);
    assert_int_equal(r.value[0], UINT64_MAX);
    assert_int_equal(r.length[1], 2);
    assert_memory_equal((const void *)(uintptr_t)r.value[1], "hi", 2);
    expect_event(reader, &r, "b", 3500);
    assert_int_equal(r.n_values, 0);
    expect_end(reader);
}

static void test_appendix(void **state)
{
    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        struct bytes b = appendix(swap);
        check_appendix(open_trace(&b));
        struct etch_read_options options = {.events_files = events_files, .unordered = true};
        check_appendix(open_with(&options));
        free(b.data);
    }
}

static void test_mappings(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_header(&b, 4);
    put_mapping(&b, 9, "a");
    put_mapping(&b, 9, "b"); /* the last counts */
    put_event(&b, 9, 10, 0);
    put_mapping(&b, UINT64_C(1) << 31, "b"); /* late */
    put_event(&b, UINT64_C(1) << 31, 20, 0);
    put_event(&b, 77, 30, 8); /* none */
    put_u64(&b, 0xabc);
    put_event(&b, 77, 40, 16);
    put_u64(&b, 1);
    put_u64(&b, 2);
    put_mapping(&b, 77, "elsewhere");
    put_event(&b, 77, 50, 3);
    put_text(&b, "xyz");
    struct etch_reader *reader = open_trace(&b);
    struct etch_record r;
    expect_event(reader, &r, "b", 10);
    expect_event(reader, &r, "b", 20);
    expect_fault(reader, ETCH_FAULT_UNMAPPED, "id 77 has no name");
    expect_event(reader, &r, "id_77", 30);
    assert_null(r.decl);
    assert_int_equal(r.n_values, 1);
    assert_int_equal(r.value[0], 0xabc);
    expect_event(reader, &r, "id_77", 40); /* said once */
    assert_int_equal(r.value[1], 2);
    expect_fault(reader, ETCH_FAULT_UNDECLARED, "'elsewhere' is not declared");
    expect_event(reader, &r, "elsewhere", 50);
    assert_int_equal(r.n_values, 1);
    assert_int_equal(r.length[0], 3);
    expect_end(reader);
    free(b.data);
}

static void test_bare(void **state)
{
    (void)state;
    struct bytes b = appendix(false);
    struct etch_read_options options = {0};
    struct etch_record r;
    put_event(&b, 1, 4000, 16);
    put_u64(&b, 5);
    put_u64(&b, 6);
    write_bytes("trace", &b);
    struct etch_reader *reader = open_with(&options);
    expect_event(reader, &r, "a", 1000);
    assert_null(r.decl);
    assert_int_equal(r.n_values, 1); /* 14 bytes are no numbers */
    assert_int_equal(r.length[0], 14);
    expect_event(reader, &r, "b", 3500);
    assert_int_equal(r.n_values, 0);
    expect_event(reader, &r, "b", 4000);
    assert_int_equal(r.n_values, 2);
    assert_int_equal(r.value[1], 6);
    expect_end(reader);
    free(b.data);
}

static void test_dropped(void **state)
{
    (void)state;
    struct bytes b = appendix(false);
    struct etch_record r;
    char *error;
    put_event(&b, UINT64_MAX - 1, 2000, 8);
    put_u64(&b, 123);
    struct etch_reader *reader = open_trace(&b);
    expect_event(reader, &r, "a", 1000);
    assert_int_equal(etch_reader_next(reader, &r, &error), 1);
    assert_int_equal(r.type, ETCH_RECORD_LOST);
    assert_int_equal(r.lost, 123);
    assert_int_equal(r.time_ns, 2000);
    expect_event(reader, &r, "b", 3500);
    expect_end(reader);
    free(b.data);
}

/* Times that go back: sorted within a window, and never lost beyond it. */
static void test_order(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct bytes b = {0};
    struct etch_record r;
    char *error;
    put_header(&b, 4);
    put_mapping(&b, 1, "b");
    for (uint64_t i = 0; i < N; i++) /* each ten backwards */
        put_event(&b, 1, 100000 + i / 10 * 10 + 9 - i % 10, 0);
    struct etch_reader *reader = open_trace(&b);
    for (uint64_t i = 0; i < N; i++)
        expect_event(reader, &r, "b", 100000 + i);
    expect_end(reader);
    put_event(&b, 1, 5, 0); /* far too late */
    put_event(&b, 1, UINT64_MAX, 0);
    put_event(&b, 1, 200000, 0);
    reader = open_trace(&b);
    unsigned n = 0;
    bool early = false, last = false;
    while (etch_reader_next(reader, &r, &error) == 1) {
        early |= r.time_ns == 5;
        last = r.time_ns == UINT64_MAX;
        n++;
    }
    assert_int_equal(n, N + 3);
    assert_true(early && last);
    etch_reader_close(reader);
    /* As it stands: */
    struct etch_read_options options = {.events_files = events_files, .unordered = true};
    reader = open_with(&options);
    for (uint64_t i = 0; i < N; i++)
        expect_event(reader, &r, "b", 100000 + i / 10 * 10 + 9 - i % 10);
    etch_reader_close(reader);
    free(b.data);
}

/* Strings stay valid while the window and the buffer move. */
static void test_large(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct bytes b = {0};
    struct etch_record r;
    char text[600];
    put_header(&b, 4);
    put_mapping(&b, 0, "a");
    for (unsigned i = 0; i < N; i++) {
        int n = snprintf(text, sizeof(text), "%0*u", (int)(i % 500) + 6, i);
        put_event(&b, 0, i, 8 + 4 + (uint32_t)n);
        put_u64(&b, i);
        put_string(&b, text);
    }
    struct etch_reader *reader = open_trace(&b);
    for (unsigned i = 0; i < N; i++) {
        expect_event(reader, &r, "a", i);
        int n = snprintf(text, sizeof(text), "%0*u", (int)(i % 500) + 6, i);
        assert_int_equal(r.value[0], i);
        assert_int_equal(r.length[1], n);
        assert_memory_equal((const void *)(uintptr_t)r.value[1], text, n);
    }
    uint64_t done, all;
    etch_reader_progress(reader, &done, &all);
    assert_int_equal(done, b.n);
    assert_int_equal(all, b.n);
    expect_end(reader);
    free(b.data);
}

static void put_old(struct bytes *b, uint64_t id, uint64_t time, uint32_t size)
{
    put_u64(b, id);
    put_u64(b, time);
    put_u32(b, 24 + size);
    put_u32(b, 7);
}

/* Formats 2 and 3 count the declarations; 3 the disabled ones, too. */
static void test_counted_ids(void **state)
{
    (void)state;
    write_text("events", "disable off(int x) \"\"\n" EVENTS);
    for (uint64_t version = 2; version <= 3; version++) {
        struct bytes b = {.swap = version == 3};
        uint64_t shift = version == 3;
        struct etch_record r;
        char *error;
        put_header(&b, version);
        put_old(&b, 0 + shift, 100, 8 + 4 + 1);
        put_u64(&b, 3);
        put_string(&b, "z");
        put_old(&b, UINT64_MAX - 1, 150, 8);
        put_u64(&b, 2);
        put_old(&b, 1 + shift, 200, 0);
        struct etch_reader *reader = open_trace(&b);
        expect_event(reader, &r, "a", 100);
        assert_int_equal(r.pid, version == 3 ? 7 : 0);
        assert_int_equal(r.value[0], 3);
        assert_int_equal(etch_reader_next(reader, &r, &error), 1);
        assert_int_equal(r.lost, 2);
        expect_event(reader, &r, "b", 200);
        expect_end(reader);
        free(b.data);
    }
}

static void test_format_0(void **state)
{
    (void)state;
    write_text("events", "n(int x, void *p) \"\"\n" EVENTS);
    for (int long_header = 0; long_header < 2; long_header++) {
        struct bytes b = {0};
        struct etch_record r;
        put_header(&b, 0);
        for (int i = 0; long_header && i < 5; i++)
            put_u64(&b, 0);
        const uint64_t words[] = {0, 500, 11, 12, 0, 0, 0, 0, 1, 600, 21, 22, 23, 24, 25, 26};
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            put_u64(&b, words[i]);
        struct etch_reader *reader = open_trace(&b);
        expect_event(reader, &r, "n", 500);
        assert_int_equal(r.n_values, 2);
        assert_int_equal(r.value[1], 12);
        /* This format has no strings: the pointer that stands there is no text. */
        expect_event(reader, &r, "a", 600);
        assert_null(r.decl);
        assert_int_equal(r.n_values, 6);
        assert_int_equal(r.value[5], 26);
        expect_end(reader);
        free(b.data);
    }
}

static void test_no_header(void **state)
{
    (void)state;
    struct etch_read_options options = {.events_files = events_files, .no_header = true};
    struct bytes b = {0};
    struct etch_record r;
    put_event(&b, 1, 10, 0);
    write_bytes("trace", &b);
    struct etch_reader *reader = open_with(&options);
    expect_event(reader, &r, "b", 10);
    expect_end(reader);
    free(b.data);
}

static void test_pipe(void **state)
{
    (void)state;
    struct bytes b = appendix(false);
    assert_int_equal(mkfifo("trace", 0600), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open("trace", O_WRONLY);
        for (size_t i = 0; i < b.n; i++)
            if (write(fd, b.data + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    struct etch_read_options options = {.events_files = events_files};
    check_appendix(open_with(&options));
    unlink("trace");
    free(b.data);
}

static void test_follow(void **state)
{
    (void)state;
    struct bytes b = appendix(false);
    struct etch_read_options options = {.events_files = events_files, .follow = true};
    struct etch_record r;
    char *error;
    write_bytes("trace", &(struct bytes){.data = b.data, .n = 10});
    struct etch_reader *reader = open_with(&options);
    int fd = open("trace", O_WRONLY | O_APPEND);
    unsigned events = 0;
    for (size_t i = 10; i < b.n; i++) {
        assert_int_equal(etch_reader_next(reader, &r, &error), -EAGAIN);
        assert_int_equal(write(fd, b.data + i, 1), 1);
        if (i + 1 == b.n - 32 || i + 1 == b.n) {
            expect_event(reader, &r, events == 0 ? "a" : "b", events == 0 ? 1000 : 3500);
            events++;
        }
    }
    assert_int_equal(events, 2);
    close(fd);
    etch_reader_close(reader);
    free(b.data);
}

static void test_several(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_header(&b, 4);
    put_mapping(&b, 0, "b");
    put_event(&b, 0, 10, 0);
    put_event(&b, 0, 2000, 0);
    put_event(&b, 0, 4000, 0);
    write_bytes("other", &b);
    struct bytes first = appendix(false);
    write_bytes("trace", &first);
    const char *paths[] = {"trace", "other"};
    struct etch_read_options options = {.events_files = events_files};
    struct etch_reader *reader;
    struct etch_record r;
    char *error;
    assert_int_equal(etch_reader_open(&reader, paths, 2, &options, &error), 0);
    expect_event(reader, &r, "b", 10);
    expect_event(reader, &r, "a", 1000);
    assert_memory_equal((const void *)(uintptr_t)r.value[1], "hi", 2);
    expect_event(reader, &r, "b", 2000);
    expect_event(reader, &r, "b", 3500);
    expect_event(reader, &r, "b", 4000);
    expect_end(reader);
    free(b.data);
    free(first.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_appendix),  TEST(test_mappings), TEST(test_bare),        TEST(test_dropped),
        TEST(test_order),     TEST(test_large),    TEST(test_counted_ids), TEST(test_format_0),
        TEST(test_no_header), TEST(test_pipe),     TEST(test_follow),      TEST(test_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
