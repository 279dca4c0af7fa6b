/* SPDX-License-Identifier: MIT
 *
 * stat_lost.c: where events are missing and why, by thread and reason.
 *
 * Reads:  records of type ETCH_RECORD_LOST.
 * Writes: a table or JSON, at the end.
 * Never:  lists what a format does not explain (ETCH_LOST_DROPPED): the
 *         columns of stat_print.c have its count.
 */
#include <errno.h>
#include <stdlib.h>

#include "sink/lost.h"
#include "sink/stat.h"

typedef unsigned long long ull;

int stat_lost_add(struct stat_sink *stat, const struct etch_record *record)
{
    const struct etch_lost *why = &record->why;
    if (why->reason == ETCH_LOST_DROPPED)
        return 0;
    uint64_t key = (uint64_t)record->tid << 8 | (uint64_t)why->reason;
    struct etch_item *item = etch_table_get(&stat->lost_index, key, record->pid, 1);
    if (!item)
        return -ENOMEM;
    if (item->a == 0) { /* 1 + index */
        int r = etch_events_grow((void **)&stat->lost, sizeof(*stat->lost), &stat->lost_room,
                                 stat->n_lost);
        if (r)
            return r;
        stat->lost[stat->n_lost] =
            (struct stat_lost){record->pid, record->tid, why->reason, .from_ns = UINT64_MAX};
        item->a = ++stat->n_lost;
    }
    struct stat_lost *lost = &stat->lost[item->a - 1];
    uint64_t from = why->to_ns ? why->from_ns : record->time_ns;
    uint64_t to = why->to_ns ? why->to_ns : record->time_ns;
    lost->events += record->lost;
    lost->packets += why->packets;
    lost->bytes += why->bytes;
    lost->from_ns = from < lost->from_ns ? from : lost->from_ns;
    lost->to_ns = to > lost->to_ns ? to : lost->to_ns;
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct stat_lost *a = left, *b = right;
    if (a->from_ns != b->from_ns)
        return a->from_ns < b->from_ns ? -1 : 1;
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return a->tid != b->tid ? (a->tid < b->tid ? -1 : 1) : (int)a->reason - (int)b->reason;
}

static void sort(struct stat_sink *stat)
{
    if (stat->n_lost)
        qsort(stat->lost, stat->n_lost, sizeof(*stat->lost), compare);
}

/* Seconds since the first event. */
static void print_moment(struct stat_sink *stat, uint64_t ns)
{
    uint64_t base = stat->sink.base, part = ns > base ? ns - base : 0;
    etch_out_format(stat->sink.out, " %8llu.%09llu", (ull)part / 1000000000,
                    (ull)part % 1000000000);
}

void stat_lost_print(struct stat_sink *stat)
{
    struct etch_out *out = stat->sink.out;
    sort(stat);
    if (stat->n_lost)
        etch_out_format(out, "\n%12s %12s %14s %18s %18s  %-11s  %s\n", "LOST EVENTS", "PACKETS",
                        "BYTES", "FROM", "TO", "REASON", "THREAD");
    for (uint32_t i = 0; i < stat->n_lost; i++) {
        const struct stat_lost *l = &stat->lost[i];
        etch_out_format(out, "%12llu %12llu %14llu", (ull)l->events, (ull)l->packets,
                        (ull)l->bytes);
        print_moment(stat, l->from_ns);
        print_moment(stat, l->to_ns);
        etch_out_format(out, "  %-11s  %u", etch_lost_word(l->reason), l->pid);
        if (l->tid)
            etch_out_format(out, "/%u", l->tid);
        etch_out_text(out, "\n");
    }
}

void stat_lost_json(struct stat_sink *stat)
{
    struct etch_out *out = stat->sink.out;
    sort(stat);
    etch_out_text(out, ",\"lost\":[");
    for (uint32_t i = 0; i < stat->n_lost; i++) {
        const struct stat_lost *l = &stat->lost[i];
        etch_out_format(out, "%s{\"reason\":\"%s\",\"pid\":%u", i ? "," : "",
                        etch_lost_word(l->reason), l->pid);
        if (l->tid)
            etch_out_format(out, ",\"tid\":%u", l->tid);
        etch_out_format(out,
                        ",\"events\":%llu,\"packets\":%llu,\"bytes\":%llu,\"from_ns\":%llu,"
                        "\"to_ns\":%llu}",
                        (ull)l->events, (ull)l->packets, (ull)l->bytes, (ull)l->from_ns,
                        (ull)l->to_ns);
    }
    etch_out_text(out, "]");
}
