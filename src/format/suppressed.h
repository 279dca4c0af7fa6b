/* SPDX-License-Identifier: MIT
 *
 * suppressed.h: etch_suppressed, the event by which libetch tells in the trace
 * what `limit N/s` held back: of which event, how many since it was told last, by
 * which limit, and how many in all. Beside it the counts that the pool keeps, from
 * which a reader tells what a killed process did not.
 */
#ifndef ETCH_FORMAT_SUPPRESSED_H
#define ETCH_FORMAT_SUPPRESSED_H

#include <stdint.h>

#define ETCH_SUPPRESSED_GROUP "etch"
#define ETCH_SUPPRESSED_NAME  "etch_suppressed"
#define ETCH_SUPPRESSED_ARGS  "const char *event, uint64_t count, uint32_t limit, uint64_t total"
#define ETCH_SUPPRESSED_KINDS "sQIQ"
#define ETCH_SUPPRESSED_FORMAT                                                                     \
    "\"%s: %\" PRIu64 \" over the limit of %\" PRIu32 \"/s, %\" PRIu64 \" in all\""

/* What is counted of an event, by id. A table with open addressing: an id stands
 * at id modulo ETCH_POOL_LIMITS - 1, or in a later place; the last place counts
 * for all events that found none. */
struct etch_pool_limit {
    uint32_t event; /* 1 + its id; 0: free */
    uint32_t limit; /* events a second */
    uint64_t suppressed;
    uint64_t told;    /* of these, what events etch_suppressed tell */
    uint64_t told_ns; /* when the last one did, by CLOCK_MONOTONIC */
    uint64_t last_ns; /* when an event was held back last */
};

#define ETCH_POOL_LIMITS       128u
#define ETCH_POOL_LIMIT_OTHERS UINT32_MAX /* as event */
#define ETCH_SUPPRESSED_OTHERS "(others)" /* as name */

#endif
