/* SPDX-License-Identifier: MIT
 *
 * pool.h: the pool of a process (format/pool.h), checked and listed.
 *
 * Reads:  a pool file; a live one by way of a copy that was taken between two
 *         checkpoints.
 * Writes: nothing: neither the pool of a live nor that of a dead process.
 * Never:  follows an index or a size that it has not checked.
 */
#ifndef ETCH_READ_POOL_H
#define ETCH_READ_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/pool.h"
#include "read/fault.h"

/* In place of an output: as if none had anything. */
#define POOL_ALL ((enum etch_output)0)

/* A packet with events that the trace does not have. */
struct pool_item {
    uint32_t slot, index;
    uint64_t seq;
};

/* Ticks to nanoseconds of CLOCK_MONOTONIC, by a line through two moments. */
struct pool_clock {
    uint64_t ticks, ns;
    uint64_t mult; /* ns a tick, times 2^52 */
};

struct pool {
    char *path;
    enum etch_output output; /* whose progress counts */
    int fd;                  /* of the file, or of the copy of a live one */
    bool live;
    struct etch_pool_header header;
    struct etch_checkpoint checkpoint; /* the newest; generation 0: none */
    struct etch_pool_slot *slots;      /* slot_count of them */
    struct pool_item *items;           /* by slot and sequence */
    size_t n_items;
    struct etch_pool_limit limits[ETCH_POOL_LIMITS];
    uint64_t lost; /* events of threads that got no slot, not told by the file */
    struct pool_clock clock;
};

/* What stands in page 0: for looking around. 0, -errno, -EINVAL (no pool of
 * ours), all silent. */
int pool_peek(int fd, struct etch_pool_header *header);

/* A slot of an open pool file. */
bool pool_read_slot(int fd, const struct etch_pool_header *header, uint32_t slot,
                    struct etch_pool_slot *to);

/* The newest checkpoint. */
struct etch_checkpoint pool_checkpoint(const struct etch_pool_header *header);

/* Whether the process that made the pool lives and may still write to it. */
bool pool_lives(int fd, const struct etch_pool_header *header);

/* Opens a pool, for what one of its outputs does not have. 0 or -errno with a
 * message; -EBUSY: it lives and changes too fast to be copied; -ENOENT, silent: it is gone,
 * and all that it had is in the trace. */
int pool_open(struct pool **pool, const char *path, enum etch_output output, struct fault *fault);
/* The same for an open pool that nobody writes to; owns fd, also on failure. */
int pool_adopt(struct pool **pool, int fd, const char *path, enum etch_output output,
               struct fault *fault);
void pool_close(struct pool *pool);

/* Whether packets of it may have been overwritten: by the policy that it has, or had. */
bool pool_overwrites(const struct pool *pool);

/* The part of a slot that the output has: of CTF whole packets, which tell
 * themselves of discarded events. */
struct etch_consumed pool_consumed(const struct pool *pool, uint32_t slot);

/* How far a slot's CTF stream file is whole. */
struct etch_written pool_written(const struct pool *pool, uint32_t slot);

/* Where a packet lies in the file. */
uint64_t pool_packet_offset(const struct pool *pool, uint32_t index);

/* Reads packet `index`, at most packet_size bytes: its content's size in bytes,
 * or 0 if it is none of a stream. */
size_t pool_read_packet(const struct pool *pool, const struct pool_item *item, void *buffer);

/* The latest moment that is known on all clocks: now, for a live process. */
struct etch_clock_pair pool_last_moment(const struct pool *pool);

/* A line through two moments that lie 10 ms apart at least; closer ones give a
 * coarse slope, and our own clock a better one. */
void pool_set_clock(struct pool *pool);

uint64_t pool_time(const struct pool *pool, uint64_t ticks);

/* And back, about. */
uint64_t pool_ticks(const struct pool *pool, uint64_t ns);

#endif
