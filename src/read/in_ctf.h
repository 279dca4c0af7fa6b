/* SPDX-License-Identifier: MIT
 *
 * in_ctf.h: a CTF trace of etch: a folder with `metadata` and stream files, and
 * what a pool has of it that the files have not.
 *
 * Reads:  these, and the side file beside the folder.
 * Writes: nothing.
 * Never:  gives an event twice: a file counts up to the pool's checkpoint.
 */
#ifndef ETCH_READ_IN_CTF_H
#define ETCH_READ_IN_CTF_H

#include "read/source.h"

/* Whether a folder is a CTF trace: it holds a file `metadata`. */
bool ctf_is_trace(const char *path);

/* Opens the trace in the folder `path`. 0 or -errno with a message. */
int ctf_open(struct source **source, const char *path, const struct etch_read_options *options,
             struct fault *fault);

/* Opens what the pool file `pool_path` has, and the trace that it names, where
 * that is there. */
int ctf_open_pool(struct source **source, const char *pool_path, struct fault *fault);

#endif
