/* SPDX-License-Identifier: MIT
 *
 * lent.h: pools that traced processes lend to this one. Where there is no tmpfs
 * the memory of a pool has no name and would go with its process; held here it
 * stays. pools.h visits them beside those that have a name.
 *
 * Reads:  descriptors that come through the socket DIR/pools; those of a process in
 *         /proc.
 * Writes: that socket.
 * Never:  waits.
 */
#ifndef ETCH_READ_LENT_H
#define ETCH_READ_LENT_H

#include <stdbool.h>

#include "read/pools.h"

/* Makes the socket in a folder; one a process. 0 or -errno. */
int lent_open(const char *folder);

/* Takes what has come, closes the socket and removes it; what is held stays. How
 * many of the processes have ended and left events that no trace has yet: they go
 * with this one. */
unsigned lent_close(const char *folder);

/* Takes the pool without a name of a running process that did not offer it: from
 * then on it is visited, too. Of what has none nothing comes. */
void lent_ask(uint32_t pid);

/* Visits all of them, as pools_each(), those that come just now included. */
int lent_each(pools_visit visit, void *arg);

/* Whether it is the path of one that is held. */
bool lent_is(const char *path);

/* Lets go of it; does nothing to others. */
void lent_release(const char *path);

#endif
