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
#include "cli/man.h"

static int run(const struct cli_command *self, int argc, char **argv)
{
    const struct cli_command *command = NULL;
    const char *value;
    bool scdoc = false;
    int at = 0;

    while (cli_next_option(self, argc, argv, &at, &value))
        scdoc = true;
    if (argc - at > 1)
        return cli_usage(self, "one COMMAND at a time");
    if (at < argc && !(command = cli_command_find(argv[at])))
        return cli_usage(self, "'%s' is not a command; `etch help` lists them", argv[at]);
    if (scdoc)
        man_print(command, stdout);
    else if (command)
        cli_help_command(command, stdout);
    else
        cli_help_overview(stdout);
    return cli_finish(self, CLI_OK);
}

/* Without help text: for the build, which makes the man pages of it. */
static const struct cli_option options[] = {
    {0, "scdoc", NULL, NULL, CLI_NONE, NULL},
    {0},
};

const struct cli_command cli_help = {
    .name = "help",
    .summary = "Show the commands, or the options of one",
    .operands = "[COMMAND]",
    .options = options,
    .complete = CLI_COMMAND,
    .run = run,
};
