/* SPDX-License-Identifier: MIT
 *
 * packets.h: a stream of packets (format/packet.h) → its events. Where the
 * packets come from is a feed's: a pool, or the file of a CTF stream and then
 * the pool.
 *
 * Reads:  what a feed gives; declarations by id (in_meta.h).
 * Writes: nothing.
 * Never:  believes a size, an id or a sequence number.
 */
#ifndef ETCH_READ_PACKETS_H
#define ETCH_READ_PACKETS_H

#include "format/packet.h"
#include "read/frames.h"
#include "read/in_meta.h"
#include "read/source.h"

/* A packet in memory, until the feed's next call. */
struct packet {
    const struct etch_packet_header *header;
    size_t content;   /* bytes that are committed, header included */
    size_t skip;      /* events that begin below this offset are elsewhere */
    const char *path; /* of the file that it lies in, for messages */
    uint64_t offset;  /* there */
    bool sealed;      /* timestamp_end and events_discarded are valid */
};

struct packet_feed;
struct packet_feed_ops {
    /* The next packet: 1, 0 at the end, -EAGAIN (so far), -errno with a message. */
    int (*next)(struct packet_feed *feed, struct packet *packet, struct fault *fault);
    /* Discarded events that the stream counts at its end; 0: its packets tell. */
    uint64_t (*discarded)(const struct packet_feed *feed);
    void (*progress)(const struct packet_feed *feed, uint64_t *done, uint64_t *all);
    void (*close)(struct packet_feed *feed);
};
struct packet_feed {
    const struct packet_feed_ops *ops;
    uint64_t skipped; /* bytes that were no packets, before what next() gave; taken by the stream */
};

/* What the streams of a trace share; freed with the last of them. */
struct packet_trace {
    unsigned refs;
    struct meta *meta; /* declarations; NULL: none; outlives the streams */
    uint32_t pid;
    const struct frame_dict *frames; /* NULL: none; outlives the streams */
    bool overwrites;                 /* packets that are missing were overwritten */
    uint64_t (*time)(const void *clock, uint64_t ticks);
    const void *clock;
    uint64_t first_ticks, last_ticks; /* of the trace, as far as they are known */
    void (*free)(struct packet_trace *trace);
};

void packet_trace_drop(struct packet_trace *trace);

/* How much of a packet can be read. */
struct packet_extent {
    size_t size;                              /* bytes, header included */
    uint64_t first_ticks, last_ticks, events; /* or frames, which have the packet's begin */
    const char *why;                          /* it ends there; NULL: at its end */
};
struct packet_extent packet_measure(struct packet_trace *trace, const struct packet *packet);

/* Where a stream starts. */
struct packets_start {
    uint32_t stream;
    uint32_t tid;  /* of what it discarded, where no packet tells */
    uint64_t next; /* the first packet's sequence number */
    uint64_t told; /* discarded events that are told elsewhere */
    bool rotated;  /* what comes before the first packet was in files that were removed */
};

/* A source over the packets of one stream; owns the feed, also on failure, and
 * holds the trace. 0 or -ENOMEM. */
int packets_new(struct source **source, struct packet_trace *trace, struct packet_feed *feed,
                const struct packets_start *start, struct fault *fault);

#endif
