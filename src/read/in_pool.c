/* SPDX-License-Identifier: MIT
 *
 * in_pool.c: the packets of a pool as streams; see in_pool.h. Each slot is a
 * source of its own, merged like files are.
 */
#include "read/in_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "read/merge.h"
#include "read/suppressed.h"

struct feed {
    struct packet_feed feed;
    const struct pool *pool;
    uint32_t slot;
    const struct pool_item *item, *item_end; /* packets still to come */
    struct etch_packet_header buffer[];      /* the one that is read */
};

static int feed_next(struct packet_feed *feed, struct packet *packet, struct fault *fault)
{
    struct feed *f = (struct feed *)feed;
    if (f->item == f->item_end)
        return 0;
    const struct pool_item *item = f->item++;
    size_t content = pool_read_packet(f->pool, item, f->buffer);
    if (content == 0) {
        struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = f->pool->path};
        return fault_set(fault, -EINVAL, &what,
                         "stream %" PRIu32 ", packet %" PRIu64 ": it cannot be read", f->slot,
                         item->seq);
    }
    struct etch_consumed consumed = pool_consumed(f->pool, f->slot);
    *packet = (struct packet){
        .header = f->buffer,
        .content = content,
        .skip = item->seq == consumed.seq ? (size_t)consumed.offset : 0,
        .path = f->pool->path,
        .offset = pool_packet_offset(f->pool, item->index),
        .sealed = f->buffer->packet_size != 0,
    };
    return 1;
}

static uint64_t feed_discarded(const struct packet_feed *feed)
{
    const struct feed *f = (const struct feed *)feed;
    return f->pool->slots[f->slot].discarded;
}

static void feed_progress(const struct packet_feed *feed, uint64_t *done, uint64_t *all)
{
    const struct feed *f = (const struct feed *)feed;
    *done = 0;
    *all = (uint64_t)(f->item_end - f->item) * f->pool->header.packet_size;
}

static void feed_close(struct packet_feed *feed)
{
    free(feed);
}

static const struct packet_feed_ops feed_ops = {feed_next, feed_discarded, feed_progress,
                                                feed_close};

struct packet_feed *pool_feed_new(const struct pool *pool, uint32_t slot,
                                  const struct pool_item *item, const struct pool_item *item_end)
{
    struct feed *f = malloc(sizeof(*f) + pool->header.packet_size);
    if (f == NULL)
        return NULL;
    *f = (struct feed){{&feed_ops, 0}, pool, slot, item, item_end};
    return &f->feed;
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

int pool_add_slotless(struct source *merger, const struct pool *pool, uint64_t time_ns)
{
    if (pool->lost == 0)
        return 0;
    struct slotless *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return -ENOMEM;
    s->source = (struct source){&slotless_ops, merger->fault};
    s->record = (struct etch_record){.type = ETCH_RECORD_LOST,
                                     .time_ns = time_ns,
                                     .pid = pool->header.pid,
                                     .lost = pool->lost,
                                     .why = {.reason = ETCH_LOST_DISCARDED}};
    return merge_add(merger, &s->source);
}

/* ---- a whole pool ---- */

static uint64_t trace_time(const void *pool, uint64_t ticks)
{
    return pool_time(pool, ticks);
}

static void trace_free(struct packet_trace *trace)
{
    pool_close((struct pool *)(uintptr_t)trace->clock);
    free(trace);
}

static int add_stream(struct source *merger, struct packet_trace *trace, const struct pool *pool,
                      uint32_t slot, const struct pool_item *item, const struct pool_item *item_end)
{
    struct packet_feed *feed = pool_feed_new(pool, slot, item, item_end);
    if (feed == NULL)
        return -ENOMEM;
    struct etch_consumed consumed = pool_consumed(pool, slot);
    /* A packet that is consumed to its end may not be freed yet. */
    bool whole = consumed.offset != 0 && item < item_end && item->seq == consumed.seq + 1;
    struct packets_start start = {.stream = slot,
                                  .tid = pool->slots[slot].tid,
                                  .next = consumed.seq + whole,
                                  .told = consumed.discarded};
    struct source *source;
    int error = packets_new(&source, trace, feed, &start, merger->fault);
    return error < 0 ? error : merge_add(merger, source);
}

int pool_source_new(struct source **source, struct pool *pool, struct meta *meta,
                    struct fault *fault)
{
    struct packet_trace *trace = calloc(1, sizeof(*trace));
    struct source *merger = merge_new(fault, false);
    if (trace == NULL || merger == NULL) {
        free(trace);
        if (merger != NULL)
            merger->ops->close(merger);
        pool_close(pool);
        return -ENOMEM;
    }
    *trace = (struct packet_trace){.refs = 1,
                                   .meta = meta,
                                   .pid = pool->header.pid,
                                   .overwrites = pool_overwrites(pool),
                                   .time = trace_time,
                                   .clock = pool,
                                   .first_ticks = pool->header.first.ticks,
                                   .last_ticks = pool->header.last.ticks,
                                   .free = trace_free};
    int error = pool_add_slotless(merger, pool, pool_time(pool, pool->header.last.ticks));
    if (error == 0)
        error = suppressed_add(merger, pool, meta);
    const struct pool_item *item = pool->items, *end = item + pool->n_items;
    for (uint32_t slot = 0; slot < pool->header.slot_count && error == 0; slot++) {
        const struct pool_item *first = item;
        while (item < end && item->slot == slot)
            item++;
        if (item > first || pool->slots[slot].discarded > pool_consumed(pool, slot).discarded)
            error = add_stream(merger, trace, pool, slot, first, item);
    }
    packet_trace_drop(trace);
    if (error < 0)
        merger->ops->close(merger);
    else
        *source = merger;
    return error;
}
