/* SPDX-License-Identifier: MIT
 *
 * suppressed.h: what limits held back and the process did not come to tell, as
 * the events etch_suppressed that it would have recorded.
 *
 * Reads:  the counts of a pool, declarations.
 * Writes: nothing.
 * Never:  believes an id.
 */
#ifndef ETCH_READ_SUPPRESSED_H
#define ETCH_READ_SUPPRESSED_H

#include "read/in_meta.h"
#include "read/pool.h"
#include "read/source.h"

/* Adds a source of them to a merger, if there are any. 0 or -ENOMEM. */
int suppressed_add(struct source *merger, const struct pool *pool, struct meta *meta);

#endif
