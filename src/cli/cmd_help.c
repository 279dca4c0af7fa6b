/* SPDX-License-Identifier: MIT
 *
 * cmd_help.c: `etch help [COMMAND]`.
 *
 * Reads:  the table of commands.
 * Writes: stdout.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/help.h"

static int run(const struct cli_command *self, int argc, char **argv)
{
    const char *value;
    int at = 0;

    while (cli_next_option(self, argc, argv, &at, &value))
        ;
    if (at == argc) {
        cli_help_overview(stdout);
        return cli_finish(self, CLI_OK);
    }
    if (argc - at > 1)
        return cli_usage(self, "one COMMAND at a time");
    const struct cli_command *command = cli_command_find(argv[at]);
    if (!command)
        return cli_usage(self, "'%s' is not a command; `etch help` lists them", argv[at]);
    cli_help_command(command, stdout);
    return cli_finish(self, CLI_OK);
}

const struct cli_command cli_help = {
    .name = "help",
    .summary = "Show the commands, or the options of one",
    .operands = "[COMMAND]",
    .complete = CLI_COMMAND,
    .run = run,
};
