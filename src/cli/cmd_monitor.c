/* SPDX-License-Identifier: MIT
 *
 * cmd_monitor.c: `etch monitor`: a prompt on a running program.
 *
 * Reads:  argv; etch-monitor (monitor_main.c) does the rest.
 */
#include "cli/cli.h"
#include "cli/tool.h"

static const struct cli_option options[] = {{0}};

static int run(const struct cli_command *self, int argc, char **argv)
{
    const char *value;
    int at = 0;

    cli_next_option(self, argc, argv, &at, &value);
    if (argc - at > 1)
        return cli_usage(self, "one program at a time, not '%s', too", argv[at + 1]);
    return cli_tool_run(self, "monitor", argv + at - 1, "libedit");
}

const struct cli_command cli_monitor = {
    .name = "monitor",
    .summary = "A prompt that switches the events of a running program",
    .operands = "[PID|NAME]",
    .about =
        "Takes commands of QEMU's monitor, as `etch ctl` does, at a prompt: with a history, and "
        "Tab "
        "completes commands, names of events, on and off, files, and in a condition, as in "
        "trace-event \"heap_malloc if size > 4096\" on, the event's arguments. Tab behind the "
        "whole name of an event "
        "shows its arguments. Without a program: the only one that can be attached to.\n"
        "\n"
        "`help` lists the commands; `quit`, or the end of the input, ends it. The program goes on "
        "with the events as they were switched.",
    .examples = "etch monitor redis-server\tswitch its events",
    .options = options,
    .complete = CLI_PROCESS,
    .run = run,
};
