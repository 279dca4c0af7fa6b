/* SPDX-License-Identifier: MIT
 *
 * man.h: the man pages of the commands, made from their table, for scdoc.
 */
#ifndef ETCH_CLI_MAN_H
#define ETCH_CLI_MAN_H

#include <stdio.h>

#include "cli/cli.h"

/* The page etch-COMMAND(1); of NULL: the list of commands in etch(1). */
void man_print(const struct cli_command *command, FILE *out);

#endif
