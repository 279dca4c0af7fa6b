/* SPDX-License-Identifier: MIT
 *
 * lost.h: what the sinks say about missing events.
 *
 * Reads:  records of type ETCH_RECORD_LOST.
 * Writes: text.
 * Never:  counts.
 */
#ifndef ETCH_SINK_LOST_H
#define ETCH_SINK_LOST_H

#include <etch/read.h>

/* The word for a reason: "discarded". */
const char *etch_lost_word(enum etch_lost_reason reason);

/* "3 events", "2 packets" or "104 bytes": the first of these that is known, else
 * "events"; at most 48 bytes with the NUL. Returns its end. */
char *etch_lost_amount(char *p, const struct etch_record *record);

#endif
