/* SPDX-License-Identifier: MIT
 *
 * session.h: the folder of a recording: DIR/session (`key value` lines) beside
 * one trace a process (trace-PID, trace-PID.meta).
 */
#ifndef ETCH_CLI_SESSION_H
#define ETCH_CLI_SESSION_H

#include <limits.h>
#include <stdio.h>

#include "cli/cli.h"

struct session {
    const struct cli_command *command; /* for messages */
    char dir[PATH_MAX];                /* absolute */
    FILE *file;                        /* DIR/session; locked as long as it is open */
};

/* Makes the folder. An older trace of etch there becomes DIR.old (whose own
 * older trace goes); any other folder that is not empty is refused. CLI_OK or,
 * having said why, CLI_FAILURE. */
int session_create(struct session *s, const struct cli_command *command, const char *dir);

/* Adds a line. */
void session_put(struct session *s, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the time of both clocks: KEY_realtime_ns, KEY_monotonic_ns. */
void session_put_time(struct session *s, const char *key);

/* Closes DIR/session. CLI_OK or, having said why, CLI_FAILURE. */
int session_close(struct session *s);

/* Removes a folder of etch's own: its session file and traces. 0 or -errno;
 * -ENOTEMPTY if it holds anything else, which then stays, as all does. */
int session_remove(const char *dir);

#endif
