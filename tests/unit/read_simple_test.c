/* SPDX-License-Identifier: MIT
 *
 * read_simple_test.c: simple files of every format, whole and damaged.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "bytes.h"
#include "declare/declare.h"
#include <etch/read.h>

#define EVENTS "a(int x, const char *s) \"x=%d s=%s\"\nb(void) \"b\"\n"

static char folder[32];
static struct etch_read_fault fault;

static int setup(void **state)
{
    (void)state;
    enter_folder(folder);
    write_text("events", EVENTS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    leave_folder(folder);
    return 0;
}

/* The file of the contract's appendix. */
static struct bytes appendix(bool swap)
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

static struct etch_reader *open_with(const struct etch_read_options *options)
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

static struct etch_reader *open_trace(const struct bytes *b)
{
    struct etch_read_options options = {.events_files = events_files, .fault = &fault};
    write_bytes("trace", b);
    return open_with(&options);
}

static void expect_event(struct etch_reader *reader, struct etch_record *r, const char *name,
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

static void expect_fault(struct etch_reader *reader, enum etch_fault_kind kind, const char *word)
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

static void expect_end(struct etch_reader *reader)
{
    struct etch_record r;
    char *error;
    assert_int_equal(etch_reader_next(reader, &r, &error), 0);
    assert_int_equal(etch_reader_next(reader, &r, &error), 0);
    etch_reader_close(reader);
}

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

/* The events of the appendix, read as damaged as the file is. */
static unsigned count_events(const struct bytes *b, unsigned *faults, int *opened)
{
    struct etch_read_options options = {.events_files = events_files};
    const char *paths[] = {"trace"};
    struct etch_reader *reader;
    struct etch_record r;
    char *error;
    unsigned events = 0;
    write_bytes("trace", b);
    *faults = 0;
    *opened = etch_reader_open(&reader, paths, 1, &options, &error);
    if (*opened < 0) {
        assert_non_null(error);
        free(error);
        return 0;
    }
    for (unsigned calls = 0; calls < 1000; calls++) {
        int got = etch_reader_next(reader, &r, &error);
        if (got == 0) {
            etch_reader_close(reader);
            return events;
        }
        if (got < 0) {
            assert_non_null(error);
            free(error);
            ++*faults;
        }
        events += got == 1;
    }
    fail_msg("does not end");
    return 0;
}

static void test_truncated(void **state)
{
    (void)state;
    struct bytes whole = appendix(false);
    const size_t first = 24 + 21 + 21, second = first + 46, end = second + 32;
    assert_int_equal(whole.n, end);
    for (size_t n = 0; n < end; n++) {
        struct bytes b = whole;
        unsigned faults;
        int opened;
        b.n = n;
        unsigned events = count_events(&b, &faults, &opened);
        assert_int_equal(opened, n < 24 ? -EINVAL : 0);
        if (n < 24)
            continue;
        assert_int_equal(events, n >= second);
        bool cut = n != 24 && n != 45 && n != first && n != second;
        assert_int_equal(faults, cut);
    }
    free(whole.data);
}

static void test_flipped(void **state)
{
    (void)state;
    struct bytes b = appendix(false);
    for (size_t i = 0; i < b.n; i++)
        for (unsigned mask = 1; mask <= 0xff; mask = mask == 0x80   ? 0xff
                                                     : mask == 0xff ? 256
                                                                    : mask << 1) {
            unsigned faults;
            int opened;
            b.data[i] ^= (unsigned char)mask;
            unsigned events = count_events(&b, &faults, &opened);
            assert_true(events <= 3);
            assert_true(opened == 0 || i < 24);
            b.data[i] ^= (unsigned char)mask;
        }
    free(b.data);
}

static void test_damage_is_skipped(void **state)
{
    (void)state;
    struct bytes b = appendix(false);
    size_t at = b.n;
    put_event(&b, 1, 4000, 0);
    put_event(&b, 1, 5000, 0);
    put_event(&b, 1, 6000, 0);
    b.data[at + 32 + 3] = 0x80; /* the second one's type */
    struct etch_reader *reader = open_trace(&b);
    struct etch_record r;
    expect_event(reader, &r, "a", 1000);
    expect_event(reader, &r, "b", 3500);
    expect_event(reader, &r, "b", 4000);
    expect_fault(reader, ETCH_FAULT_DAMAGED, "32 bytes skipped");
    assert_int_equal(fault.offset, at + 32);
    expect_event(reader, &r, "b", 6000);
    expect_end(reader);
    b.data[at + 32 + 3] = 0;
    b.data[at + 32 + 27] = 0x10; /* its length: 256 MB */
    reader = open_trace(&b);
    expect_event(reader, &r, "a", 1000);
    expect_event(reader, &r, "b", 3500);
    expect_event(reader, &r, "b", 4000);
    expect_fault(reader, ETCH_FAULT_LENGTH, "32 bytes skipped");
    expect_event(reader, &r, "b", 6000);
    expect_end(reader);
    free(b.data);
}

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        uint64_t word[3];
        size_t size;
        const char *message;
        enum etch_fault_kind kind;
    } cases[] = {
        {{0, 0, 0}, 0, "empty", ETCH_FAULT_HEADER_CUT},
        {{UINT64_MAX, 0, 0}, 23, "shorter than", ETCH_FAULT_HEADER_CUT},
        {{5, 0, 0}, 24, "not a trace", ETCH_FAULT_HEADER_ID},
        {{UINT64_MAX, 6, 4}, 24, "magic number", ETCH_FAULT_HEADER_MAGIC},
        {{UINT64_MAX, UINT64_C(0xf2b177cb0aa429b4), 1}, 24, "version 1", ETCH_FAULT_HEADER_VERSION},
        {{UINT64_MAX, UINT64_C(0xf2b177cb0aa429b4), 5}, 24, "version 5", ETCH_FAULT_HEADER_VERSION},
        {{UINT64_MAX, UINT64_C(0xf2b177cb0aa429b4), 3}, 24, "no names", ETCH_FAULT_UNDECLARED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct etch_read_options options = {.fault = &fault};
        const char *paths[] = {"trace"};
        struct etch_reader *reader;
        char *error = NULL;
        write_at("trace", cases[i].word, cases[i].size);
        assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), -EINVAL);
        assert_non_null(strstr(error, cases[i].message));
        assert_non_null(strstr(error, "trace: "));
        assert_int_equal(fault.kind, cases[i].kind);
        free(error);
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

static void test_mismatch(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_header(&b, 4);
    put_mapping(&b, 0, "b");
    put_event(&b, 0, 10, 8);
    put_u64(&b, 42);
    put_event(&b, 0, 20, 8);
    put_u64(&b, 43);
    struct etch_reader *reader = open_trace(&b);
    struct etch_record r;
    expect_fault(reader, ETCH_FAULT_MISMATCH, "do not fit its declaration (events:2)");
    expect_event(reader, &r, "b", 10);
    assert_null(r.decl);
    assert_int_equal(r.value[0], 42);
    expect_event(reader, &r, "b", 20);
    assert_int_equal(r.value[0], 43);
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

static void test_bad_events_files(void **state)
{
    (void)state;
    const char *missing[] = {"missing", NULL}, *paths[] = {"trace"};
    struct etch_read_options options = {.events_files = missing, .fault = &fault};
    struct etch_reader *reader;
    char *error;
    assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), -ENOENT);
    assert_non_null(strstr(error, "missing: "));
    free(error);
    assert_int_equal(fault.kind, ETCH_FAULT_SYSTEM);
    options.events_files = events_files;
    assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), -ENOENT);
    assert_non_null(strstr(error, "trace: "));
    free(error);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_appendix),
        TEST(test_truncated),
        TEST(test_flipped),
        TEST(test_headers),
        TEST(test_damage_is_skipped),
        TEST(test_mappings),
        TEST(test_bare),
        TEST(test_mismatch),
        TEST(test_dropped),
        TEST(test_order),
        TEST(test_large),
        TEST(test_counted_ids),
        TEST(test_format_0),
        TEST(test_no_header),
        TEST(test_pipe),
        TEST(test_follow),
        TEST(test_several),
        TEST(test_bad_events_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
