/* SPDX-License-Identifier: MIT
 *
 * in_simpletrace.c: a simple file by the rules of QEMU's simpletrace.py, which
 * looks at less than we do and stops at its first fault.
 *
 * Reads:  format 4.
 * Writes: nothing.
 * Never:  reads on behind a fault.
 */
#include "read/in_simple.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/types.h>

#include "format/simple.h"

#define RECORD_SIZE sizeof(struct etch_simple_record)

static int stop(struct simple *s, enum etch_fault_kind kind, uint64_t number, const char *name,
                const char *text)
{
    s->over = true;
    if (s->in.error < 0)
        return fault_system(s->source.fault, s->in.error, s->in.path, "cannot read");
    return simple_fault(s, kind, number, name, "%s", text);
}

/* A mapping; a name that the end of the file cuts is taken as it is. */
static int take_mapping(struct simple *s)
{
    size_t have = input_need(&s->in, 12);
    if (have < 12)
        return stop(s, ETCH_FAULT_MAPPING_CUT, have, NULL, "a mapping is cut by the end");
    uint64_t id = plan_u64(s->in.data + s->in.begin, false);
    size_t length = plan_u32(s->in.data + s->in.begin + 8, false);
    have = input_need(&s->in, 12 + length) - 12;
    if (length > have)
        length = have;
    if (simple_map(s, id, (const char *)s->in.data + s->in.begin + 12, length) < 0)
        return fault_system(s->source.fault, -ENOMEM, s->in.path, "cannot map an event");
    s->in.begin += 12 + length;
    return 0;
}

/* Takes the payload apart: strings may be cut, numbers may not. Returns the
 * bytes that it took, or -1. */
static ssize_t take_payload(const struct plan *plan, const unsigned char *p, size_t size,
                            struct etch_record *record)
{
    size_t at = 0;
    for (uint32_t i = 0; i < plan->n; i++) {
        if (plan->op[i] != PLAN_STRING) {
            if (size - at < 8)
                return -1;
            record->value[i] = plan_u64(p + at, false);
            record->length[i] = 0;
            at += 8;
            continue;
        }
        if (size - at < 4)
            return -1;
        size_t length = plan_u32(p + at, false);
        at += 4;
        if (length > size - at)
            length = size - at;
        record->value[i] = (uint64_t)(uintptr_t)(p + at);
        record->length[i] = (uint32_t)length;
        at += length;
    }
    record->decl = plan->decl;
    record->n_values = plan->n;
    return (ssize_t)at;
}

/* How many bytes 2.8 reads for an event: it goes by the declaration alone. */
static size_t declared_size(struct simple *s, const struct plan *plan)
{
    size_t at = 0;
    for (uint32_t i = 0; i < plan->n; i++) {
        size_t unit = plan->op[i] == PLAN_STRING ? 4 : 8;
        if (input_need(&s->in, at + unit) < at + unit)
            return at + unit;
        if (unit == 4)
            at += plan_u32(s->in.data + s->in.begin + at, false);
        at += unit;
    }
    return at;
}

static int take_lost(struct simple *s, size_t size, struct etch_record *record)
{
    if (size < 8)
        return stop(s, ETCH_FAULT_PAYLOAD_CUT, size, NULL, "a dropped record is cut");
    record->type = ETCH_RECORD_LOST;
    record->lost = plan_u64(s->in.data + s->in.begin, false);
    record->why = (struct etch_lost){.reason = ETCH_LOST_DROPPED};
    record->name = NULL;
    record->decl = NULL;
    record->n_values = 0;
    return 1;
}

/* The payload of an event, `size` bytes of which the file has. */
static int take_event(struct simple *s, uint64_t id, size_t size, struct etch_record *record)
{
    const struct plan *plan = plan_table_get(&s->plans, id);
    if (plan == NULL)
        return stop(s, ETCH_FAULT_UNMAPPED, id, NULL, "the id of an event has no name");
    if (plan->decl == NULL)
        return stop(s, ETCH_FAULT_UNDECLARED, id, plan->name, "an event is not declared");
    bool by_declaration = s->config.options->simpletrace == ETCH_SIMPLETRACE_2_8;
    if (by_declaration) {
        size = declared_size(s, plan);
        size_t have = input_need(&s->in, size);
        if (size > have)
            size = have;
    }
    record->name = plan->name;
    ssize_t took = take_payload(plan, s->in.data + s->in.begin, size, record);
    if (took < 0)
        return stop(s, ETCH_FAULT_PAYLOAD_CUT, size, plan->name, "a payload is cut");
    s->in.begin += by_declaration ? (size_t)took : size;
    return 1;
}

/* A record; the type word was read. */
static int take_record(struct simple *s, struct etch_record *record)
{
    size_t have = input_need(&s->in, RECORD_SIZE);
    if (have < RECORD_SIZE)
        return stop(s, ETCH_FAULT_RECORD_CUT, have, NULL, "a record is cut by the end");
    const unsigned char *p = s->in.data + s->in.begin;
    uint64_t id = plan_u64(p, false);
    uint32_t length = plan_u32(p + 16, false);
    record->type = ETCH_RECORD_EVENT;
    record->time_ns = plan_u64(p + 8, false);
    record->pid = plan_u32(p + 20, false);
    record->tid = 0;
    record->lost = 0;
    bool by_declaration = s->config.options->simpletrace == ETCH_SIMPLETRACE_2_8;
    if (length < RECORD_SIZE && !by_declaration)
        return stop(s, ETCH_FAULT_LENGTH, length, NULL, "a record is shorter than its head");
    s->in.begin += RECORD_SIZE;
    size_t size = by_declaration ? 8 : length - RECORD_SIZE;
    have = input_need(&s->in, size);
    if (size > have)
        size = have;
    if (id != ETCH_SIMPLE_DROPPED)
        return take_event(s, id, size, record);
    int got = take_lost(s, size, record);
    if (got == 1)
        s->in.begin += size;
    return got;
}

int simple_next_simpletrace(struct simple *s, struct etch_record *record)
{
    if (s->over)
        return 0;
    if (!s->started) {
        int error = simple_header(s);
        s->over = error < 0;
        if (error < 0)
            return error;
    }
    for (;;) {
        size_t have = input_need(&s->in, 8);
        if (have == 0 && s->in.error == 0)
            return 0;
        if (have < 8)
            return stop(s, ETCH_FAULT_TYPE_CUT, have, NULL, "a type word is cut by the end");
        uint64_t type = plan_u64(s->in.data + s->in.begin, false);
        s->in.begin += 8;
        if (type != ETCH_SIMPLE_MAPPING)
            return take_record(s, record);
        int error = take_mapping(s);
        if (error < 0)
            return error;
    }
}
