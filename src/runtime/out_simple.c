/* SPDX-License-Identifier: MIT
 *
 * out_simple.c: packets → QEMU's binary trace file, format 4.
 *
 * Reads:  the payload of one event at a time, by its plan.
 * Writes: records into the drain's buffer.
 */
#include "format/simple.h"
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/register.h"

static void put(struct drain *d, const void *data, size_t size)
{
    unsigned char *to = d->out + d->out_used;
    for (size_t i = 0; i < size; i++)
        to[i] = ((const unsigned char *)data)[i];
    d->out_used += size;
}

static void put_u64(struct drain *d, uint64_t v)
{
    __builtin_memcpy(d->out + d->out_used, &v, sizeof(v));
    d->out_used += sizeof(v);
}

static void put_u32(struct drain *d, uint32_t v)
{
    __builtin_memcpy(d->out + d->out_used, &v, sizeof(v));
    d->out_used += sizeof(v);
}

static void simple_header(struct drain *d)
{
    put_u64(d, ETCH_SIMPLE_HEADER_ID);
    put_u64(d, ETCH_SIMPLE_MAGIC);
    put_u64(d, ETCH_SIMPLE_VERSION);
}

/* Mapping records of the groups that the file does not have: before the first
 * record of theirs. */
static void simple_groups(struct drain *d)
{
    while (d->mapped != d->planned) {
        struct group_entry *g =
            d->mapped == NULL ? __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE) : d->mapped->next;
        for (uint32_t i = 0; i < g->n_events; i++) {
            const char *name = group_event_name(g, i);
            uint32_t length = (uint32_t)text_length(name);
            if (d->out_used + length + 64 > OUT_SIZE && !drain_flush(d))
                return;
            put_u64(d, ETCH_SIMPLE_MAPPING);
            put_u64(d, g->first_id + i);
            put_u32(d, length);
            put(d, name, length);
        }
        d->mapped = g;
    }
}

static uint64_t number_at(const unsigned char *p, char kind)
{
    uint8_t b;
    uint16_t h;
    uint32_t w;
    uint64_t q;
    bool negative = etch_kind_signed(kind, (char)-1 < 0);
    switch (etch_kind_size(kind, sizeof(long), sizeof(void *))) {
    case 1:
        __builtin_memcpy(&b, p, sizeof(b));
        return negative ? (uint64_t)(int64_t)(int8_t)b : b;
    case 2:
        __builtin_memcpy(&h, p, sizeof(h));
        return negative ? (uint64_t)(int64_t)(int16_t)h : h;
    case 4:
        __builtin_memcpy(&w, p, sizeof(w));
        return negative ? (uint64_t)(int64_t)(int32_t)w : w;
    default:
        __builtin_memcpy(&q, p, sizeof(q));
        return q;
    }
}

/* As QEMU 2.8 casts its floating point arguments: to an integer. */
static uint64_t real_at(const unsigned char *p, char kind)
{
    double v;
    float f;
    if (kind == ETCH_KIND_FLOAT) {
        __builtin_memcpy(&f, p, sizeof(f));
        v = (double)f;
    } else {
        __builtin_memcpy(&v, p, sizeof(v));
    }
    if (!(v > -9.3e18 && v < 1.9e19))
        return 0;
    return v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
}

/* QEMU's format has no NULL: it is an empty string. */
static size_t string_length(const char *s)
{
    return text_equal(s, ETCH_STRING_NULL) ? 0 : text_length(s);
}

/* The arguments of an event whose payload is known to lie within its packet. */
static void put_arguments(struct drain *d, const struct event_plan *plan, const unsigned char *p)
{
    for (const char *k = plan->kinds; *k != '\0'; k++) {
        if (*k == ETCH_KIND_STRING) {
            size_t length = string_length((const char *)p);
            put_u32(d, (uint32_t)length);
            put(d, p, length);
            p += text_length((const char *)p) + 1;
        } else if (*k == ETCH_KIND_FLOAT || *k == ETCH_KIND_DOUBLE) {
            put_u64(d, real_at(p, *k));
            p += etch_kind_size(*k, sizeof(long), sizeof(void *));
        } else {
            put_u64(d, number_at(p, *k));
            p += etch_kind_size(*k, sizeof(long), sizeof(void *));
        }
    }
}

/* The event that the stream stands at; there is room for the largest. */
static void put_event(struct drain *d, const struct event_plan *plan, const struct stream *st)
{
    unsigned char *head = d->out + d->out_used;
    uint64_t type = ETCH_SIMPLE_EVENT;
    struct etch_simple_record r = {
        .id = st->id, .time_ns = drain_time(d, st->stamp), .pid = d->pool->pid};
    d->out_used += sizeof(type) + sizeof(r);
    if (plan->words) {
        unsigned char *to = d->out + d->out_used;
        for (unsigned i = 0; i < plan->n; i++)
            __builtin_memcpy(to + 8 * i, st->payload + 8 * i, 8);
        d->out_used += plan->fixed;
    } else {
        put_arguments(d, plan, st->payload);
    }
    r.length = (uint32_t)(d->out + d->out_used - head - sizeof(type));
    __builtin_memcpy(head, &type, sizeof(type));
    __builtin_memcpy(head + sizeof(type), &r, sizeof(r));
}

/* The events of one packet up to a moment, or until the buffer wants to be
 * written. What is not known or not whole is not what we wrote: the rest of the
 * packet is left. */
static void simple_run(struct drain *d, struct stream *st, uint64_t until)
{
    do {
        const struct event_plan *plan = st->id < d->n_plans ? &d->plans[st->id] : NULL;
        size_t left = (size_t)(st->end - st->payload);
        size_t size = plan == NULL || plan->kinds == NULL ? SIZE_MAX
                      : plan->strings == 0                ? plan->fixed
                                           : event_payload_size(plan, st->payload, st->end);
        if (size > left) {
            st->next = st->end;
            return;
        }
        if (st->stamp >= d->from) {
            put_event(d, plan, st);
            d->events++;
        }
        st->at.clock = st->stamp;
        if (!stream_event_at(st, st->payload + size))
            return;
    } while (st->stamp <= until && d->out_used < d->batch);
}

/* "count events are missing here": since the round before. */
static void simple_discarded(struct drain *d, uint64_t count)
{
    struct etch_simple_record r = {.id = ETCH_SIMPLE_DROPPED,
                                   .time_ns = d->base.monotonic_ns,
                                   .length = sizeof(r) + sizeof(count),
                                   .pid = d->pool->pid};
    put_u64(d, ETCH_SIMPLE_EVENT);
    put(d, &r, sizeof(r));
    put_u64(d, count);
}

/* ---- a round ---- */

/* How many events were overwritten that the file does not tell yet. Nobody has
 * counted them: as many as fit into their bytes at the mean size of those that
 * are left. */
static uint64_t overwritten_events(struct drain *d)
{
    struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    uint64_t size = d->holds ? drain_event_size(d) : 0, bytes = 0;
    for (uint32_t i = 0; i < used && size != 0; i++) {
        uint64_t n = __atomic_load_n(&slots[i].overwritten_bytes, __ATOMIC_RELAXED);
        bytes += n - d->streams[i].at.overwritten;
        d->streams[i].at.overwritten = n;
    }
    return bytes == 0 ? 0 : bytes / size + (bytes % size != 0);
}

/* Discarded events that the file does not tell yet. */
static void tell_discarded(struct drain *d)
{
    struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    uint64_t all = __atomic_load_n(&d->pool->discarded, __ATOMIC_RELAXED);
    uint64_t count = all - d->told;
    d->told = all;
    for (uint32_t i = 0; i < used; i++) {
        uint64_t n = __atomic_load_n(&slots[i].discarded, __ATOMIC_RELAXED);
        count += n - d->streams[i].at.told;
        d->streams[i].at.told = n;
    }
    d->discarded += count;
    count += overwritten_events(d);
    if (count != 0)
        simple_discarded(d, count);
}

/* What stands in front of the events of a file. */
static void simple_begin(struct drain *d)
{
    if (d->file_offset == 0)
        simple_header(d);
    simple_groups(d);
}

/* The events up to the watermark, in order of time. True if there were any and
 * they are written. */
bool simple_round(struct drain *d)
{
    if (rotate_due(d))
        rotate_next(d);
    simple_begin(d);
    tell_discarded(d);
    struct stream *st;
    uint64_t until;
    bool moved = d->out_used != 0;
    streams_begin(d);
    while ((st = streams_next(d, &until)) != NULL) {
        simple_run(d, st, until);
        d->newest = st->at.clock;
        d->newest_ns = drain_time(d, d->newest);
        streams_settle(d);
        moved = true;
        if (d->out_used < d->batch)
            continue;
        if (!drain_flush(d))
            return false;
        if (rotate_due(d)) {
            rotate_next(d);
            simple_begin(d);
        }
    }
    moved = drain_flush(d) && moved;
    if (!d->failed)
        d->batch = rotate_batch(); /* there is room again, for a whole round */
    return moved;
}
