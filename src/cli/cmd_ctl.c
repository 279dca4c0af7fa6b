/* SPDX-License-Identifier: MIT
 *
 * cmd_ctl.c: `etch ctl`: one monitor command in a running program.
 *
 * Reads:  the program's control page.
 * Writes: enable words in it; the command's answer on stdout, errors on stderr.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/remote.h"
#include "cli/tool.h"
#include "read/sweep.h"

static const struct cli_option options[] = {
    {'j', "json", NULL, "commands in the shape of QMP, a JSON object a line, from stdin", CLI_NONE,
     NULL},
    {0},
};

static int run(const struct cli_command *self, int argc, char **argv)
{
    const char *value;
    char *error;
    struct remote remote;
    bool json = false;
    int at = 0;

    while (cli_next_option(self, argc, argv, &at, &value))
        json = true;
    if (at == argc)
        return cli_usage(self, "no program is named: PID or NAME; `etch ps` lists them");
    if (json && at + 1 < argc)
        return cli_usage(self, "with --json commands come from stdin, not as '%s'", argv[at + 1]);
    if (json)
        return cli_tool_run(self, "qmp", argv + at - 1, "jansson");
    if (at + 1 == argc)
        return cli_usage(self, "no command is given, such as `info trace-events`");
    etch_sweep();
    if (remote_open(&remote, argv[at], &error) < 0) {
        cli_error(self, "%s", error ? error : strerror(ENOMEM));
        free(error);
        return CLI_FAILURE;
    }
    int failed = monitor_command(&remote.target, argc - at - 1, (const char *const *)argv + at + 1,
                                 stdout, stderr);
    remote_close(&remote);
    return cli_finish(self, failed ? CLI_FAILURE : CLI_OK);
}

const struct cli_command cli_ctl = {
    .name = "ctl",
    .summary = "Switch events in a running program",
    .operands = "PID|NAME COMMAND...",
    .about = "Carries out one command of QEMU's monitor in a running program that is linked with "
             "libetch; nothing runs in the program for it.\n"
             "\n"
             "  info trace-events [PATTERN]        events and their states\n"
             "  trace-event NAME|PATTERN on|off    switches them\n"
             "  trace-event NAME|PATTERN on for 5s switches them off again by itself\n"
             "  trace-event 'NAME if EXPR limit N/s' on\n"
             "                                     see etch-conditions(7)\n"
             "  trace-file                         where the trace goes, on or off\n"
             "  trace-file on|off|flush|set PATH   see below\n"
             "  snapshot PATH                      what is in memory, as a CTF trace\n"
             "  info trace-buffers                 what is recorded, and what was lost\n"
             "  info trace-backends                how many events each backend has\n"
             "  help [COMMAND]\n"
             "\n"
             "`trace-file off` writes what was recorded and closes the trace; events that fire "
             "meanwhile are not recorded. `on` begins a new one, `set` goes on in another, without "
             "a gap. What is there already is never written over: the trace goes to PATH.1 and so "
             "on, which is told. These, flush and snapshot are carried out by the thread that "
             "writes the trace; it starts with the first event that is recorded. Until then "
             "trace-file on, off and set hold from that event on, and there is nothing to flush.\n"
             "\n"
             "With --json the commands are trace-event-get-state {name}, trace-event-set-state "
             "{name, enable, ignore-unavailable}, trace-file {action, path} (action is on, off, "
             "flush, set or snapshot; without arguments it asks) and query-trace-buffers, with "
             "QMP's answers and errors; an id is echoed. There is no greeting.\n"
             "\n"
             "A command that succeeds and has nothing to tell prints nothing. The status is 1 if "
             "it failed.",
    .examples =
        "etch ctl redis-server trace-event 'heap_*' on\tfrom now on\n"
        "etch ctl 4711 info trace-events 'heap_*'\twhich are on\n"
        "etch ctl 4711 trace-event 'heap_malloc if size > 4096 limit 100/s' on\tthe large ones\n"
        "etch ctl 4711 trace-file set /tmp/night\tfrom now on there\n"
        "echo '{\"execute\": \"trace-event-get-state\", \"arguments\": {\"name\": \"*\"}}' | "
        "etch ctl --json 4711\tfor a script",
    .options = options,
    .complete = CLI_PROCESS,
    .stop_at_operand = true,
    .run = run,
};
