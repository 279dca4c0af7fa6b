/* SPDX-License-Identifier: MIT
 *
 * ctf_stream.h: the packets of a stream file of a CTF trace, and of what comes
 * behind it.
 *
 * Reads:  the file, opened for each piece: a trace may have thousands.
 * Writes: nothing.
 * Never:  believes a size; keeps more than one piece.
 */
#ifndef ETCH_READ_CTF_STREAM_H
#define ETCH_READ_CTF_STREAM_H

#include <stdbool.h>

#include "read/packets.h"

/* The largest packet that is believed. */
#define CTF_PACKET_MAX (1u << 20)

/* What the first packet of a stream file says. */
struct ctf_first {
    uint32_t stream;
    uint64_t seq;
};

/* Reads it; false: the file does not begin with a packet of this trace. */
bool ctf_first_packet(const char *path, const uint8_t uuid[16], struct ctf_first *first);

/* How many bytes of a file are whole packets of this trace, from its start on. 0 or
 * -errno. */
int ctf_whole(const char *path, uint32_t stream, const uint8_t uuid[16], uint64_t *whole,
              uint64_t *size);

/* The packets below `limit` (UINT64_MAX: all), then those of `rest`, which may
 * be NULL and is owned, also on failure. NULL: out of memory. */
struct packet_feed *ctf_feed_new(const char *path, uint32_t stream, const uint8_t uuid[16],
                                 uint64_t limit, struct packet_feed *rest);

/* While `growing`, the limit is the end so far. */
void ctf_feed_follow(struct packet_feed *feed, uint64_t limit, bool growing);

/* Hands over what comes behind it: the rest of a pool. */
void ctf_feed_append(struct packet_feed *feed, struct packet_feed *rest);

#endif
