/* SPDX-License-Identifier: MIT
 *
 * recover_ctf.h: the CTF half of recovery (recover.h).
 *
 * Reads:  a pool that is locked, its side file.
 * Writes: the CTF trace that it names, from the pool's checkpoint on.
 * Never:  touches a folder that another trace has taken since; cuts what has whole
 *         packets behind it.
 */
#ifndef ETCH_READ_RECOVER_CTF_H
#define ETCH_READ_RECOVER_CTF_H

#include "read/in_meta.h"
#include "read/pool.h"
#include "read/recover.h"

/* Writes what the pool has into the CTF trace; `meta`: the side file, or NULL.
 * Adds to *result. 0 or -errno with a message: to be done again. */
int recover_ctf(const struct pool *pool, struct meta *meta, struct fault *fault,
                struct etch_recovered *result);

/* Cuts what is not whole off the ends of a trace that has no pool, as a machine
 * that went down leaves it: the last packet of a stream, the last block of the
 * metadata. The bytes that were cut, or -errno with a message; -EBUSY, silent: it is
 * being written. */
int64_t ctf_tidy(const char *dir, struct fault *fault);

/* Removes those folders trace-*.ctf of `dir` that are empty and that nobody is about to
 * fill: their processes were killed before they had begun the trace. Best effort. */
void ctf_remove_unmade(const char *dir);

#endif
