/* SPDX-License-Identifier: MIT
 *
 * kernel.h: DIR/kernel, the kernel's events of a recording: a file of the simple
 * format whose events are mapped as SYSTEM:EVENT(FIELD:KIND,FIELD:KIND...). They all
 * have the arguments below, and behind them their fields; SYSTEM:EVENT has no more.
 * The time is that of CLOCK_MONOTONIC, the pid that of the kernel's thread.
 */
#ifndef ETCH_FORMAT_KERNEL_H
#define ETCH_FORMAT_KERNEL_H

#define ETCH_KERNEL_FILE   "kernel"
#define ETCH_KERNEL_ARGS   "int cpu, const char *text"
#define ETCH_KERNEL_FORMAT "\"cpu %d %s\""

/* The kinds of fields: KIND(letter, type, of 64 bits or a string). */
#define ETCH_KERNEL_KINDS(KIND)                                                                    \
    KIND('s', "const char *")                                                                      \
    KIND('i', "int64_t ")                                                                          \
    KIND('u', "uint64_t ")                                                                         \
    KIND('p', "void *")

#endif
