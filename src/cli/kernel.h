/* SPDX-License-Identifier: MIT
 *
 * kernel.h: the kernel's events beside a program's: etch-kernel runs while the
 * program does, and cleans up when etch goes away, however it does.
 */
#ifndef ETCH_CLI_KERNEL_H
#define ETCH_CLI_KERNEL_H

#include <limits.h>
#include <sys/types.h>

#include "cli/cli.h"

struct kernel {
    pid_t pid; /* of etch-kernel; 0: none */
    int alive; /* closed, by whatever end of etch: etch-kernel finishes */
    char marker[PATH_MAX];
};

/* Starts it: `events` is the list of --kernel, its file goes into `dir`; waits
 * until the events are on. CLI_OK, or CLI_FAILURE having said why. */
int kernel_start(struct kernel *k, const struct cli_command *self, const char *events,
                 const char *dir);

/* Ends it; its file is whole then. CLI_OK, or CLI_FAILURE having said why. */
int kernel_end(struct kernel *k);

#endif
