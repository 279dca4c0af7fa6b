/* SPDX-License-Identifier: MIT
 *
 * packet.h: a packet, in the pool and on disk: a CTF 1.8 packet from its first
 * byte. A thread stores its events behind the header; content_size is the
 * commit (store-release), read with load-acquire. timestamp_end and
 * packet_size are set at the seal.
 *
 * Event: u32, little endian: id in the low 13 bits, the low 19 bits of the
 * clock above; or, extended, id 8191 in the low 13 bits and 0 above, u32 id,
 * u64 clock. The arguments follow, unaligned (kind.h).
 *
 * Frame (etch/frame.h): u32 id, and the fields that the dictionary has for it, of
 * fixed size, unaligned. It has no clock but the packet's begin and end.
 */
#ifndef ETCH_FORMAT_PACKET_H
#define ETCH_FORMAT_PACKET_H

#include <stddef.h>
#include <stdint.h>
#include <etch/event.h>

#define ETCH_PACKET_MAGIC 0xC1FC1FC1u

/* In place of a thread, in an empty packet at the head of a stream: what comes before
 * belongs to another trace (`trace-file`). */
#define ETCH_PACKET_BEGINS UINT32_MAX

struct etch_packet_header {
    uint32_t magic;
    uint8_t uuid[16];            /* of the trace */
    uint32_t stream_id;          /* enum etch_stream_class */
    uint64_t stream_instance_id; /* its stream slot */
    uint64_t timestamp_begin;    /* raw clock, read before the first event */
    uint64_t timestamp_end;      /* raw clock of the seal; 0 while open */
    uint64_t content_size;       /* bits, this header included */
    uint64_t packet_size;        /* bits; 0 while open */
    uint64_t packet_seq_num;     /* of its stream slot, from 0 */
    uint64_t events_discarded;   /* of its stream slot, up to the seal */
    uint32_t tid;
    uint32_t level; /* nesting level: 0 the thread, 1 and 2 its signal handlers; 3 frames */
};

_Static_assert(offsetof(struct etch_packet_header, content_size) == ETCH_PACKET_CONTENT,
               "generated code stores content_size");
_Static_assert(sizeof(struct etch_packet_header) == 88, "no padding");

/* What a stream holds; stream_id of its packets. */
enum etch_stream_class {
    ETCH_STREAM_EVENTS = 0,
    ETCH_STREAM_FRAMES = 1,
};

/* In the place of a nesting level: the frames of a thread, which no handler's
 * interrupt. A slot never changes between the two classes. */
#define ETCH_LEVEL_FRAMES 3u

static inline uint32_t etch_stream_class_of(uint32_t level)
{
    return level == ETCH_LEVEL_FRAMES ? ETCH_STREAM_FRAMES : ETCH_STREAM_EVENTS;
}

#define ETCH_HEADER_COMPACT  4u
#define ETCH_HEADER_EXTENDED 16u

/* timestamp_end of an open packet of frames while translated code stores them: frames
 * go on behind content_size, each with its id stored last, up to an id 0. */
#define ETCH_PACKET_GOES_ON 1u

static inline int etch_packet_goes_on(const struct etch_packet_header *h)
{
    return h->stream_id == ETCH_STREAM_FRAMES && h->packet_size == 0 &&
           h->timestamp_end == ETCH_PACKET_GOES_ON;
}

#endif
