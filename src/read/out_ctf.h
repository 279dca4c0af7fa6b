/* SPDX-License-Identifier: MIT
 *
 * out_ctf.h: packets of a pool → the stream files of a CTF trace.
 *
 * Reads:  the pool.
 * Writes: files `stream-N`, each from where the drain was with it.
 * Never:  changes a byte before that; writes an event that nobody can read.
 */
#ifndef ETCH_READ_OUT_CTF_H
#define ETCH_READ_OUT_CTF_H

#include "read/packets.h"
#include "read/pool.h"

struct out_ctf {
    int dir;          /* the open folder */
    const char *path; /* its name, for messages */
    const struct pool *pool;
    struct packet_trace *trace;
    struct fault *fault;
    uint64_t events, discarded; /* that were written, that were counted */
    uint64_t bytes;
    uint64_t first_ticks, last_ticks; /* of these events; both 0: none */
    int damaged; /* -EINVAL: a packet could not be read to its end, and it was said */
};

/* Writes all that the pool has. 0 or -errno with a message. */
int out_ctf_streams(struct out_ctf *out);

#endif
