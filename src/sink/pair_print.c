/* SPDX-License-Identifier: MIT
 *
 * pair_print.c: the report of pair.c, as text and as JSON.
 *
 * Reads:  a struct pair_sink.
 * Writes: the output buffer.
 * Never:  counts.
 */
#include <errno.h>
#include <stdlib.h>

#include "sink/escape.h"
#include "sink/pair.h"

typedef unsigned long long ull;

static int by_time(const void *left, const void *right)
{
    const struct etch_item *a = left, *b = right;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

/* The open starts in the order of their time; malloc'd. */
static struct etch_item *open_starts(const struct pair_sink *pair, uint64_t *sum)
{
    struct etch_item *open = malloc((pair->open.n + 1) * sizeof(*open));
    size_t n = 0;
    *sum = 0;
    for (size_t i = 0; open && i < pair->open.room; i++) {
        if (!pair->open.items[i].tag)
            continue;
        open[n] = pair->open.items[i];
        *sum += open[n++].b;
    }
    if (open)
        qsort(open, n, sizeof(*open), by_time);
    return open;
}

static void print_count(struct etch_out *out, const char *label, uint64_t n, const char *field,
                        uint64_t sum)
{
    etch_out_format(out, "%s: %llu", label, (ull)n);
    if (field)
        etch_out_format(out, " (%s %llu)", field, (ull)sum);
    etch_out_text(out, "\n");
}

static void print_durations(const struct pair_sink *pair)
{
    static const struct {
        const char *name;
        unsigned part;
    } quantiles[] = {{"min", 0}, {"median", 500}, {"p99", 990}, {"max", 1000}};
    struct etch_out *out = pair->sink.out;

    if (!pair->durations.n)
        return;
    etch_out_text(out, "\nduration:");
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        etch_out_format(out, "%s %s ", i ? "," : "", quantiles[i].name);
        etch_print_duration(out, etch_hist_quantile(&pair->durations, quantiles[i].part), 0);
    }
    etch_out_text(out, "\n");
    etch_hist_print(&pair->durations, out);
}

static void print_open(const struct pair_sink *pair, const struct etch_item *open, size_t n)
{
    struct etch_out *out = pair->sink.out;
    const char *sum = pair->options.sum;

    etch_out_format(out, "\n%14s %8s %20s ", "STARTED", "PROCESS", "KEY");
    if (sum)
        etch_out_format(out, "%12s ", sum);
    etch_out_text(out, " EVENT\n");
    for (size_t i = 0; i < n; i++) {
        /* What stands far out of order in a file comes late. */
        uint64_t since = open[i].a > pair->sink.base ? open[i].a - pair->sink.base : 0;
        if (open[i].a == PAIR_UNTIMED)
            etch_out_format(out, "%14s", "?");
        else
            etch_out_format(out, "%4llu.%09llu", (ull)since / 1000000000, (ull)since % 1000000000);
        etch_out_format(out, " %8u   0x%-16llx ", open[i].group, (ull)open[i].key);
        if (sum)
            etch_out_format(out, "%12llu ", (ull)open[i].b);
        etch_out_text(out, " ");
        const char *name = pair->events[open[i].tag - 1].name;
        out->p = etch_put_text(out, out->p, name, strlen(name));
        etch_out_text(out, "\n");
    }
    if (n < pair->open.n)
        etch_out_format(out, "... and %zu more\n", pair->open.n - n);
}

static void print_text(const struct pair_sink *pair, const struct etch_item *open, size_t n_open,
                       uint64_t open_sum)
{
    const struct pair_count *count = &pair->count;
    const char *sum = pair->options.sum;
    struct etch_out *out = pair->sink.out;

    print_count(out, "matched", count->matched, sum, count->matched_sum);
    print_count(out, "never ended", pair->open.n, sum, open_sum);
    if (count->lone_ends)
        print_count(out, "ended without a start", count->lone_ends, NULL, 0);
    if (count->restarted)
        print_count(out, "started again before an end", count->restarted, NULL, 0);
    if (count->failed)
        print_count(out, "started with key 0 (failed)", count->failed, NULL, 0);
    print_count(out, "dropped", count->dropped, NULL, 0);
    if (count->lost_packets || count->lost_bytes)
        etch_out_format(out, "lost beside: %llu packets, %llu bytes\n", (ull)count->lost_packets,
                        (ull)count->lost_bytes);
    print_durations(pair);
    if (n_open)
        print_open(pair, open, n_open);
}

static void print_json(const struct pair_sink *pair, const struct etch_item *open, size_t n_open,
                       uint64_t open_sum)
{
    const struct pair_count *count = &pair->count;
    const struct etch_hist *hist = &pair->durations;
    struct etch_out *out = pair->sink.out;

    etch_out_format(out, "{\"matched\":%llu,\"unmatched\":%zu", (ull)count->matched, pair->open.n);
    if (pair->options.sum)
        etch_out_format(out, ",\"matched_sum\":%llu,\"unmatched_sum\":%llu",
                        (ull)count->matched_sum, (ull)open_sum);
    etch_out_format(out, ",\"lone_ends\":%llu,\"restarted\":%llu,\"failed\":%llu,\"dropped\":%llu",
                    (ull)count->lone_ends, (ull)count->restarted, (ull)count->failed,
                    (ull)count->dropped);
    etch_out_format(out, ",\"lost_packets\":%llu,\"lost_bytes\":%llu", (ull)count->lost_packets,
                    (ull)count->lost_bytes);
    etch_out_format(out,
                    ",\"duration_ns\":{\"min\":%llu,\"median\":%llu,\"p99\":%llu,\"max\":%llu,"
                    "\"histogram\":",
                    (ull)hist->min, (ull)etch_hist_quantile(hist, 500),
                    (ull)etch_hist_quantile(hist, 990), (ull)hist->max);
    etch_hist_json(hist, out);
    etch_out_text(out, "},\"open\":[");
    for (size_t i = 0; i < n_open; i++) {
        etch_out_text(out, i ? ",{\"time_ns\":" : "{\"time_ns\":");
        if (open[i].a == PAIR_UNTIMED)
            etch_out_text(out, "null");
        else
            etch_out_format(out, "%llu", (ull)open[i].a);
        etch_out_format(out, ",\"pid\":%u,\"key\":\"0x%llx\",", open[i].group, (ull)open[i].key);
        if (pair->options.sum)
            etch_out_format(out, "\"sum\":%llu,", (ull)open[i].b);
        etch_out_text(out, "\"name\":\"");
        const char *name = pair->events[open[i].tag - 1].name;
        out->p = etch_put_json(out, out->p, name, strlen(name));
        etch_out_text(out, "\"}");
    }
    etch_out_text(out, "]}\n");
}

int pair_print(struct pair_sink *pair)
{
    uint64_t sum;
    struct etch_item *open = open_starts(pair, &sum);
    if (!open)
        return -ENOMEM;
    size_t n = pair->open.n < pair->options.unmatched ? pair->open.n : pair->options.unmatched;
    if (pair->options.json)
        print_json(pair, open, n, sum);
    else
        print_text(pair, open, n, sum);
    free(open);
    return 0;
}
