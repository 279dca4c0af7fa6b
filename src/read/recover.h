/* SPDX-License-Identifier: MIT
 *
 * recover.h: finishing the trace of a process that was killed.
 *
 * Reads:  a pool, the side file that it names.
 * Writes: the traces, simple and CTF, behind the pool's checkpoint; removes the
 *         pool, and the side file where it lies in the runtime folder.
 * Never:  touches a pool whose process lives; changes what a second run, or one
 *         after a kill in the middle of the first, would give.
 */
#ifndef ETCH_READ_RECOVER_H
#define ETCH_READ_RECOVER_H

#include <stdint.h>

struct etch_recovered {
    unsigned pools;          /* that were merged and removed */
    unsigned busy;           /* whose process lives, or that somebody else recovers */
    uint64_t events;         /* that were only in pools */
    uint64_t lost;           /* that were discarded and not told yet */
    uint64_t packets, bytes; /* that were overwritten, in all */
};

/* Merges one pool into its traces; adds to *result. 0; -EBUSY: left alone;
 * -errno with *error a malloc'd message: the pool is still there, whole. */
int etch_recover(const char *pool_path, struct etch_recovered *result, char **error);

/* All pools whose trace lies in the folder `path`, or is it. Goes on behind an error;
 * returns the first one. */
int etch_recover_folder(const char *path, struct etch_recovered *result, char **error);

#endif
