/* SPDX-License-Identifier: MIT
 *
 * folder.h: the folder of `etch record` as one source: a trace a process.
 *
 * Reads:  DIR/session, DIR/trace-*, and pools whose trace lies in DIR.
 * Writes: nothing.
 * Never:  lets one damaged trace keep the others from being read.
 */
#ifndef ETCH_READ_FOLDER_H
#define ETCH_READ_FOLDER_H

#include "read/declared.h"
#include "read/source.h"

/* 0 or -errno with a message. */
int folder_open(struct source **source, const char *path, const struct etch_read_options *options,
                const struct declared *declared, struct fault *fault);

#endif
