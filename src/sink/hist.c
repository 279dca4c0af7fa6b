/* SPDX-License-Identifier: MIT
 *
 * hist.c: see hist.h.
 *
 * Reads:  numbers.
 * Writes: a struct etch_hist, the output buffer.
 * Never:  allocates.
 */
#include "sink/hist.h"

#define SUB_BITS  4u
#define SUB       (1u << SUB_BITS)
#define POWERS    64u
#define BAR_WIDTH 40u

static unsigned log2_of(uint64_t value)
{
    return 63 - (unsigned)__builtin_clzll(value | 1);
}

static unsigned bucket_of(uint64_t value)
{
    if (value < SUB)
        return (unsigned)value;
    unsigned power = log2_of(value);
    return (power - SUB_BITS + 1) * SUB + (unsigned)(value >> (power - SUB_BITS) & (SUB - 1));
}

uint64_t etch_hist_low(unsigned bucket)
{
    if (bucket < SUB)
        return bucket;
    return (uint64_t)(SUB + bucket % SUB) << (bucket / SUB - 1);
}

void etch_hist_add(struct etch_hist *hist, uint64_t value)
{
    if (hist->n == 0 || value < hist->min)
        hist->min = value;
    if (value > hist->max)
        hist->max = value;
    hist->n++;
    hist->count[bucket_of(value)]++;
}

uint64_t etch_hist_quantile(const struct etch_hist *hist, unsigned part)
{
    if (hist->n == 0 || part == 0)
        return hist->min;
    if (part >= 1000)
        return hist->max;
    /* Without an overflow at 2^64 values: thousands and rest apart. */
    uint64_t last = hist->n - 1;
    uint64_t rank = last / 1000 * part + last % 1000 * part / 1000, seen = 0;
    unsigned bucket = 0;
    while (bucket < ETCH_HIST_BUCKETS - 1 && (seen += hist->count[bucket]) <= rank)
        bucket++;
    uint64_t low = etch_hist_low(bucket);
    uint64_t width = bucket < 2 * SUB ? 1 : (uint64_t)1 << (bucket / SUB - 1);
    uint64_t value = low + (width - 1) / 2;
    return value < hist->min ? hist->min : value > hist->max ? hist->max : value;
}

/* The counts by power of two: [0] holds 0 and 1, [i] holds 2^i to 2^(i+1) - 1. */
static uint64_t fold(const struct etch_hist *hist, uint64_t power[POWERS])
{
    uint64_t most = 0;
    memset(power, 0, POWERS * sizeof(*power));
    for (unsigned i = 0; i < ETCH_HIST_BUCKETS; i++)
        power[log2_of(etch_hist_low(i))] += hist->count[i];
    for (unsigned i = 0; i < POWERS; i++)
        if (power[i] > most)
            most = power[i];
    return most;
}

static uint64_t power_low(unsigned i)
{
    return i == 0 ? 0 : (uint64_t)1 << i;
}

static uint64_t power_high(unsigned i)
{
    return i == POWERS - 1 ? UINT64_MAX : (uint64_t)2 << i;
}

void etch_print_duration(struct etch_out *out, uint64_t ns, int width)
{
    if (ns < 1000)
        etch_out_format(out, "%*llu ns", width, (unsigned long long)ns);
    else if (ns < 1000000)
        etch_out_format(out, "%*.2f us", width, (double)ns / 1e3);
    else if (ns < 1000000000)
        etch_out_format(out, "%*.2f ms", width, (double)ns / 1e6);
    else
        etch_out_format(out, "%*.2f s", width, (double)ns / 1e9);
}

void etch_hist_print(const struct etch_hist *hist, struct etch_out *out)
{
    static const char bar[] = "########################################";
    uint64_t power[POWERS], most = fold(hist, power);
    unsigned first = 0, last = POWERS - 1;

    if (most == 0)
        return;
    while (!power[first])
        first++;
    while (!power[last])
        last--;
    for (unsigned i = first; i <= last; i++) {
        unsigned length = (unsigned)((double)power[i] / (double)most * BAR_WIDTH + 0.5);
        etch_out_text(out, "  ");
        etch_print_duration(out, power_low(i), 7);
        etch_out_text(out, " .. ");
        etch_print_duration(out, power_high(i), 7);
        etch_out_format(out, " %12llu%s%.*s\n", (unsigned long long)power[i], length ? " " : "",
                        (int)length, bar);
    }
}

void etch_hist_json(const struct etch_hist *hist, struct etch_out *out)
{
    uint64_t power[POWERS];
    const char *comma = "";

    fold(hist, power);
    etch_out_text(out, "[");
    for (unsigned i = 0; i < POWERS; i++) {
        if (!power[i])
            continue;
        etch_out_format(out, "%s{\"from_ns\":%llu,\"to_ns\":%llu,\"count\":%llu}", comma,
                        (unsigned long long)power_low(i), (unsigned long long)power_high(i),
                        (unsigned long long)power[i]);
        comma = ",";
    }
    etch_out_text(out, "]");
}
