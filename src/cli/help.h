/* SPDX-License-Identifier: MIT
 *
 * help.h: --help, made from the table of commands.
 */
#ifndef ETCH_CLI_HELP_H
#define ETCH_CLI_HELP_H

#include <stdio.h>

#include "cli/cli.h"

/* The command of that name, or NULL. */
const struct cli_command *cli_command_find(const char *name);

/* What `etch help` says. */
void cli_help_overview(FILE *out);

/* What `etch COMMAND --help` says. */
void cli_help_command(const struct cli_command *command, FILE *out);

#endif
