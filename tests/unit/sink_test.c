/* SPDX-License-Identifier: MIT
 *
 * sink_test.c: what sinks make of records that no file of the simple format
 * holds: threads, names of any bytes, values without declaration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "declare/declare.h"
#include "sink/sink.h"

static struct etch_decl_list list;

static int set_up(void **state)
{
    static const char text[] = "heap_malloc(size_t size, void *ptr) \"size %zu ptr %p\"\n"
                               "heap_free(void *ptr) \"ptr %p\"\n";
    struct etch_diags diags = {0};
    (void)state;
    int r = etch_declare_parse(&list, "test", text, sizeof(text) - 1, ETCH_ERA_READER, &diags);
    etch_diags_free(&diags);
    return r;
}

static int tear_down(void **state)
{
    (void)state;
    etch_decl_list_free(&list);
    return 0;
}

static struct etch_record make(uint64_t time_ns, uint32_t pid, uint32_t tid, int decl,
                               uint64_t first, uint64_t second)
{
    struct etch_record record = {.time_ns = time_ns, .pid = pid, .tid = tid};
    record.name = list.v[decl].name;
    record.decl = &list.v[decl];
    record.n_values = (uint32_t)list.v[decl].n_args;
    record.value[0] = first;
    record.value[1] = second;
    return record;
}

/* Two threads of one process, one of another, losses, an unknown event. */
static size_t make_stream(struct etch_record records[16])
{
    size_t n = 0;
    records[n++] = make(1000, 10, 10, 0, 32, 0x1000);
    records[n++] = make(2000, 10, 11, 0, 64, 0x2000);
    records[n++] = make(3000, 20, 20, 0, 32, 0x1000);
    records[n++] = make(4000, 10, 11, 1, 0x1000, 0);
    records[n++] = (struct etch_record){
        .type = ETCH_RECORD_LOST, .time_ns = 5000, .pid = 10, .tid = 11, .lost = 7};
    records[n++] = (struct etch_record){.type = ETCH_RECORD_LOST,
                                        .time_ns = 5000,
                                        .pid = 10,
                                        .tid = 11,
                                        .lost = 3,
                                        .why = {ETCH_LOST_DISCARDED, 0, 0, 4000, 5500}};
    records[n++] = (struct etch_record){.type = ETCH_RECORD_LOST,
                                        .time_ns = 5000,
                                        .pid = 10,
                                        .tid = 11,
                                        .why = {ETCH_LOST_OVERWRITTEN, 2, 0, 4500, 5000}};
    records[n++] = (struct etch_record){.type = ETCH_RECORD_LOST,
                                        .time_ns = 5000,
                                        .pid = 10,
                                        .why = {ETCH_LOST_DAMAGED, 0, 1, 0, 0}};
    records[n++] = (struct etch_record){
        .time_ns = 6000, .pid = 20, .tid = 0, .name = "\033]0;\"x", .n_values = 1, .value = {5}};
    return n;
}

/* The output of a sink over the stream; malloc'd. */
static char *output(struct etch_sink *sink, struct etch_out *out)
{
    struct etch_record records[16];
    size_t n = make_stream(records);
    assert_non_null(sink);
    sink->base = 1000;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sink->event(sink, &records[i]), 0);
    if (sink->end)
        assert_int_equal(sink->end(sink), 0);
    etch_sink_free(sink);
    *out->p = '\0';
    char *text = strdup(out->start);
    out->p = out->start;
    etch_out_close(out);
    return text;
}

#define EXPECT(make_sink, text)                                                                    \
    do {                                                                                           \
        struct etch_out out;                                                                       \
        assert_int_equal(etch_out_open(&out, -1), 0);                                              \
        char *got = output(make_sink, &out);                                                       \
        assert_string_equal(got, text);                                                            \
        free(got);                                                                                 \
    } while (0)

static void text(void **state)
{
    struct etch_text_options options = {0};
    (void)state;
    EXPECT(
        etch_text_sink(&out, &options),
        "    0.000000000     10/10     heap_malloc size 32 ptr 0x1000\n"
        "    0.000001000     10/11     heap_malloc size 64 ptr 0x2000\n"
        "    0.000002000     20/20     heap_malloc size 32 ptr 0x1000\n"
        "    0.000003000     10/11     heap_free ptr 0x1000\n"
        "    0.000004000     10/11     -- 7 events lost --\n"
        "    0.000004000     10/11     -- 3 events lost: discarded, 0.000003000 to 0.000004500 --\n"
        "    0.000004000     10/11     -- 2 packets lost: overwritten, 0.000003500 to 0.000004000 "
        "--\n"
        "    0.000004000     10 -- 1 byte lost: damaged --\n"
        "    0.000005000     20 \\x1b]0;\"x arg1=0x5\n");
}

static void json(void **state)
{
    (void)state;
    EXPECT(
        etch_json_sink(&out),
        "{\"time_ns\":1000,\"pid\":10,\"tid\":10,\"name\":\"heap_malloc\",\"args\":{\"size\":32,"
        "\"ptr\":\"0x1000\"}}\n"
        "{\"time_ns\":2000,\"pid\":10,\"tid\":11,\"name\":\"heap_malloc\",\"args\":{\"size\":64,"
        "\"ptr\":\"0x2000\"}}\n"
        "{\"time_ns\":3000,\"pid\":20,\"tid\":20,\"name\":\"heap_malloc\",\"args\":{\"size\":32,"
        "\"ptr\":\"0x1000\"}}\n"
        "{\"time_ns\":4000,\"pid\":10,\"tid\":11,\"name\":\"heap_free\",\"args\":{\"ptr\":"
        "\"0x1000\"}}\n"
        "{\"lost\":7,\"reason\":\"dropped\",\"time_ns\":5000,\"pid\":10,\"tid\":11}\n"
        "{\"lost\":3,\"reason\":\"discarded\",\"from_ns\":4000,\"to_ns\":5500,\"time_ns\":5000,"
        "\"pid\":10,\"tid\":11}\n"
        "{\"lost\":null,\"reason\":\"overwritten\",\"packets\":2,\"from_ns\":4500,\"to_ns\":5000,"
        "\"time_ns\":5000,\"pid\":10,\"tid\":11}\n"
        "{\"lost\":null,\"reason\":\"damaged\",\"bytes\":1,\"time_ns\":5000,\"pid\":10,"
        "\"tid\":null}\n"
        "{\"time_ns\":6000,\"pid\":20,\"tid\":null,\"name\":\"\\u001b]0;\\\"x\",\"args\":{"
        "\"arg1\":\"0x5\"}}\n");
}

static void stat(void **state)
{
    struct etch_stat_options options = {.top = 10};
    (void)state;
    EXPECT(etch_stat_sink(&out, &options),
           "events: 5\n"
           "dropped: 10\n"
           "time: 0.000005000 s\n"
           "processes: 2\n"
           "\n"
           "      EVENTS       EVENTS/S          BYTES  EVENT\n"
           "           3       600000.0            144  heap_malloc\n"
           "           1       200000.0             40  \\x1b]0;\"x\n"
           "           1       200000.0             40  heap_free\n"
           "\n"
           "      EVENTS       EVENTS/S          BYTES      DROPPED  PROCESS\n"
           "           3       600000.0            136           10  10\n"
           "           2       400000.0             88            0  20\n"
           "\n"
           "      EVENTS       EVENTS/S          BYTES      DROPPED  THREAD\n"
           "           2       400000.0             88           10  10/11\n"
           "           1       200000.0             48            0  10/10\n"
           "           1       200000.0             40            0  20\n"
           "           1       200000.0             48            0  20/20\n"
           "           0            0.0              0            0  10\n"
           "\n"
           " LOST EVENTS      PACKETS          BYTES               FROM                 TO  REASON "
           "    "
           "  THREAD\n"
           "           3            0              0        0.000003000        0.000004500  "
           "discarded  "
           "  10/11\n"
           "           0            2              0        0.000003500        0.000004000  "
           "overwritten"
           "  10/11\n"
           "           0            0              1        0.000004000        0.000004000  "
           "damaged    "
           "  10\n");
    options.json = true;
    EXPECT(etch_stat_sink(&out, &options),
           "{\"events\":5,\"dropped\":10,\"bytes\":224,\"time_ns\":5000,\"by_event\":["
           "{\"name\":\"heap_malloc\",\"events\":3,\"bytes\":144},"
           "{\"name\":\"\\u001b]0;\\\"x\",\"events\":1,\"bytes\":40},"
           "{\"name\":\"heap_free\",\"events\":1,\"bytes\":40}],\"by_process\":["
           "{\"pid\":10,\"events\":3,\"bytes\":136,\"dropped\":10},"
           "{\"pid\":20,\"events\":2,\"bytes\":88,\"dropped\":0}],\"by_thread\":["
           "{\"pid\":10,\"tid\":11,\"events\":2,\"bytes\":88,\"dropped\":10},"
           "{\"pid\":10,\"tid\":10,\"events\":1,\"bytes\":48,\"dropped\":0},"
           "{\"pid\":20,\"events\":1,\"bytes\":40,\"dropped\":0},"
           "{\"pid\":20,\"tid\":20,\"events\":1,\"bytes\":48,\"dropped\":0},"
           "{\"pid\":10,\"events\":0,\"bytes\":0,\"dropped\":0}],\"lost\":["
           "{\"reason\":\"discarded\",\"pid\":10,\"tid\":11,\"events\":3,\"packets\":0,\"bytes\":0,"
           "\"from_ns\":4000,\"to_ns\":5500},"
           "{\"reason\":\"overwritten\",\"pid\":10,\"tid\":11,\"events\":0,\"packets\":2,"
           "\"bytes\":0,\"from_ns\":4500,\"to_ns\":5000},"
           "{\"reason\":\"damaged\",\"pid\":10,\"events\":0,\"packets\":0,\"bytes\":1,"
           "\"from_ns\":5000,\"to_ns\":5000}],\"fields\":[]}\n");
}

/* A key is of its process, not of its thread. */
static void pair(void **state)
{
    static const char *const starts[] = {"heap_malloc", NULL}, *const ends[] = {"heap_free", NULL};
    struct etch_pair_options options = {
        .starts = starts, .ends = ends, .key = "ptr", .sum = "size", .unmatched = 10};
    (void)state;
    EXPECT(etch_pair_sink(&out, &options),
           "matched: 1 (size 32)\n"
           "never ended: 2 (size 96)\n"
           "dropped: 10\n"
           "lost beside: 2 packets, 1 bytes\n"
           "\n"
           "duration: min 3.00 us, median 3.00 us, p99 3.00 us, max 3.00 us\n"
           "     2.05 us ..    4.10 us            1 ########################################\n"
           "\n"
           "       STARTED  PROCESS                  KEY         size  EVENT\n"
           "   0.000001000       10   0x2000                       64  heap_malloc\n"
           "   0.000002000       20   0x1000                       32  heap_malloc\n");
}

/* Events that come by the thousand keep their numbers. */
static void many_events(void **state)
{
    struct etch_record record = {.type = ETCH_RECORD_EVENT, .pid = 1};
    struct etch_stat_options options = {.json = true};
    struct etch_out out;
    char name[32];
    (void)state;
    assert_int_equal(etch_out_open(&out, -1), 0);
    struct etch_sink *sink = etch_stat_sink(&out, &options);
    record.name = name;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2000; i++) {
            snprintf(name, sizeof(name), "event_%d", i);
            assert_int_equal(sink->event(sink, &record), 0);
        }
    assert_int_equal(sink->end(sink), 0);
    size_t n = 0;
    *out.p = '\0';
    for (const char *p = out.start; (p = strstr(p, "\"events\":2,")); p++)
        n++;
    assert_int_equal(n, 2000);
    etch_sink_free(sink);
    out.p = out.start;
    etch_out_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text), cmocka_unit_test(json),        cmocka_unit_test(stat),
        cmocka_unit_test(pair), cmocka_unit_test(many_events),
    };
    return cmocka_run_group_tests_name("sink", tests, set_up, tear_down);
}
