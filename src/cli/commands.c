/* SPDX-License-Identifier: MIT
 *
 * commands.c: the table of commands, from which the dispatch, --help, the
 * completion and the man pages are made.
 *
 * Reads:  nothing.
 * Writes: nothing.
 */
#include "cli/cli.h"

#define COMMAND(name) extern const struct cli_command cli_##name;
#include "cli/commands.def"
#undef COMMAND

#define COMMAND(name) &cli_##name,
const struct cli_command *const cli_commands[] = {
#include "cli/commands.def"
    NULL,
};
#undef COMMAND
