/* SPDX-License-Identifier: MIT
 *
 * json.c: an object a line:
 *
 *     {"time_ns":812,"pid":4711,"tid":4712,"name":"heap_free","args":{"ptr":"0x55d0c01f12a0"}}
 *     {"time_ns":null,"not_before_ns":812,"pid":4711,...}    declared notime
 *     {"lost":3,"reason":"discarded","from_ns":813,"to_ns":815,"time_ns":815,"pid":4711,...}
 *
 * Reads:  records.
 * Writes: JSON, in UTF-8. Integers are exact to 64 bits, pointers are strings.
 * Never:  anything that a JSON parser refuses.
 */
#include <stdlib.h>

#include "sink/lost.h"
#include "sink/printer.h"
#include "sink/sink.h"

#define PREFIX_ROOM 160u

struct json_sink {
    struct etch_sink sink;
    struct etch_printer printer;
};

/* From "time_ns" to "tid". */
static char *put_origin(char *p, const struct etch_record *record)
{
    p = etch_put_string(p, record->not_before ? "\"time_ns\":null,\"not_before_ns\":"
                                              : "\"time_ns\":");
    p = etch_put_decimal(p, record->time_ns);
    p = etch_put_string(p, ",\"pid\":");
    p = etch_put_decimal(p, record->pid);
    p = etch_put_string(p, ",\"tid\":");
    return record->tid ? etch_put_decimal(p, record->tid) : etch_put_string(p, "null");
}

static char *put_number(char *p, const char *key, uint64_t value)
{
    return etch_put_decimal(etch_put_string(p, key), value);
}

/* What is known of missing events; "lost" is null where their number is not. */
static void print_lost(struct etch_out *out, const struct etch_record *record)
{
    const struct etch_lost *why = &record->why;
    char *p = etch_out_room(out, out->p, 3 * PREFIX_ROOM);
    p = record->lost != 0 || why->reason == ETCH_LOST_DROPPED
            ? put_number(p, "{\"lost\":", record->lost)
            : etch_put_string(p, "{\"lost\":null");
    p = etch_put_string(p, ",\"reason\":\"");
    p = etch_put_string(etch_put_string(p, etch_lost_word(why->reason)), "\"");
    if (why->packets != 0)
        p = put_number(p, ",\"packets\":", why->packets);
    if (why->bytes != 0)
        p = put_number(p, ",\"bytes\":", why->bytes);
    if (why->to_ns != 0)
        p = put_number(put_number(p, ",\"from_ns\":", why->from_ns), ",\"to_ns\":", why->to_ns);
    p = put_origin(etch_put_string(p, ","), record);
    out->p = etch_put_string(p, "}\n");
}

static int json_event(struct etch_sink *sink, const struct etch_record *record)
{
    struct json_sink *json = (struct json_sink *)sink;
    struct etch_out *out = sink->out;
    struct etch_printed *event;

    if (__builtin_expect(record->type == ETCH_RECORD_LOST, 0)) {
        print_lost(out, record);
        return 0;
    }
    int r = etch_printer_find(&json->printer, record, &event);
    if (r)
        return r;
    char *p = etch_out_room(out, out->p, PREFIX_ROOM + event->head_size);
    *p++ = '{';
    p = put_origin(p, record);
    out->p = etch_put_block(p, event->head, event->head_size);
    etch_printer_values(&json->printer, event, record, out);
    out->p = etch_put_string(etch_out_room(out, out->p, 2), "}\n");
    return 0;
}

static void json_free(struct etch_sink *sink)
{
    etch_printer_free(&((struct json_sink *)sink)->printer);
    free(sink);
}

struct etch_sink *etch_json_sink(struct etch_out *out)
{
    struct json_sink *json = calloc(1, sizeof(*json));
    if (!json)
        return NULL;
    json->sink = (struct etch_sink){.event = json_event, .free = json_free, .out = out};
    json->printer = (struct etch_printer){
        .style = ETCH_PLAN_JSON, .before = ",\"name\":\"", .after = "\",\"args\":"};
    return &json->sink;
}
