/* SPDX-License-Identifier: MIT
 *
 * prompt.h: a line editor on a terminal for commands of the monitor.
 */
#ifndef ETCH_CLI_PROMPT_H
#define ETCH_CLI_PROMPT_H

#include "runtime/monitor.h"

struct prompt {
    const char *text; /* "(etch redis-server) " */
    void *data;
    /* The target as it is now, for completion; NULL: there is none any more. */
    const struct monitor_target *(*target)(void *data);
    /* Carries a line out; may change it. False ends the prompt. */
    bool (*line)(void *data, char *line);
};

/* Reads lines until the end of the input. Where stdin is no terminal there is
 * no prompt, no editing and no echo. */
void prompt_run(const struct prompt *prompt);

#endif
