/* SPDX-License-Identifier: MIT
 *
 * monitor.h: libetch-monitor (-letch-monitor), for programs that want a prompt
 * for their events on their terminal: a line editor, libedit's, before
 * etch_monitor_command() of etch.h.
 */
#ifndef ETCH_MONITOR_H
#define ETCH_MONITOR_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Reads commands of the monitor from stdin, with history and completion where
 * it is a terminal, until its end. `own` is asked first: it returns 1 if the
 * line was the program's own, 0 if it is the monitor's, -1 to end the prompt;
 * NULL: all lines are the monitor's. One thread at a time. */
void etch_monitor_prompt(const char *prompt, int (*own)(void *data, const char *line), void *data);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
