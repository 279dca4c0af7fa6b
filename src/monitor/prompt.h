/* SPDX-License-Identifier: MIT
 *
 * prompt.h: a line editor on a terminal for commands of the monitor.
 */
#ifndef ETCH_MONITOR_PROMPT_H
#define ETCH_MONITOR_PROMPT_H

#include <stdbool.h>
#include <stdio.h>

struct prompt {
    const char *text; /* "(redis-server) " */
    void *data;
    /* Calls add for each word that the last one of a line may become. */
    void (*complete)(void *data, const char *line, void (*add)(void *arg, const char *word),
                     void *arg);
    /* Shows what is known of a line's last word; false: nothing. */
    bool (*hint)(void *data, const char *line, FILE *out);
    /* Carries a line out. False ends the prompt. */
    bool (*line)(void *data, const char *line);
};

/* Reads lines until the end of the input. Where stdin is no terminal there is
 * no prompt, no editing and no echo. One at a time. */
void prompt_run(const struct prompt *prompt);

#endif
