/* SPDX-License-Identifier: MIT
 *
 * remote.h: a running program as a target of the monitor's commands.
 */
#ifndef ETCH_CLI_REMOTE_H
#define ETCH_CLI_REMOTE_H

#include "attach/attach.h"
#include "runtime/monitor.h"

struct remote {
    struct monitor_target target;
    struct attach *attach;
    const uint16_t *words; /* as remote_refresh() found them */
};

/* Opens a program by number or name, or, NULL, the only one that there is. 0 or -errno with a
 * malloc'd message. */
int remote_open(struct remote *remote, const char *pid_or_name, char **error);
void remote_close(struct remote *remote);

/* Whether the program still runs. */
bool remote_lives(const struct remote *remote);

/* Events and words as they are now; before each command. */
int remote_refresh(struct remote *remote, char **error);

#endif
