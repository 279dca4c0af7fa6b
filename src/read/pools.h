/* SPDX-License-Identifier: MIT
 *
 * pools.h: the pools that lie in the runtime folders of this user, and those that
 * are lent to this process (lent.h).
 *
 * Reads:  /run/user/UID/etch and /dev/shm/etch-UID.
 * Writes: nothing.
 * Never:  looks into a folder of somebody else.
 */
#ifndef ETCH_READ_POOLS_H
#define ETCH_READ_POOLS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "format/pool.h"

/* Called for each pool; a return other than 0 ends the search. */
typedef int (*pools_visit)(void *arg, const char *path, int fd,
                           const struct etch_pool_header *header);

/* Visits all that are valid. What a visit returned, or 0. */
int pools_each(pools_visit visit, void *arg);

/* Opens a pool that was visited, by its path. The descriptor or -errno. */
int pools_open(const char *path, int access);

/* Whether a trace of the pool lies in this folder, or is it. */
bool pools_is_in(const struct etch_pool_header *header, const struct stat *folder);

#endif
