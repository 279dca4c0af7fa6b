/* SPDX-License-Identifier: MIT
 *
 * out_metadata.h: the metadata of a CTF trace, completed: from what is there of
 * them, and the side file.
 *
 * Reads:  DIR/metadata, the side file.
 * Writes: DIR/metadata, as a whole, by way of a new file beside it.
 * Never:  takes a declaration away that a packet may need.
 */
#ifndef ETCH_READ_OUT_METADATA_H
#define ETCH_READ_OUT_METADATA_H

#include "format/tsdl.h"
#include "read/tsdl.h"

/* Writes them into the open folder `fd` called `dir`: what `old` has (NULL: it
 * is made anew), the clock by the moments first and last, and what `side` (may
 * be NULL) declares besides. 0 or -errno with a message. */
int out_metadata(int fd, const char *dir, const struct tsdl_trace *trace,
                 const struct etch_clock_pair *last, const struct tsdl *old,
                 const struct meta *side, struct fault *fault);

#endif
