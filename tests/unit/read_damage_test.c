/* SPDX-License-Identifier: MIT
 *
 * read_damage_test.c: simple files that are cut, damaged or not what they seem.
 */
#include "simple_file.h"

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
    static const char *const texts[][2] = {
        {"", "declares no events"},
        {"# nothing\n\n", "declares no events"},
        {"this is prose\n", "events: line 1: "},
        {"\177ELF", "not a trace-events file"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        options.events_files = events_files;
        write_text("events", texts[i][0]);
        assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), -EINVAL);
        assert_non_null(strstr(error, texts[i][1]));
        free(error);
    }
    write_text("events", EVENTS);
    options.events_files = events_files;
    assert_int_equal(etch_reader_open(&reader, paths, 1, &options, &error), -ENOENT);
    assert_non_null(strstr(error, "trace: "));
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_truncated), TEST(test_flipped),  TEST(test_damage_is_skipped),
        TEST(test_headers),   TEST(test_mismatch), TEST(test_bad_events_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
