/* SPDX-License-Identifier: MIT
 *
 * streams.c: the packets of a round as streams of events, merged in order of
 * their clock: a heap of streams, of which the first is run until another is
 * due.
 *
 * Reads:  the list that gather.c made, packets.
 * Writes: the streams' positions.
 */
#include "runtime/drain.h"
#include "runtime/pool.h"

/* Whether a packet, which is sealed then, holds only what nobody asked for. */
static bool ended_before(const unsigned char *packet, uint64_t from)
{
    return from != 0 &&
           ((const struct etch_packet_header *)(const void *)packet)->timestamp_end < from;
}

/* The event at `next` in the stream's packet; at its end, the packets after it.
 * False at the end of the stream. */
static bool stream_decode(struct drain *d, struct stream *st)
{
    for (; st->item < st->item_end; st->item++) {
        const struct item *it = &d->items[st->item];
        const unsigned char *packet = (unsigned char *)pool_packet(d->pool, it->index);
        if (st->at.seq != it->seq || st->at.offset == 0) {
            st->at.seq = it->seq;
            st->at.offset = sizeof(struct etch_packet_header);
            st->at.clock =
                ((const struct etch_packet_header *)(const void *)packet)->timestamp_begin;
        }
        st->end = packet + it->content;
        if (ended_before(packet, d->from))
            st->next = st->end;
        else if (stream_event_at(st, packet + st->at.offset))
            return true;
        if (st->item + 1 == st->item_end) {
            st->at.offset = (uint64_t)(st->next - packet);
            return false; /* the stream's newest packet: more may come */
        }
    }
    return false;
}

static void heap_down(struct drain *d, uint32_t at)
{
    uint32_t slot = d->heap[at];
    for (uint32_t child; (child = 2 * at + 1) < d->heap_size; at = child) {
        if (child + 1 < d->heap_size &&
            d->streams[d->heap[child + 1]].stamp < d->streams[d->heap[child]].stamp)
            child++;
        if (d->streams[slot].stamp <= d->streams[d->heap[child]].stamp)
            break;
        d->heap[at] = d->heap[child];
    }
    d->heap[at] = slot;
}

/* The streams of this round's packets. */
void streams_begin(struct drain *d)
{
    d->heap_size = 0;
    for (uint32_t i = 0, end; i < d->n_items; i = end) {
        uint32_t slot = d->items[i].slot;
        struct stream *st = &d->streams[slot];
        for (end = i; end < d->n_items && d->items[end].slot == slot;)
            end++;
        /* In unbroken sequence only: the scan may have passed a packet's place
         * before it was taken. The rest waits for the next round. */
        while (i < end && d->items[i].seq < st->at.seq)
            i++;
        st->item = st->item_end = i;
        /* Of those that may be overwritten all that is there is held. */
        if (d->holds)
            st->item_end = end;
        while (st->item_end < end && d->items[st->item_end].seq == st->at.seq + (st->item_end - i))
            st->item_end++;
        if ((slot_outputs(d->pool, slot) & ETCH_OUT_SIMPLE) && stream_decode(d, st))
            d->heap[d->heap_size++] = slot;
    }
    for (uint32_t i = d->heap_size / 2; i-- > 0;)
        heap_down(d, i);
}

/* The stream of the next event in time order, up to the watermark, and the
 * moment up to which it is the next. */
struct stream *streams_next(struct drain *d, uint64_t *until)
{
    if (d->heap_size == 0 || d->streams[d->heap[0]].stamp > d->watermark)
        return NULL;
    *until = d->watermark;
    for (uint32_t i = 1; i < 3 && i < d->heap_size; i++)
        if (d->streams[d->heap[i]].stamp < *until)
            *until = d->streams[d->heap[i]].stamp;
    return &d->streams[d->heap[0]];
}

/* After a run of the stream that streams_next() gave: `next` is where it stands. */
void streams_settle(struct drain *d)
{
    struct stream *st = &d->streams[d->heap[0]];
    const struct item *it = &d->items[st->item];
    st->at.offset = (uint64_t)(st->next - (unsigned char *)pool_packet(d->pool, it->index));
    if (!stream_decode(d, st)) {
        d->heap[0] = d->heap[--d->heap_size];
        if (d->heap_size == 0)
            return;
    }
    heap_down(d, 0);
}
