/* SPDX-License-Identifier: MIT
 *
 * in_pool.h: the events of a pool that its trace does not have, in order of
 * time.
 *
 * Reads:  packets (pool.h), declarations by id (in_meta.h).
 * Writes: nothing.
 * Never:  gives an event that the trace has, or one twice.
 */
#ifndef ETCH_READ_IN_POOL_H
#define ETCH_READ_IN_POOL_H

#include "read/in_meta.h"
#include "read/packets.h"
#include "read/pool.h"
#include "read/source.h"

/* A source over `pool`, which it owns from now on, also on failure; `meta` must
 * outlive it and may be NULL. 0 or -ENOMEM. */
int pool_source_new(struct source **source, struct pool *pool, struct meta *meta,
                    struct fault *fault);

/* The packets of one slot, of the pool's items [item, item_end); the pool must
 * outlive the feed. NULL: out of memory. */
struct packet_feed *pool_feed_new(const struct pool *pool, uint32_t slot,
                                  const struct pool_item *item, const struct pool_item *item_end);

/* Adds a record of what threads without a slot discarded, if they did. 0 or
 * -ENOMEM. */
int pool_add_slotless(struct source *merger, const struct pool *pool, uint64_t time_ns);

#endif
