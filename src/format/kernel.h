/* SPDX-License-Identifier: MIT
 *
 * kernel.h: DIR/kernel, the kernel's events of a recording: a file of the simple
 * format whose events are called SYSTEM:EVENT and all have these arguments. The
 * time is that of CLOCK_MONOTONIC, the pid that of the kernel's thread.
 */
#ifndef ETCH_FORMAT_KERNEL_H
#define ETCH_FORMAT_KERNEL_H

#define ETCH_KERNEL_FILE   "kernel"
#define ETCH_KERNEL_ARGS   "int cpu, const char *text"
#define ETCH_KERNEL_FORMAT "\"cpu %d %s\""

#endif
