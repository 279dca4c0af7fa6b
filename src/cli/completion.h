/* SPDX-License-Identifier: MIT
 *
 * completion.h: scripts that complete the command line of etch in a shell,
 * made from the table of commands.
 */
#ifndef ETCH_CLI_COMPLETION_H
#define ETCH_CLI_COMPLETION_H

#include <stdio.h>

/* The numbers and names of the programs that can be attached to, in every shell; names that a
 * shell would take for more than a word are left out. */
#define COMPLETION_PROCESSES                                                                       \
    "etch ps --json 2>/dev/null | sed -nE 'h; s/.*\"pid\":([0-9]+),.*/\\1/p; g; "                  \
    "s/.*\"command\":\"([A-Za-z0-9._+-]+)\",.*/\\1/p'"

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif
