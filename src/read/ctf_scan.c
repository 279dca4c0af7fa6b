/* SPDX-License-Identifier: MIT
 *
 * ctf_scan.c: the streams of a CTF trace, each with its files in their order and what the
 * pool has behind them; see ctf.h.
 *
 * Reads:  the folder, the pool.
 * Writes: the merger and the list of streams of a struct ctf.
 */
#include <errno.h>
#include <stdlib.h>

#include "read/ctf.h"
#include "read/ctf_files.h"
#include "read/ctf_stream.h"
#include "read/in_pool.h"
#include "read/merge.h"
#include "read/suppressed.h"

static struct open_stream *find_stream(struct ctf *c, uint32_t stream)
{
    for (size_t i = 0; i < c->n_streams; i++)
        if (c->streams[i].stream == stream)
            return &c->streams[i];
    return NULL;
}

const struct etch_written *ctf_written(const struct ctf *c, uint32_t stream,
                                       struct etch_written *written)
{
    if (c->pool == NULL || stream >= c->pool->header.slot_count)
        return NULL;
    *written = pool_written(c->pool, stream);
    return written;
}

/* The items of the pool for a stream. */
static const struct pool_item *items_of(const struct pool *pool, uint32_t stream,
                                        const struct pool_item **end)
{
    const struct pool_item *item = pool->items, *all = item + pool->n_items;
    while (item < all && item->slot < stream)
        item++;
    for (*end = item; *end < all && (*end)->slot == stream;)
        ++*end;
    return item;
}

struct packet_feed *ctf_pool_part(const struct ctf *c, uint32_t stream)
{
    const struct pool_item *end, *item = items_of(c->pool, stream, &end);
    return pool_feed_new(c->pool, stream, item, end);
}

/* Adds a stream with the feed of all that is there of it. */
static int add_stream(struct ctf *c, uint32_t stream, struct packet_feed *feed, bool rotated)
{
    struct packets_start start = {.stream = stream, .rotated = rotated};
    struct source *source;
    if (c->pool != NULL && stream < c->pool->header.slot_count) {
        const struct etch_pool_slot *slot = &c->pool->slots[stream];
        struct etch_written written = pool_written(c->pool, stream);
        start.tid = slot->tid;
        if (written.offset == 0 && written.file == 0) {
            start.next = slot->trace_seq;
            start.told = slot->trace_discarded;
        }
    }
    int error = packets_new(&source, c->trace, feed, &start, c->source.fault);
    return error < 0 ? error : merge_add(c->merger, source);
}

static int note_stream(struct ctf *c, const struct open_stream *stream)
{
    struct open_stream *more = realloc(c->streams, (c->n_streams + 1) * sizeof(*more));
    if (more == NULL)
        return -ENOMEM;
    c->streams = more;
    more[c->n_streams++] = *stream;
    return 0;
}

/* Opens the files [first, end) of one stream, in their order, and what the pool
 * has behind them. */
static int add_files(struct ctf *c, const struct ctf_file *first, const struct ctf_file *end)
{
    struct etch_written room;
    const struct etch_written *written = ctf_written(c, first->stream, &room);
    struct open_stream open = {.stream = first->stream};
    struct packet_feed *feed = NULL;
    if (written != NULL && (feed = ctf_pool_part(c, first->stream)) == NULL)
        return -ENOMEM;
    for (const struct ctf_file *file = end; file-- > first;) {
        feed =
            ctf_feed_new(file->path, file->stream, c->uuid, ctf_limit(written, file->number), feed);
        if (feed == NULL)
            return -ENOMEM;
        if (open.feed == NULL) {
            open.feed = feed;
            open.file = file->number;
        }
    }
    if (c->pool_fd >= 0)
        ctf_feed_follow(open.feed, 0, true);
    int error = note_stream(c, &open);
    if (error < 0) {
        feed->ops->close(feed);
        return error;
    }
    return add_stream(c, first->stream, feed, first->number != 0);
}

int ctf_scan_files(struct ctf *c)
{
    struct ctf_files files = {0};
    if (c->path == NULL)
        return 0;
    int error = ctf_files_list(&files, c->path, c->uuid);
    for (size_t i = 0, end; i < files.n && error == 0; i = end) {
        uint32_t stream = files.v[i].stream;
        for (end = i; end < files.n && files.v[end].stream == stream;)
            end++;
        /* Of a recovery that was killed: what it tells stands in the pool, too. */
        bool extra = c->pool != NULL && stream >= c->pool->header.slot_count;
        if (find_stream(c, stream) == NULL && !extra)
            error = add_files(c, &files.v[i], &files.v[end]);
    }
    ctf_files_free(&files);
    return error;
}

int ctf_add_pool_streams(struct ctf *c)
{
    int error = pool_add_slotless(c->merger, c->pool,
                                  c->trace->time(c->trace->clock, c->trace->last_ticks));
    if (error == 0)
        error = suppressed_add(c->merger, c->pool, c->meta);
    for (uint32_t slot = 0; slot < c->pool->header.slot_count && error == 0; slot++) {
        const struct pool_item *end, *item = items_of(c->pool, slot, &end);
        if (find_stream(c, slot) != NULL || (item == end && c->pool->slots[slot].discarded == 0))
            continue;
        struct packet_feed *feed = ctf_pool_part(c, slot);
        struct open_stream open = {.stream = slot};
        error = feed == NULL ? -ENOMEM : note_stream(c, &open);
        if (error == 0)
            error = add_stream(c, slot, feed, false);
        else if (feed != NULL)
            feed->ops->close(feed);
    }
    return error;
}
