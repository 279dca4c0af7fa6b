/* SPDX-License-Identifier: MIT
 *
 * snapshot.h: what the pool of a process holds at a moment, as a CTF trace of
 * its own.
 *
 * Reads:  the pool, from outside, while its process goes on; the side file.
 * Writes: a new folder.
 * Never:  asks the process for anything, or changes its pool; takes a packet
 *         that was taken for other events while it was copied.
 */
#ifndef ETCH_READ_SNAPSHOT_H
#define ETCH_READ_SNAPSHOT_H

#include <stdint.h>

struct etch_snapshot {
    uint64_t events, first_ns, last_ns;
    uint64_t discarded;                              /* events, up to now */
    uint64_t overwritten_packets, overwritten_bytes; /* likewise */
};

/* Writes the trace into the folder `dir`, which is made. 0 or -errno with *error a
 * malloc'd message; -EEXIST is silent. */
int etch_snapshot(const char *pool_path, const char *dir, struct etch_snapshot *result,
                  char **error);

#endif
