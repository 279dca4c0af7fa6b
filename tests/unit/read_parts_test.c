/* SPDX-License-Identifier: MIT
 *
 * read_parts_test.c: a trace in several files is one; what of it was removed is
 * told; recovery ends what a kill in the middle of a rotation left.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "pool_image.h"
#include "read_text.h"
#include "format/simple.h"
#include "read/parts.h"
#include "read/recover.h"
#include <etch/read.h>

static int setup(void **state)
{
    (void)state;
    enter_trace("trace-42", "trace-42.meta");
    return 0;
}

/* File `number`: a whole trace with one event of that number; its size. */
static uint64_t write_part(uint64_t number)
{
    struct bytes b = {0};
    char *path = part_path(trace, number);
    put_header(&b, 4);
    put_mapping(&b, 102, "none");
    put_u64(&b, 1);
    put_u64(&b, 102);
    put_u64(&b, 3000 + number);
    put_u32(&b, 24);
    put_u32(&b, 42);
    write_bytes(path, &b);
    free(b.data);
    free(path);
    return b.n;
}

static void remove_parts(void)
{
    for (uint64_t i = 0; i < 12; i++) {
        char *path = part_path(trace, i);
        unlink(path);
        free(path);
    }
}

static bool there(uint64_t number)
{
    char *path = part_path(trace, number);
    bool is = access(path, F_OK) == 0;
    free(path);
    return is;
}

static void expect(const char *path, const char *expected)
{
    char *text = read_all(path);
    assert_string_equal(text, expected);
    free(text);
}

static void write_stub(uint64_t count)
{
    struct etch_simple_stub stub = etch_simple_stub_make(2000, 42, count);
    struct bytes b = {0};
    put_bytes(&b, &stub, sizeof(stub));
    write_bytes(trace, &b);
    free(b.data);
}

static void test_names(void **state)
{
    (void)state;
    char *path = part_path("a/b", 0);
    assert_string_equal(path, "a/b");
    free(path);
    path = part_path("a/b", 17);
    assert_string_equal(path, "a/b.part17");
    assert_int_equal(part_base_length(path), 3);
    free(path);
    assert_int_equal(part_base_length("a/b"), 3);
    assert_int_equal(part_base_length("a/b.part"), 8);
    assert_int_equal(part_base_length("a/b.1"), 5);
    assert_int_equal(part_base_length("a/b.part1x"), 10);
    assert_int_equal(part_base_length("17"), 2);
}

static void test_chain(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4; i++)
        write_part(i);
    expect(trace, "3000 42/0 none\n3001 42/0 none\n3002 42/0 none\n3003 42/0 none\n");
    /* One alone, and with the others as the folder that they are in. */
    char *path = part_path(trace, 2);
    expect(path, "3002 42/0 none\n");
    free(path);
    expect(folder, "3000 42/0 none\n3001 42/0 none\n3002 42/0 none\n3003 42/0 none\n");
    /* What does not follow is another trace's. */
    path = part_path(trace, 2);
    unlink(path);
    expect(trace, "3000 42/0 none\n3001 42/0 none\n");
    /* The drain was about to begin it. */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    expect(trace, "3000 42/0 none\n3001 42/0 none\n");
    free(path);
    remove_parts();
}

static void test_stub(void **state)
{
    (void)state;
    write_stub(77);
    expect(trace, "2000 42/0 lost 77\n");
    write_part(5);
    write_part(6);
    write_part(8);
    expect(trace, "2000 42/0 lost 77\n3005 42/0 none\n3006 42/0 none\n");

    struct etch_read_options options = {0};
    struct etch_reader *reader;
    struct etch_record r;
    const char *path = trace;
    char *error;
    assert_int_equal(etch_reader_open(&reader, &path, 1, &options, &error), 0);
    assert_int_equal(etch_reader_next(reader, &r, &error), 1);
    assert_int_equal(r.type, ETCH_RECORD_LOST);
    assert_int_equal(r.why.reason, ETCH_LOST_ROTATED);
    etch_reader_close(reader);
    remove_parts();
}

/* A pool whose newest checkpoint is of file `number`, `limit` bytes. */
static struct image *killed(uint64_t number, uint64_t limit)
{
    struct image *m = image_new(trace, meta);
    struct etch_packet_header *p = image_packet(m, 0, 0, 0, 5000);
    packet_event(p, 102, 6000);
    m->h.checkpoint[0] = (struct etch_checkpoint){.generation = 8, .file_offset = limit};
    m->h.checkpoint[1] = (struct etch_checkpoint){.generation = 7, .file_offset = 1};
    m->h.trace_file[0] = number;
    m->h.trace_file[1] = number > 0 ? number - 1 : 0;
    return m;
}

static void recover(void)
{
    struct etch_recovered result = {0};
    char *error;
    assert_int_equal(etch_recover("pool.42.0", &result, &error), 0);
    assert_int_equal(result.events, 1);
}

#define REST "12000 42/1000 none\n"

/* Killed with the next file begun and the checkpoint in the one before. */
static void test_killed_begun(void **state)
{
    (void)state;
    write_part(0);
    uint64_t limit = write_part(1);
    write_part(2);
    struct image *m = killed(1, limit);
    write_at("pool.42.0", m, sizeof(*m));
    expect("pool.42.0", "3000 42/0 none\n3001 42/0 none\n" REST);
    recover();
    assert_false(there(2));
    expect(trace, "3000 42/0 none\n3001 42/0 none\n12000 42/0 none\n");
    free(m);
    remove_parts();
}

/* Killed between the removal that the pool knows of and the stub; and before. */
static void test_killed_removing(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        uint64_t limit = 0;
        write_stub(10);
        for (uint64_t i = 2; i < 5; i++)
            limit = write_part(i);
        struct image *m = killed(4, limit);
        m->h.rotated_files = 3;
        m->h.rotated_events = 11;
        if (gone) {
            char *path = part_path(trace, 2);
            unlink(path);
            free(path);
        }
        write_at("pool.42.0", m, sizeof(*m));
        recover();
        assert_false(there(2));
        expect(trace, "2000 42/0 lost 11\n3003 42/0 none\n3004 42/0 none\n12000 42/0 none\n");
        free(m);
        remove_parts();
    }
}

/* The first file's turn: its stub is half written. */
static void test_killed_at_the_first(void **state)
{
    (void)state;
    write_part(0);
    uint64_t limit = write_part(1);
    struct image *m = killed(1, limit);
    m->h.rotated_files = 1;
    m->h.rotated_events = 1;
    write_at("pool.42.0", m, sizeof(*m));
    recover();
    expect(trace, "2000 42/0 lost 1\n3001 42/0 none\n12000 42/0 none\n");
    free(m);
    remove_parts();
}

/* A file of that name that is none of ours stays. */
static void test_not_ours(void **state)
{
    (void)state;
    write_part(0);
    uint64_t limit = write_part(1);
    char *path = part_path(trace, 2);
    struct bytes b = {0};
    put_text(&b, "the user's own, of more than 24 bytes");
    write_bytes(path, &b);
    struct image *m = killed(1, limit);
    write_at("pool.42.0", m, sizeof(*m));
    recover();
    assert_true(there(2));
    free(b.data);
    free(path);
    free(m);
    remove_parts();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_stub),
        cmocka_unit_test(test_killed_begun),
        cmocka_unit_test(test_killed_removing),
        cmocka_unit_test(test_killed_at_the_first),
        cmocka_unit_test(test_not_ours),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
