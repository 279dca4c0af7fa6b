/* SPDX-License-Identifier: MIT
 *
 * cmd_completion.c: `etch completion SHELL`.
 *
 * Reads:  the table of commands.
 * Writes: a script for the shell, on stdout.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/completion.h"

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*print)(FILE *out);
    } shells[] = {
        {"bash", completion_bash},
        {"zsh", completion_zsh},
        {"fish", completion_fish},
    };
    const char *value;
    int at = 0;

    while (cli_next_option(self, argc, argv, &at, &value))
        ;
    if (argc - at != 1)
        return cli_usage(self, "name one shell: bash, zsh or fish");
    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
        if (strcmp(argv[at], shells[i].shell) != 0)
            continue;
        shells[i].print(stdout);
        return cli_finish(self, CLI_OK);
    }
    return cli_usage(self, "'%s' is not bash, zsh or fish", argv[at]);
}

const struct cli_command cli_completion = {
    .name = "completion",
    .summary = "Print a script that completes etch's command line in a shell",
    .operands = "bash|zsh|fish",
    .about = "`make install` puts the scripts where the shells find them; this command is for an "
             "etch that is run from elsewhere.",
    .examples = ". <(etch completion bash)\tin the running bash\n"
                "etch completion fish | source\tin the running fish\n",
    .complete = CLI_WORDS,
    .words = "bash zsh fish",
    .run = run,
};
