/* SPDX-License-Identifier: MIT
 *
 * text.c: a line an event, for people:
 *
 *          0.000012345   4711/4712   heap_malloc size 32 ptr 0x55d0c01f12a0
 *        >=0.000012345   4711/4712   heap_step 3      (declared notime)
 *
 * Reads:  records.
 * Writes: lines.
 * Never:  lets a control character of the trace through to a terminal, but for
 *         the colours that it puts there itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sink/lost.h"
#include "sink/printer.h"
#include "sink/sink.h"

/* The longest that stands before an event's name. */
#define PREFIX_ROOM 160u

/* Of a difference below ten seconds, with the blank before it. */
#define DELTA_WIDTH 13

struct text_sink {
    struct etch_sink sink;
    struct etch_text_options options;
    struct etch_printer printer;
    bool begun;
    uint64_t last;     /* time of the line before */
    uint32_t pid, tid; /* of `process` */
    char process[32];
    size_t process_size;
};

static const char dim[] = "\033[2m", bold[] = "\033[1;36m", red[] = "\033[1;31m", off[] = "\033[0m";

/* Seconds, nine digits behind the point, right-aligned in width <= 8 before it. */
static char *put_time(char *p, uint64_t ns, unsigned width)
{
    uint64_t seconds = ns / 1000000000u;
    uint32_t part = (uint32_t)(ns % 1000000000u);
    char digits[24], *end = etch_put_decimal(digits, seconds);
    unsigned n = (unsigned)(end - digits);
    memset(p, ' ', 8);
    if (n < width)
        p += width - n;
    memcpy(p, digits, sizeof(digits));
    end = p + n;
    end[0] = '.';
    end[1] = (char)('0' + part / 100000000u);
    return etch_put_decimal8(end + 2, part % 100000000u);
}

/* The difference of two times with its sign. */
static char *put_difference(char *p, uint64_t now, uint64_t before)
{
    bool back = now < before;
    *p++ = back ? '-' : '+';
    return put_time(p, back ? before - now : now - before, 1);
}

/* A lower bound, right-aligned as put_time() does. */
static char *put_bound(char *p, uint64_t ns)
{
    char *end = put_time(p, ns, 5);
    if (p[1] != ' ') {
        end = put_time(p + 2, ns, 1);
        p[0] = ' ';
    }
    while (p[2] == ' ')
        p++;
    p[0] = '>';
    p[1] = '=';
    return end;
}

static void set_process(struct text_sink *text, const struct etch_record *record)
{
    int n;
    text->pid = record->pid;
    text->tid = record->tid;
    if (record->tid)
        n = snprintf(text->process, sizeof(text->process), " %6u/%-6u ", record->pid, record->tid);
    else
        n = snprintf(text->process, sizeof(text->process), " %6u ", record->pid);
    text->process_size = (size_t)n;
}

/* Everything before the name. */
static char *put_prefix(struct text_sink *text, char *p, const struct etch_record *record)
{
    if (!text->begun || record->pid != text->pid || record->tid != text->tid)
        set_process(text, record);
    if (!text->begun) {
        text->begun = true;
        text->last = record->time_ns;
    }
    if (text->options.colour)
        p = etch_put_string(p, dim);
    uint64_t base = text->options.monotonic ? 0 : text->sink.base;
    if (record->not_before)
        p = put_bound(p, record->time_ns > base ? record->time_ns - base : 0);
    else if (record->time_ns >= base)
        p = put_time(p, record->time_ns - base, 5);
    else
        p = put_difference(p, record->time_ns, base);
    if (text->options.delta && record->not_before) {
        memset(p, ' ', DELTA_WIDTH);
        p += DELTA_WIDTH;
    } else if (text->options.delta) {
        *p++ = ' ';
        p = put_difference(p, record->time_ns, text->last);
        text->last = record->time_ns;
    }
    memcpy(p, text->process, sizeof(text->process));
    p += text->process_size;
    if (text->options.colour)
        p = etch_put_string(p, off);
    return p;
}

/* A moment as the first column has it. */
static char *put_moment(struct text_sink *text, char *p, uint64_t ns)
{
    uint64_t base = text->options.monotonic ? 0 : text->sink.base;
    return ns >= base ? put_time(p, ns - base, 1) : put_difference(p, ns, base);
}

/* "7 events lost: discarded, 0.000001000 to 0.000002000". */
static char *put_lost(struct text_sink *text, char *p, const struct etch_record *record)
{
    p = etch_put_string(etch_lost_amount(p, record), " lost");
    if (record->why.reason == ETCH_LOST_DROPPED)
        return p;
    p = etch_put_string(p, ": ");
    p = etch_put_string(p, etch_lost_word(record->why.reason));
    if (record->why.to_ns == 0)
        return p;
    p = put_moment(text, etch_put_string(p, ", "), record->why.from_ns);
    return put_moment(text, etch_put_string(p, " to "), record->why.to_ns);
}

static void print_lost(struct text_sink *text, const struct etch_record *record)
{
    struct etch_out *out = text->sink.out;
    char *p = etch_out_room(out, out->p, 3 * PREFIX_ROOM);
    p = put_prefix(text, p, record);
    p = etch_put_string(p, text->options.colour ? red : "");
    p = etch_put_string(p, "-- ");
    p = etch_put_string(put_lost(text, p, record), " --");
    p = etch_put_string(p, text->options.colour ? off : "");
    *p++ = '\n';
    out->p = p;
}

static int text_event(struct etch_sink *sink, const struct etch_record *record)
{
    struct text_sink *text = (struct text_sink *)sink;
    struct etch_out *out = sink->out;
    struct etch_printed *event;

    if (__builtin_expect(record->type == ETCH_RECORD_LOST, 0)) {
        print_lost(text, record);
        return 0;
    }
    int r = etch_printer_find(&text->printer, record, &event);
    if (r)
        return r;
    char *p = etch_out_room(out, out->p, PREFIX_ROOM + event->head_size);
    p = put_prefix(text, p, record);
    p = etch_put_block(p, event->head, event->head_size);
    bool empty = event->plan.text ? event->plan.n_steps == 0 : record->n_values == 0;
    if (!empty)
        *p++ = ' ';
    out->p = p;
    etch_printer_values(&text->printer, event, record, out);
    p = etch_out_room(out, out->p, 1);
    *p = '\n';
    out->p = p + 1;
    return 0;
}

static void text_free(struct etch_sink *sink)
{
    etch_printer_free(&((struct text_sink *)sink)->printer);
    free(sink);
}

struct etch_sink *etch_text_sink(struct etch_out *out, const struct etch_text_options *options)
{
    struct text_sink *text = calloc(1, sizeof(*text));
    if (!text)
        return NULL;
    text->sink = (struct etch_sink){.event = text_event, .free = text_free, .out = out};
    text->options = *options;
    text->printer = (struct etch_printer){.style = options->raw ? ETCH_PLAN_RAW : ETCH_PLAN_FORMAT,
                                          .before = options->colour ? bold : "",
                                          .after = options->colour ? off : ""};
    return &text->sink;
}
