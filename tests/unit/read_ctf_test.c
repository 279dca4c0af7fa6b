/* SPDX-License-Identifier: MIT
 *
 * read_ctf_test.c: CTF traces of etch: what recovery makes of a pool, read again,
 * whole, cut and damaged.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "read/in_meta.h"
#include "read/recover.h"
#include "read/recover_ctf.h"
#include "read/snapshot.h"
#include "read/tsdl.h"
#include "read_text.h"

static int setup(void **state)
{
    (void)state;
    enter_trace("trace-42.ctf", "meta.42.0");
    return 0;
}

static void shell(const char *command)
{
    if (system(command) != 0)
        fail_msg("%s", command);
}

/* The example's pool, for a CTF trace. */
static struct image *ctf_image(void)
{
    struct image *m = example_image("", meta);
    m->h.outputs = ETCH_OUT_CTF;
    snprintf(m->h.ctf_path, sizeof(m->h.ctf_path), "%s", trace);
    return m;
}

static void recover(uint64_t events)
{
    struct etch_recovered result = {0};
    char *error;
    int code = etch_recover("pool.42.0", &result, &error);
    if (error != NULL)
        fail_msg("%s", error);
    assert_int_equal(code, 0);
    assert_int_equal(result.events, events);
}

/* The trace that recovery makes of the example. */
static void make_trace(void)
{
    struct image *m = ctf_image();
    write_image(m);
    shell("cp meta.42.0 meta.kept; cp pool.42.0 pool.kept");
    recover(7);
    shell("cp meta.kept meta.42.0");
    free(m);
}

static void expect(const char *path, const char *text)
{
    char *got = read_all(path);
    assert_string_equal(got, text);
    free(got);
}

static void test_recovered(void **state)
{
    (void)state;
    struct image *m = ctf_image();
    write_image(m);
    expect("pool.42.0", EXAMPLE);
    free(m);
    make_trace();
    assert_int_equal(access("pool.42.0", F_OK), -1);
    unlink(meta); /* the trace tells all by itself */
    expect("trace-42.ctf", EXAMPLE);
    expect("trace-42.ctf/", EXAMPLE);
}

static void expect_same(const struct etch_decl *a, const struct etch_decl *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->args_text, b->args_text);
    assert_int_equal(a->format == NULL, b->format == NULL);
    if (a->format != NULL)
        assert_string_equal(a->format, b->format);
    assert_string_equal(a->file, b->file);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->properties, b->properties);
    assert_int_equal(a->n_args, b->n_args);
    for (size_t i = 0; i < a->n_args; i++) {
        assert_string_equal(a->args[i].type, b->args[i].type);
        assert_string_equal(a->args[i].name, b->args[i].name);
        assert_int_equal(a->args[i].kind, b->args[i].kind);
    }
}

/* The metadata hold the declarations as the side file does. */
static void test_declarations(void **state)
{
    (void)state;
    struct fault silent = {NULL, NULL};
    struct meta *side;
    struct tsdl *tsdl;
    make_trace();
    assert_int_equal(meta_open(&side, meta, &silent), 0);
    assert_int_equal(tsdl_open(&tsdl, "trace-42.ctf", &silent), 0);
    for (uint64_t id = 100; id < 103; id++) {
        const struct note_machine *a, *b;
        expect_same(meta_find(side, id, &a), meta_find(&tsdl->meta, id, &b));
        assert_int_equal(a->long_size, b->long_size);
        assert_int_equal(a->ptr_size, b->ptr_size);
        assert_int_equal(a->char_signed, b->char_signed);
    }
    assert_null(meta_find(&tsdl->meta, 103, NULL)); /* it is declared `disable` */
    assert_int_equal(tsdl->meta.header.pid, 42);
    assert_memory_equal(tsdl->meta.header.uuid, side->header.uuid, 16);
    tsdl_close(tsdl);
    meta_close(side);
}

/* The drain had written the first packet of stream 0, and more that does not
 * count; the pool still has that packet. */
static struct image *half_written(void)
{
    struct image *m = ctf_image();
    struct etch_packet_header *p = (void *)m->packet[3];
    m->h.checkpoint[1].generation = 5;
    m->h.checkpoint[0].generation = 4;
    m->slot[0].written[1] = (struct etch_written){1, (p->content_size / 8 + 7) / 8 * 8, 0};
    m->slot[0].written[0] = (struct etch_written){9, 9999, 9}; /* of no matter */
    return m;
}

/* Killed at any moment of the recovery: whatever stands behind what the drain had
 * written, reading gives the same, and recovery the same bytes. */
static void test_again(void **state)
{
    (void)state;
    make_trace();
    shell("cp -r trace-42.ctf first");
    struct image *m = half_written();
    struct stat stream, metadata;
    assert_int_equal(stat("first/stream-0", &stream), 0);
    assert_int_equal(stat("first/metadata", &metadata), 0);
    uint64_t written = m->slot[0].written[1].offset;
    assert_true(written < (uint64_t)stream.st_size);
    for (off_t i = 0; (off_t)written + i <= stream.st_size; i += 7) {
        shell("rm -rf trace-42.ctf; cp -r first trace-42.ctf; cp meta.kept meta.42.0");
        assert_int_equal(truncate("trace-42.ctf/stream-0", (off_t)written + i), 0);
        /* the metadata from nothing to whole; other streams as far as it got */
        assert_int_equal(
            truncate("trace-42.ctf/metadata", metadata.st_size * i / (stream.st_size + 1)), 0);
        if (i % 2 == 1)
            shell("rm -f trace-42.ctf/stream-2; echo half >trace-42.ctf/.metadata.new");
        write_image(m);
        expect("pool.42.0", EXAMPLE);
        recover(2 + 1); /* what is not in the file */
        shell("rm -f first/.metadata.new; diff -r first trace-42.ctf");
        expect("trace-42.ctf", EXAMPLE);
    }
    free(m);
}

/* What cannot be the trace that the pool was drained into is left alone. */
static void test_refused(void **state)
{
    (void)state;
    struct etch_recovered result = {0};
    char *error;
    make_trace();
    struct image *m = half_written();
    assert_int_equal(truncate("trace-42.ctf/stream-0", 50), 0);
    write_image(m);
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -EINVAL);
    assert_non_null(strstr(error, "stream-0: the stream was replaced or cut"));
    free(error);
    memset(m->h.uuid, 1, sizeof(m->h.uuid));
    write_image(m);
    shell("cp -r trace-42.ctf before");
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -EINVAL);
    assert_non_null(strstr(error, "another program's"));
    free(error);
    shell("diff -r before trace-42.ctf");
    assert_int_equal(access("pool.42.0", F_OK), 0);
    shell("rm -r trace-42.ctf");
    assert_int_equal(etch_recover("pool.42.0", &result, &error), -ENOENT);
    free(error);
    free(m);
}

/* ---- damage ---- */

static size_t count_lines(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, word)) != NULL; p += strlen(word))
        n++;
    return n;
}

/* Every event that is given is one of the example's, and once. */
static void expect_part(const char *text)
{
    char *copy = strdup(EXAMPLE), *place, *line;
    for (line = strtok_r(copy, "\n", &place); line != NULL; line = strtok_r(NULL, "\n", &place))
        assert_true(count_lines(text, line) <= 1);
    size_t known = count_lines(text, " 42/1000 num ") + count_lines(text, " none\n") +
                   count_lines(text, " txt ") + count_lines(text, " lost ") +
                   count_lines(text, "error: ") + count_lines(text, "open: ");
    assert_int_equal(known, count_lines(text, "\n"));
    free(copy);
}

/* A stream that is cut anywhere: what is whole is read, and the cut is told. */
static void test_cut_stream(void **state)
{
    (void)state;
    make_trace();
    struct stat st;
    assert_int_equal(stat("trace-42.ctf/stream-0", &st), 0);
    for (off_t size = st.st_size - 1; size >= 0; size--) {
        assert_int_equal(truncate("trace-42.ctf/stream-0", size), 0);
        char *text = read_all("trace-42.ctf");
        expect_part(text);
        assert_int_equal(count_lines(text, " 42/1002 none\n"), 2); /* the other stream */
        bool between = size == 0 || size == 88 + 4 + 13 + 16 + 4 + 16 + 3;
        assert_true(between || strstr(text, "error: ") != NULL);
        if (size > 88 + 4 + 13)
            assert_non_null(strstr(text, "12000 42/1000 num ffffffffffffffff"));
        free(text);
    }
}

static void test_cut_metadata(void **state)
{
    (void)state;
    make_trace();
    unlink(meta);
    struct stat st;
    assert_int_equal(stat("trace-42.ctf/metadata", &st), 0);
    for (off_t size = st.st_size - 2; size >= 0; size--) { /* the last line is empty */
        assert_int_equal(truncate("trace-42.ctf/metadata", size), 0);
        char *text = read_all("trace-42.ctf");
        expect_part(text);
        if (strstr(text, "error: ") == NULL && strstr(text, "open: ") == NULL)
            assert_string_equal(text, EXAMPLE); /* blanks were cut */
        free(text);
    }
}

/* With the side file nothing of the metadata but the clock is needed. */
static void test_side_file_helps(void **state)
{
    (void)state;
    make_trace();
    shell("mv meta.42.0 trace-42.meta; sed -i '/^event/,$d' trace-42.ctf/metadata");
    expect("trace-42.ctf", EXAMPLE);
}

static void flip_all(const char *path, unsigned char bits)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    for (off_t i = 0; i < st.st_size; i++) {
        unsigned char byte;
        int fd = open(path, O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, i), 1);
        byte ^= bits;
        assert_int_equal(pwrite(fd, &byte, 1, i), 1);
        free(read_all("trace-42.ctf")); /* ends, and does not crash */
        byte ^= bits;
        assert_int_equal(pwrite(fd, &byte, 1, i), 1);
        close(fd);
    }
}

static void test_flipped(void **state)
{
    (void)state;
    make_trace();
    flip_all("trace-42.ctf/stream-0", 0x01);
    flip_all("trace-42.ctf/stream-0", 0x80);
    flip_all("trace-42.ctf/metadata", 0x04);
    expect("trace-42.ctf", EXAMPLE);
}

/* A change of the metadata and what the reader says. */
static void expect_told(const char *script, const char *message)
{
    char command[300];
    snprintf(command, sizeof(command),
             "cp -f trace-42.ctf/metadata kept; sed -i '%s' trace-42.ctf/metadata", script);
    shell(command);
    char *text = read_all("trace-42.ctf");
    if (strstr(text, message) == NULL)
        fail_msg("%s: no '%s' in: %s", script, message, text);
    free(text);
    shell("mv kept trace-42.ctf/metadata");
}

static void test_foreign(void **state)
{
    (void)state;
    make_trace();
    unlink(meta);
    expect_told("s/byte_order = le/byte_order = be/", "metadata: line ");
    expect_told("s/minor = 8/minor = 9/", "babeltrace2 reads any CTF trace): at '9'");
    expect_told("s/8190/8189/", "at '8189'");
    expect_told("s/freq = [0-9]* /freq = 0 /", "metadata: line ");
    expect_told("s/uuid = \"5a/uuid = \"5b/", "its uuid is not that of the metadata");
    expect_told("s/uint32_t _u;/uint64_t _u;/", "the block of an event is damaged");
    expect_told("s/id = 100;/id = 99999999999;/", "the block of an event is damaged");
}

static void put_at(const char *path, off_t at, uint64_t value)
{
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, &value, sizeof(value), at), sizeof(value));
    close(fd);
}

static void test_hostile_sizes(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 700, UINT64_MAX, UINT64_C(1) << 63, 8u << 21};
    make_trace();
    shell("cp trace-42.ctf/stream-0 kept");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        put_at("trace-42.ctf/stream-0", offsetof(struct etch_packet_header, packet_size), sizes[i]);
        char *text = read_all("trace-42.ctf");
        expect_part(text);
        assert_non_null(strstr(text, "the header of a packet is damaged"));
        assert_non_null(strstr(text, " damaged ")); /* and a record of it */
        assert_non_null(strstr(text, "txt"));       /* and on behind it */
        free(text);
        shell("cp kept trace-42.ctf/stream-0");
    }
    put_at("trace-42.ctf/stream-0", offsetof(struct etch_packet_header, content_size),
           UINT64_MAX - 7);
    free(read_all("trace-42.ctf"));
}

/* ---- what is missing ---- */

static void test_lost(void **state)
{
    (void)state;
    struct image *m = ctf_image();
    struct etch_packet_header *p = (void *)m->packet[3];
    p->timestamp_end = 5000001;
    p->events_discarded = 2;
    p = (void *)m->packet[0];
    p->packet_seq_num = 4;
    m->h.policy = ETCH_POLICY_OVERWRITE;
    m->slot[0].discarded = 9;
    m->slot[1].discarded = 3; /* never had a packet */
    m->slot[1].next_seq = 0;
    m->h.discarded = 11; /* of threads without a slot */
    write_image(m);
    for (int i = 0; i < 2; i++) { /* from the pool, then from the trace */
        char *text = read_all(i == 0 ? "pool.42.0" : "trace-42.ctf");
        assert_non_null(strstr(text, "42/1000 lost 2\n"));
        assert_non_null(strstr(text, "42/1000 lost 0 3 packets 0 bytes overwritten "
                                     "10000002-12000000\n"));
        assert_non_null(strstr(text, "42/1000 lost 7\n"));
        assert_non_null(strstr(text, " lost 3\n"));
        assert_non_null(strstr(text, " lost 11\n"));
        assert_int_equal(count_lines(text, " lost "), 5);
        free(text);
        if (i == 0)
            recover(7);
    }
    free(m);
}

/* A snapshot is what recovery would make, and leaves the pool as it is. */
static void test_snapshot(void **state)
{
    (void)state;
    struct etch_snapshot result;
    char *error;
    struct image *m = half_written(); /* the packets that are in the trace, too */
    write_image(m);
    shell("cp pool.42.0 before");
    assert_int_equal(etch_snapshot("pool.42.0", "snap.ctf", &result, &error), 0);
    assert_int_equal(result.events, 7);
    assert_int_equal(result.first_ns, 12000);
    assert_int_equal(result.last_ns, 13048574);
    expect("snap.ctf", EXAMPLE);
    shell("cmp before pool.42.0");
    assert_int_equal(etch_snapshot("pool.42.0", "snap.ctf", &result, &error), -EEXIST);
    free(m);
}

/* A machine that went down: no pool, files cut anywhere. What is whole stays, and
 * nothing is left that a reader stumbles over. */
static void test_tidy(void **state)
{
    (void)state;
    char *error = NULL;
    struct fault fault = {NULL, &error};
    make_trace();
    unlink(meta);
    assert_int_equal(ctf_tidy("trace-42.ctf", &fault), 0);
    expect("trace-42.ctf", EXAMPLE);
    struct stat st;
    assert_int_equal(stat("trace-42.ctf/stream-0", &st), 0);
    for (off_t size = st.st_size; size >= 0; size -= 13) {
        shell("rm -rf copy; cp -r trace-42.ctf copy; printf 'event {\\n\\tname' >>copy/metadata");
        assert_int_equal(truncate("copy/stream-0", size), 0);
        assert_true(ctf_tidy("copy", &fault) >= 13);
        assert_int_equal(ctf_tidy("copy", &fault), 0);
        char *text = read_all("copy");
        expect_part(text);
        assert_null(strstr(text, "error: "));
        free(text);
    }
    int fd = open("copy", O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(fd, LOCK_EX), 0); /* as its process does */
    assert_int_equal(ctf_tidy("copy", &fault), -EBUSY);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recovered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_declarations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_metadata, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_file_helps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tidy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshot, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
