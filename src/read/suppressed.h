/* SPDX-License-Identifier: MIT
 *
 * suppressed.h: what limits held back and the process did not come to tell: the
 * events etch_suppressed that it would have recorded.
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

struct suppressed {
    const struct etch_decl *decl; /* of the event that tells; NULL: there is none */
    uint32_t id;
    size_t n;
    struct suppressed_one {
        const char *event;
        uint64_t count, total, time_ns;
        uint32_t limit;
    } one[ETCH_POOL_LIMITS]; /* by time */
};

void suppressed_list(struct suppressed *s, const struct pool *pool, struct meta *meta);

/* Adds a source of them to a merger, if there are any. 0 or -ENOMEM. */
int suppressed_add(struct source *merger, const struct pool *pool, struct meta *meta);

#endif
