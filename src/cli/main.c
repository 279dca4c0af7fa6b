/* SPDX-License-Identifier: MIT
 *
 * main.c: `etch COMMAND ARG...`: finds the command and runs it.
 *
 * Reads:  argv.
 * Writes: stdout for --help and --version, messages on stderr.
 * Never:  does the work of a command.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/suggest.h"
#include "cli/tool.h"
#include "format/version.h"

void (*cli_sigpipe)(int) = SIG_DFL;

static int unknown_command(const char *name)
{
    const char *names[64];
    size_t n = 0;

    for (const struct cli_command *const *c = cli_commands; *c && n < 64; c++)
        names[n++] = (*c)->name;
    fprintf(stderr, "etch: '%s' is not a command", name);
    const char *near = cli_nearest(name, names, n);
    if (near)
        fprintf(stderr, "; did you mean '%s'?\n", near);
    else
        fprintf(stderr, "; `etch help` lists them\n");
    return CLI_USAGE;
}

/* Whether there is an etch-NAME that is no command of the table. */
static bool is_tool(const char *name)
{
    char path[PATH_MAX];
    return *name != '-' && *name != '\0' && !strchr(name, '/') && cli_tool_path(name, path);
}

int main(int argc, char **argv)
{
    /* A reader that goes away is an error of write(2), which cli_finish()
     * knows, and no death in the middle of a file. */
    cli_sigpipe = signal(SIGPIPE, SIG_IGN);

    if (argc < 2) {
        cli_help_overview(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("etch " ETCH_VERSION);
        return cli_finish(NULL, CLI_OK);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_help_overview(stdout);
        return cli_finish(NULL, CLI_OK);
    }
    const struct cli_command *command = cli_command_find(argv[1]);
    if (!command && is_tool(argv[1]))
        return cli_tool_run(&(struct cli_command){.name = argv[1]}, argv[1], argv + 1, NULL);
    if (!command)
        return unknown_command(argv[1]);
    return command->run(command, argc - 1, argv + 1);
}
