/* SPDX-License-Identifier: MIT
 *
 * completion.h: scripts that complete the command line of etch in a shell,
 * made from the table of commands.
 */
#ifndef ETCH_CLI_COMPLETION_H
#define ETCH_CLI_COMPLETION_H

#include <stdio.h>

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif
