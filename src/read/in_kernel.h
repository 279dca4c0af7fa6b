/* SPDX-License-Identifier: MIT
 *
 * in_kernel.h: the kernel's events of a recording (format/kernel.h).
 *
 * Reads:  DIR/kernel.
 * Writes: nothing.
 */
#ifndef ETCH_READ_IN_KERNEL_H
#define ETCH_READ_IN_KERNEL_H

#include "read/source.h"

/* 0 or -errno with a message. */
int kernel_open(struct source **source, const char *path, const struct etch_read_options *options,
                struct fault *fault);

#endif
