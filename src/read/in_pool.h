/* SPDX-License-Identifier: MIT
 *
 * in_pool.h: the events of a pool that its trace file does not have, in order
 * of time.
 *
 * Reads:  packets (pool.h), declarations by id (in_meta.h).
 * Writes: nothing.
 * Never:  gives an event that the file has, or one twice.
 */
#ifndef ETCH_READ_IN_POOL_H
#define ETCH_READ_IN_POOL_H

#include "read/in_meta.h"
#include "read/pool.h"
#include "read/source.h"

/* A source over `pool`, which it owns from now on, also on failure; `meta` must
 * outlive it and may be NULL. 0 or -ENOMEM. */
int pool_source_new(struct source **source, struct pool *pool, struct meta *meta,
                    struct fault *fault);

#endif
