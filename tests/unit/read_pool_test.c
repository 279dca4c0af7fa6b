/* SPDX-License-Identifier: MIT
 *
 * read_pool_test.c: pools that were left, read beside and merged into their
 * trace file; hostile ones.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "pool_image.h"
#include "read_text.h"
#include "read/pool.h"
#include "read/recover.h"
#include <etch/read.h>

static int setup(void **state)
{
    (void)state;
    enter_trace("trace-42", "meta.42.0");
    return 0;
}

static void expect_text(const char *path, const char *expected)
{
    char *text = read_all(path);
    assert_string_equal(text, expected);
    free(text);
}

static struct image *example(void)
{
    return example_image(trace, meta);
}

static void test_read(void **state)
{
    (void)state;
    struct image *m = example();
    write_image(m);
    expect_text("pool.42.0", EXAMPLE);
    free(m);
}

/* The file holds what is below the checkpoint, and some that is above. */
static struct image *drained(void)
{
    struct image *m = example();
    struct bytes b = {0};
    put_header(&b, 4);
    put_mapping(&b, 100, "num");
    put_mapping(&b, 102, "none");
    put_u64(&b, 1);
    put_u64(&b, 100);
    put_u64(&b, 12000);
    put_u32(&b, 48);
    put_u32(&b, 42);
    put_u64(&b, UINT64_MAX);
    put_u64(&b, UINT64_MAX);
    put_u64(&b, 0xffffffff);
    m->h.checkpoint[1] = (struct etch_checkpoint){.generation = 5, .file_offset = b.n};
    m->h.checkpoint[0] = (struct etch_checkpoint){.generation = 4, .file_offset = 24};
    m->slot[0].consumed[1] =
        (struct etch_consumed){0, sizeof(struct etch_packet_header) + 4 + 13, 0};
    m->slot[0].consumed[0] = (struct etch_consumed){7, 0, 0}; /* of no matter */
    put_text(&b, "half a record, or more");
    write_bytes(trace, &b);
    free(b.data);
    write_image(m);
    return m;
}

static void test_exactly_once(void **state)
{
    (void)state;
    struct image *m = drained();
    struct stat st;
    char *text = read_all("pool.42.0");
    /* From the file: it does not tell the thread. */
    assert_memory_equal(text, "12000 42/0 num ffffffffffffffff", 31);
    assert_string_equal(strchr(text, '\n') + 1, strchr(EXAMPLE, '\n') + 1);
    free(text);
    assert_int_equal(stat(trace, &st), 0);
    assert_int_equal(st.st_size, m->h.checkpoint[1].file_offset + 22); /* unchanged */
    free(m);
}

/* The file's last event is a little newer by the drain's line of the clock. */
static void test_clock_line(void **state)
{
    (void)state;
    struct image *m = drained();
    m->h.checkpoint[1].newest_ns = 2000999;
    write_image(m);
    char *text = read_all("pool.42.0");
    assert_non_null(strstr(text, "\n2000999 42/1002 none\n2465664 "));
    free(text);
    m->h.checkpoint[1].newest_ns = 2001000; /* too much for that: it is really late */
    write_image(m);
    text = read_all("pool.42.0");
    assert_non_null(strstr(text, "\n2000000 42/1002 none\n2465664 "));
    free(text);
    /* Where the drain says of which tick that is, ours goes on from there. */
    m->h.newest[1] = m->h.first.ticks;
    m->h.checkpoint[1].newest_ns = m->h.first.monotonic_ns + 5000;
    write_image(m);
    text = read_all("pool.42.0");
    assert_non_null(strstr(text, "\n2005000 42/1002 none\n2470664 "));
    free(text);
    free(m);
}

/* The trace of a recovered pool: in order of time, threads not told. */
static void expect_recovered(void)
{
    char *text = read_all(trace), *line = text;
    static const char *const lines[] = {
        "12000 42/0 num",     "2000000 42/0 none",  "2465664 42/0 none", "8000000 42/0 none",
        "10000000 42/0 none", "10000002 42/0 none", "13048574 42/0 txt"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_non_null(line);
        assert_memory_equal(line, lines[i], strlen(lines[i]));
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    free(text);
}

static void test_recover(void **state)
{
    (void)state;
    struct etch_recovered result = {0};
    char *error;
    free(drained());
    copy_file("pool.42.0", "pool.copy");
    copy_file(meta, "meta.copy");
    assert_int_equal(etch_recover("pool.42.0", &result, &error), 0);
    assert_null(error);
    assert_int_equal(result.pools, 1);
    assert_int_equal(result.events, 6);
    assert_int_equal(access("pool.42.0", F_OK), -1);
    expect_recovered();
    copy_file(trace, "first");
    /* Killed before the pool was removed, at any length of the file: again. */
    struct stat st;
    assert_int_equal(stat(trace, &st), 0);
    struct image *m = drained();
    for (off_t size = (off_t)m->h.checkpoint[1].file_offset; size <= st.st_size; size += 7) {
        copy_file("first", trace);
        assert_int_equal(truncate(trace, size), 0);
        copy_file("pool.copy", "pool.42.0");
        copy_file("meta.copy", meta);
        char *text = read_all("pool.42.0");
        assert_string_equal(strchr(text, '\n') + 1, strchr(EXAMPLE, '\n') + 1);
        free(text);
        assert_int_equal(etch_recover("pool.42.0", &result, &error), 0);
        assert_int_equal(system("cmp first trace-42"), 0);
    }
    free(m);
}

static void test_recover_without_file(void **state)
{
    (void)state;
    struct etch_recovered result = {0};
    char *error;
    struct image *m = example();
    write_image(m);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), 0);
    assert_int_equal(result.events, 7);
    expect_recovered();
    free(m);
}

static void test_recover_refuses(void **state)
{
    (void)state;
    struct etch_recovered result = {0};
    char *error;
    /* cut since */
    free(drained());
    assert_int_equal(truncate(trace, 30), 0);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -EINVAL);
    assert_non_null(strstr(error, "replaced or cut"));
    free(error);
    assert_int_equal(access("pool.42.0", F_OK), 0);
    /* another program's by now */
    struct image *m = drained();
    m->h.pid = 43;
    write_image(m);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -EINVAL);
    assert_non_null(strstr(error, "another program's"));
    free(error);
    m->h.pid = 42;
    /* no side file */
    write_image(m);
    assert_int_equal(rename(meta, "away"), 0);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -ENOENT);
    assert_non_null(strstr(error, "meta.42.0"));
    free(error);
    assert_int_equal(rename("away", meta), 0);
    /* its drain holds the lock */
    int fd = open("pool.42.0", O_RDWR);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -EBUSY);
    assert_null(error);
    assert_int_equal(result.busy, 1);
    char *text = read_all("pool.42.0"); /* but it can be read */
    assert_string_equal(strchr(text, '\n') + 1, strchr(EXAMPLE, '\n') + 1);
    free(text);
    close(fd);
    assert_int_equal(result.pools, 0);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), 0);
    expect_recovered();
    free(m);
}

/* A process that has not got a drain, or loses it at its end: no lock, but it maps
 * its pool. Its start time may be another than we read (qemu-user). */
static void test_mapped(void **state)
{
    (void)state;
    struct image *m = example();
    struct etch_recovered result = {0};
    char *error;
    static const uint32_t states[] = {ETCH_DRAIN_NONE, ETCH_DRAIN_RUNNING};
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        m->h.pid = (uint32_t)getpid();
        m->h.start_time = 1;
        m->h.drain_state = states[i];
        write_image(m);
        int fd = open("pool.42.0", O_RDONLY);
        void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
        assert_ptr_not_equal(map, MAP_FAILED);
        close(fd);
        assert_int_equal(etch_recover("pool.42.0", &result, &error), -EBUSY);
        munmap(map, 4096); /* as exec does */
        fd = open("pool.42.0", O_RDONLY);
        assert_false(pool_lives(fd, &m->h));
        close(fd);
    }
    free(m);
}

static void test_discarded(void **state)
{
    (void)state;
    struct image *m = example();
    struct etch_recovered result = {0};
    char *error;
    m->slot[0].discarded = 10;
    m->slot[0].consumed[0].discarded = 4;
    m->slot[1].discarded = 100; /* a slot without packets */
    m->h.discarded = 1000;
    m->h.discarded_consumed[0] = 1;
    m->h.checkpoint[0].generation = 2;
    write_image(m);
    char *text = read_all("pool.42.0");
    assert_non_null(strstr(text, "42/1000 lost 6\n"));
    assert_non_null(strstr(text, "42/0 lost 100\n"));
    assert_non_null(strstr(text, "42/0 lost 999\n"));
    free(text);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), 0);
    assert_int_equal(result.lost, 1105);
    text = read_all(trace);
    assert_non_null(strstr(text, "lost 6\n"));
    free(text);
    free(m);
}

static void test_gap(void **state)
{
    (void)state;
    struct image *m = example();
    ((struct etch_packet_header *)(void *)m->packet[0])->packet_seq_num = 3;
    write_image(m);
    char *text = read_all("pool.42.0");
    assert_non_null(strstr(text, "stream 0, packet 3: packets before it are missing"));
    assert_non_null(strstr(text, "13048574 42/1000 txt")); /* and on */
    assert_non_null(strstr(text, "42/1000 lost 0 2 packets 0 bytes damaged "));
    free(text);
    m->h.policy = ETCH_POLICY_OVERWRITE;
    write_image(m);
    text = read_all("pool.42.0");
    assert_null(strstr(text, "missing"));
    assert_non_null(strstr(text, "42/1000 lost 0 2 packets 0 bytes overwritten "));
    free(text);
    m->h.policy = ETCH_POLICY_DROP;
    /* Consumed to its end, not freed yet: no gap. */
    ((struct etch_packet_header *)(void *)m->packet[0])->packet_seq_num = 1;
    m->h.checkpoint[1].generation = 1;
    m->slot[0].consumed[1] = (struct etch_consumed){
        0, ((struct etch_packet_header *)(void *)m->packet[3])->content_size / 8, 0};
    write_image(m);
    text = read_all("pool.42.0");
    assert_null(strstr(text, "missing"));
    free(text);
    free(m);
}

static void test_unknown_id(void **state)
{
    (void)state;
    struct image *m = example();
    struct etch_packet_header *p = (void *)m->packet[7];
    packet_event(p, 55, 7000001);
    packet_event(p, 102, 7000002);
    write_image(m);
    char *text = read_all("pool.42.0");
    assert_non_null(strstr(text, "stream 2, packet 0: an event is not declared"));
    /* The rest of the packet, and where it would have been. */
    assert_non_null(strstr(text, "42/1002 lost 0 0 packets 8 bytes damaged "));
    assert_non_null(strstr(text, "13048574 42/1000 txt"));
    free(text);
    free(m);
}

/* Any byte of the pool and of the side file: no crash, and an end. */
static void test_flipped(void **state)
{
    (void)state;
    struct image *m = drained();
    unsigned char *bytes = (unsigned char *)m;
    for (size_t i = 0; i < sizeof(*m); i++) {
        if (bytes[i] == 0 && i % 61 != 0)
            continue; /* paths, and packets that are not used */
        bytes[i] ^= (unsigned char)(1u << i % 8);
        write_image(m);
        free(read_all("pool.42.0"));
        bytes[i] ^= (unsigned char)(1u << i % 8);
    }
    write_image(m);
    free(m);
    struct bytes b = meta_file(false);
    for (size_t i = 0; i < b.n; i++) {
        b.data[i] ^= (unsigned char)(1u << i % 8);
        write_bytes(meta, &b);
        free(read_all("pool.42.0"));
        b.data[i] ^= (unsigned char)(1u << i % 8);
        write_at(meta, b.data, i);
        free(read_all("pool.42.0"));
    }
    free(b.data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_exactly_once),
        TEST(test_recover),
        TEST(test_recover_without_file),
        TEST(test_recover_refuses),
        TEST(test_mapped),
        TEST(test_discarded),
        TEST(test_gap),
        TEST(test_clock_line),
        TEST(test_unknown_id),
        TEST(test_flipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
