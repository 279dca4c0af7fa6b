/* SPDX-License-Identifier: MIT
 *
 * wait.h: waits until a trace that is being written may have grown.
 *
 * Reads:  inotify.
 * Writes: nothing.
 * Never:  spins. What a traced program holds in memory grows without a notice,
 *         so that a wait is never longer than a fifth of a second.
 */
#ifndef ETCH_CLI_WAIT_H
#define ETCH_CLI_WAIT_H

#include <stdbool.h>
#include <stddef.h>

struct cli_wait {
    int fd; /* -1: none */
};

/* paths: NULL where nobody will wait. */
void cli_wait_begin(struct cli_wait *wait, const char *const *paths, size_t n);

/* false: the user interrupted it. */
bool cli_wait(struct cli_wait *wait);

void cli_wait_end(struct cli_wait *wait);

#endif
