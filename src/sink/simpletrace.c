/* SPDX-License-Identifier: MIT
 *
 * simpletrace.c: the lines of QEMU's simpletrace.py, byte for byte:
 *
 *     memory_region_ops_write 10.316 pid=26181 cpu_index=0x0 name=b'serial'
 *
 * Reads:  records, unordered, under one of ETCH_SIMPLETRACE_*.
 * Writes: lines; the time is that since the line before, in microseconds.
 * Never:  uses a declared format.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sink/printer.h"
#include "sink/sink.h"

#define PREFIX_ROOM 160u

struct simpletrace_sink {
    struct etch_sink sink;
    struct etch_printer printer;
    bool bare; /* as QEMU 2.8: no blank behind the pid of an event without arguments */
    bool begun;
    uint64_t last;
    uint32_t pid; /* of `process` */
    char process[32];
    size_t process_size;
};

/* A difference of nanoseconds as Python's "%.3f" of it divided by 1000.0. From
 * 2^52 on the double is no longer exact to three digits and has to be asked. */
static char *put_delta(char *p, uint64_t now, uint64_t before)
{
    bool back = now < before;
    uint64_t ns = back ? before - now : now - before;
    if (__builtin_expect(ns >> 52 != 0, 0)) {
        double delta = (double)ns / 1000.0;
        return p + snprintf(p, PREFIX_ROOM / 2, "%.3f", back ? -delta : delta);
    }
    if (back)
        *p++ = '-';
    p = etch_put_decimal(p, ns / 1000);
    unsigned part = (unsigned)(ns % 1000);
    p[0] = '.';
    p[1] = (char)('0' + part / 100);
    p[2] = (char)('0' + part / 10 % 10);
    p[3] = (char)('0' + part % 10);
    return p + 4;
}

/* " DELTA pid=PID". */
static char *put_origin(struct simpletrace_sink *trace, char *p, const struct etch_record *record)
{
    if (!trace->begun || record->pid != trace->pid) {
        trace->pid = record->pid;
        trace->process_size =
            (size_t)snprintf(trace->process, sizeof(trace->process), " pid=%u", record->pid);
    }
    if (!trace->begun)
        trace->last = record->time_ns;
    trace->begun = true;
    *p++ = ' ';
    p = put_delta(p, record->time_ns, trace->last);
    trace->last = record->time_ns;
    memcpy(p, trace->process, sizeof(trace->process));
    return p + trace->process_size;
}

static int simpletrace_event(struct etch_sink *sink, const struct etch_record *record)
{
    struct simpletrace_sink *trace = (struct simpletrace_sink *)sink;
    struct etch_out *out = sink->out;
    struct etch_printed *event;

    if (__builtin_expect(record->type == ETCH_RECORD_LOST, 0)) {
        char *p = etch_out_room(out, out->p, 2 * PREFIX_ROOM);
        p += sprintf(p, "Dropped_Event");
        p = put_origin(trace, p, record);
        out->p = p + sprintf(p, " num_events_dropped=0x%llx\n", (unsigned long long)record->lost);
        return 0;
    }
    int r = etch_printer_find(&trace->printer, record, &event);
    if (r)
        return r;
    char *p = etch_out_room(out, out->p, PREFIX_ROOM + event->head_size);
    p = etch_put_block(p, event->head, event->head_size);
    p = put_origin(trace, p, record);
    if (!trace->bare || event->plan.n_steps)
        *p++ = ' ';
    out->p = p;
    etch_printer_values(&trace->printer, event, record, out);
    p = etch_out_room(out, out->p, 1);
    *p = '\n';
    out->p = p + 1;
    return 0;
}

static void simpletrace_free(struct etch_sink *sink)
{
    etch_printer_free(&((struct simpletrace_sink *)sink)->printer);
    free(sink);
}

struct etch_sink *etch_simpletrace_sink(struct etch_out *out, bool bare)
{
    struct simpletrace_sink *trace = calloc(1, sizeof(*trace));
    if (!trace)
        return NULL;
    trace->sink =
        (struct etch_sink){.event = simpletrace_event, .free = simpletrace_free, .out = out};
    trace->bare = bare;
    trace->printer = (struct etch_printer){
        .style = bare ? ETCH_PLAN_BARE : ETCH_PLAN_SIMPLETRACE, .before = "", .after = ""};
    return &trace->sink;
}
