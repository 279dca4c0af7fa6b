/* SPDX-License-Identifier: MIT
 *
 * in_pool.c: streams of packets → events; see in_pool.h. Each slot is a source
 * of its own, merged like files are.
 */
#include "read/in_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/kind.h"
#include "format/packet.h"
#include "read/merge.h"

/* Shared by the streams of a pool. */
struct pool_shared {
    struct pool *pool;
    struct meta *meta;
    unsigned refs;
};

struct stream {
    struct source source;
    struct pool_shared *shared;
    uint32_t slot;
    const struct pool_item *item, *item_end; /* packets still to come */
    unsigned char *packet;                   /* the one that is read */
    size_t pos, end;
    size_t skip;   /* events below this offset are in the file */
    uint64_t seq;  /* of the packet that is read */
    uint64_t next; /* of the one to come */
    uint64_t ticks;
    uint64_t told;      /* discarded events that were told */
    uint64_t discarded; /* that are to be told now */
    uint32_t tid;
};

static int damaged(struct stream *s, const char *what)
{
    struct etch_read_fault f = {.kind = ETCH_FAULT_DAMAGED, .path = s->shared->pool->path};
    return fault_set(s->source.fault, -EINVAL, &f, "stream %u, packet %" PRIu64 ": %s", s->slot,
                     s->seq, what);
}

/* A number of `size` bytes, extended. */
static uint64_t load(const unsigned char *p, size_t size, bool negative)
{
    uint64_t v = 0;
    memcpy(&v, p, size);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v >>= 64 - 8 * size;
#endif
    unsigned shift = 64 - 8 * (unsigned)size;
    return negative ? (uint64_t)((int64_t)(v << shift) >> shift) : v;
}

static uint64_t load_real(const unsigned char *p, char kind)
{
    uint64_t bits;
    if (kind == ETCH_KIND_FLOAT) {
        float f;
        memcpy(&f, p, sizeof(f));
        double d = (double)f;
        memcpy(&bits, &d, sizeof(bits));
        return bits;
    }
    memcpy(&bits, p, sizeof(bits));
    return bits;
}

/* Takes the arguments apart. The bytes they take, or SIZE_MAX: not whole. */
static size_t decode(const struct etch_decl *decl, const struct note_machine *machine,
                     const unsigned char *p, size_t left, struct etch_record *record)
{
    size_t at = 0;
    for (size_t i = 0; i < decl->n_args; i++) {
        char kind = decl->args[i].kind;
        size_t size = etch_kind_size(kind, machine->long_size, machine->ptr_size);
        if (kind == ETCH_KIND_STRING) {
            const unsigned char *nul = memchr(p + at, 0, left - at);
            if (nul == NULL)
                return SIZE_MAX;
            size = (size_t)(nul - (p + at));
            bool null =
                size + 1 == sizeof(ETCH_STRING_NULL) && memcmp(p + at, ETCH_STRING_NULL, size) == 0;
            record->value[i] = null ? 0 : (uint64_t)(uintptr_t)(p + at);
            record->length[i] = null ? 0 : (uint32_t)size;
            size++;
        } else if (left - at < size) {
            return SIZE_MAX;
        } else {
            bool real = kind == ETCH_KIND_FLOAT || kind == ETCH_KIND_DOUBLE;
            record->value[i] =
                real ? load_real(p + at, kind)
                     : load(p + at, size, etch_kind_signed(kind, machine->char_signed));
            record->length[i] = 0;
        }
        at += size;
    }
    record->n_values = (uint32_t)decl->n_args;
    return at;
}

/* Begins the next packet: 1, 0 at the end of the stream, or -EINVAL. */
static int begin_packet(struct stream *s)
{
    struct pool *pool = s->shared->pool;
    if (s->item == s->item_end) {
        uint64_t all = pool->slots[s->slot].discarded;
        s->discarded = all > s->told ? all - s->told : 0;
        s->told += s->discarded;
        return s->discarded != 0;
    }
    const struct pool_item *item = s->item++;
    s->seq = item->seq;
    size_t content = pool_read_packet(pool, item, s->packet);
    const struct etch_packet_header *h = (const void *)s->packet;
    if (content == 0)
        return damaged(s, "it cannot be read");
    struct etch_consumed consumed = pool_consumed(pool, s->slot);
    s->skip = item->seq == consumed.seq ? (size_t)consumed.offset : 0;
    s->pos = sizeof(*h);
    s->end = content;
    s->ticks = h->timestamp_begin;
    s->tid = h->tid;
    if (h->events_discarded > s->told && h->packet_size != 0) {
        s->discarded = h->events_discarded - s->told;
        s->told = h->events_discarded;
    }
    bool gap = item->seq != s->next;
    s->next = item->seq + 1;
    return gap ? damaged(s, "packets before it are missing") : 1;
}

static int give_lost(struct stream *s, struct etch_record *record)
{
    *record = (struct etch_record){.type = ETCH_RECORD_LOST,
                                   .time_ns = pool_time(s->shared->pool, s->ticks),
                                   .pid = s->shared->pool->header.pid,
                                   .tid = s->tid,
                                   .lost = s->discarded};
    s->discarded = 0;
    return 1;
}

/* The header of an event; false: it is not whole. */
static bool take_header(struct stream *s, uint32_t *id)
{
    const unsigned char *p = s->packet + s->pos;
    size_t left = s->end - s->pos;
    uint32_t word;
    if (left < ETCH_HEADER_COMPACT)
        return false;
    memcpy(&word, p, sizeof(word));
    if ((word & ETCH_ID_EXTENDED) != ETCH_ID_EXTENDED) {
        uint64_t mask = (UINT64_C(1) << ETCH_CLOCK_BITS) - 1;
        s->ticks += ((word >> ETCH_ID_BITS) - s->ticks) & mask;
        s->pos += ETCH_HEADER_COMPACT;
        *id = word & ETCH_ID_EXTENDED;
        return true;
    }
    if (left < ETCH_HEADER_EXTENDED)
        return false;
    memcpy(id, p + 4, sizeof(*id));
    memcpy(&s->ticks, p + 8, sizeof(s->ticks));
    s->pos += ETCH_HEADER_EXTENDED;
    return true;
}

/* Gives up what is left of a packet. */
static int leave_packet(struct stream *s, const char *why)
{
    s->pos = s->end;
    return damaged(s, why);
}

/* The event at the current place: 1 given, 0 it is in the file, or -EINVAL. */
static int take_event(struct stream *s, struct etch_record *record)
{
    size_t start = s->pos;
    uint32_t id;
    if (!take_header(s, &id))
        return leave_packet(s, "its last event is not whole");
    if (s->shared->meta == NULL)
        return leave_packet(s, "the side file is missing, so it cannot be read");
    const struct note_machine *machine;
    const struct etch_decl *decl = meta_find(s->shared->meta, id, &machine);
    if (decl == NULL || decl->n_args > ETCH_VALUES_MAX)
        return leave_packet(s, "an event is not in the side file; what follows it is lost");
    size_t size = decode(decl, machine, s->packet + s->pos, s->end - s->pos, record);
    if (size == SIZE_MAX)
        return leave_packet(s, "its last event is not whole");
    s->pos += size;
    record->type = ETCH_RECORD_EVENT;
    record->time_ns = pool_time(s->shared->pool, s->ticks);
    record->pid = s->shared->pool->header.pid;
    record->tid = s->tid;
    record->lost = 0;
    record->name = decl->name;
    record->decl = decl;
    return start >= s->skip;
}

static int stream_next(struct source *source, struct etch_record *record)
{
    struct stream *s = (struct stream *)source;
    for (;;) {
        int got;
        if (s->pos < s->end) {
            got = take_event(s, record);
            if (got != 0)
                return got;
        } else if (s->discarded != 0) {
            return give_lost(s, record);
        } else {
            got = begin_packet(s);
            if (got != 1)
                return got;
        }
    }
}

static void stream_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct stream *s = (const struct stream *)source;
    *done = s->pos;
    *all = s->end + (uint64_t)(s->item_end - s->item) * s->shared->pool->header.packet_size;
}

static void shared_drop(struct pool_shared *shared)
{
    if (--shared->refs > 0)
        return;
    pool_close(shared->pool);
    free(shared);
}

static void stream_close(struct source *source)
{
    struct stream *s = (struct stream *)source;
    shared_drop(s->shared);
    free(s->packet);
    free(s);
}

static const struct source_ops stream_ops = {stream_next, stream_progress, stream_close};

static int add_stream(struct source *merger, struct pool_shared *shared, uint32_t slot,
                      const struct pool_item *item, const struct pool_item *item_end)
{
    struct stream *s = calloc(1, sizeof(*s));
    unsigned char *packet = malloc(shared->pool->header.packet_size);
    if (s == NULL || packet == NULL) {
        free(s);
        free(packet);
        return -ENOMEM;
    }
    struct etch_consumed consumed = pool_consumed(shared->pool, slot);
    /* A packet that is consumed to its end may not be freed yet. */
    bool whole = consumed.offset != 0 && item < item_end && item->seq == consumed.seq + 1;
    *s = (struct stream){.source = {&stream_ops, merger->fault},
                         .shared = shared,
                         .slot = slot,
                         .item = item,
                         .item_end = item_end,
                         .packet = packet,
                         .next = consumed.seq + whole,
                         .ticks = shared->pool->header.last.ticks,
                         .told = consumed.discarded,
                         .tid = shared->pool->slots[slot].tid};
    shared->refs++;
    return merge_add(merger, &s->source);
}

/* ---- events of threads that got no slot ---- */

struct slotless {
    struct source source;
    struct etch_record record;
    bool given;
};

static int slotless_next(struct source *source, struct etch_record *record)
{
    struct slotless *s = (struct slotless *)source;
    if (s->given)
        return 0;
    *record = s->record;
    s->given = true;
    return 1;
}

static void slotless_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    (void)source;
    *done = *all = 0;
}

static void slotless_close(struct source *source)
{
    free(source);
}

static const struct source_ops slotless_ops = {slotless_next, slotless_progress, slotless_close};

static int add_slotless(struct source *merger, const struct pool *pool)
{
    struct slotless *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return -ENOMEM;
    s->source = (struct source){&slotless_ops, merger->fault};
    s->record = (struct etch_record){.type = ETCH_RECORD_LOST,
                                     .time_ns = pool_time(pool, pool->header.last.ticks),
                                     .pid = pool->header.pid,
                                     .lost = pool->lost};
    return merge_add(merger, &s->source);
}

int pool_source_new(struct source **source, struct pool *pool, struct meta *meta,
                    struct fault *fault)
{
    struct pool_shared *shared = calloc(1, sizeof(*shared));
    struct source *merger = merge_new(fault, false);
    if (shared == NULL || merger == NULL) {
        free(shared);
        if (merger != NULL)
            merger->ops->close(merger);
        pool_close(pool);
        return -ENOMEM;
    }
    *shared = (struct pool_shared){pool, meta, 1};
    int error = pool->lost != 0 ? add_slotless(merger, pool) : 0;
    const struct pool_item *item = pool->items, *end = item + pool->n_items;
    for (uint32_t slot = 0; slot < pool->header.slot_count && error == 0; slot++) {
        const struct pool_item *first = item;
        while (item < end && item->slot == slot)
            item++;
        if (item > first || pool->slots[slot].discarded > pool_consumed(pool, slot).discarded)
            error = add_stream(merger, shared, slot, first, item);
    }
    shared_drop(shared);
    if (error < 0)
        merger->ops->close(merger);
    else
        *source = merger;
    return error;
}
