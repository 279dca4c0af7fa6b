/* SPDX-License-Identifier: MIT
 *
 * cmd_stat.c: `etch stat`: how many events of what.
 *
 * Reads:  traces.
 * Writes: tables or JSON on stdout.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/stream.h"

static const struct cli_option options[] = {
    CLI_STREAM_OPTIONS,
    {0, "field", "EVENT.FIELD",
     "sum and most frequent values of an argument; EVENT may be a pattern, FIELD a product of "
     "arguments (repeat)",
     CLI_NONE, NULL},
    {0, "top", "N", "how many of the most frequent values (default 10)", CLI_NONE, NULL},
    {'j', "json", NULL, "one JSON object", CLI_NONE, NULL},
    {0},
};

static const char about[] =
    "Counts the events of traces: in all, by event, by process and, where they are known, by "
    "thread, the most frequent first. BYTES is what the events take in a file of the simple "
    "format. `dropped` counts the events that the traced program could not store.\n"
    "\n"
    "--field 'heap_*.count*size' adds up over all events that have one of the arguments; one that "
    "an event has not counts as 1.\n"
    "\n"
    "With --json the object begins with the totals `events` and `dropped`.";

static const char examples[] =
    "etch stat\twhat `etch record` recorded last\n"
    "etch stat --field 'heap_*.count*size'\tbytes asked for, and the most used sizes\n"
    "etch stat -e 'heap_*' --json etch.data | jq .dropped\ta number for a script\n";

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct etch_stat_options stat = {.top = 10};
    struct cli_words fields = {0};
    const struct cli_option *option;
    struct cli_stream stream;
    const char *value;
    int at = 0;

    cli_stream_open(&stream, self);
    while ((option = cli_stream_next(&stream, argc, argv, &at, &value))) {
        if (strcmp(option->name, "top") == 0)
            stat.top = cli_number(self, option->name, value, 1u << 20);
        else if (strcmp(option->name, "json") == 0)
            stat.json = true;
        else if (strchr(value, '.'))
            cli_words_add(&fields, value);
        else
            exit(cli_usage(self, "--field: '%s' is no EVENT.FIELD", value));
    }
    stat.fields = fields.v;
    int status =
        cli_stream_run(&stream, argv + at, (size_t)(argc - at), etch_stat_sink(&stream.out, &stat));
    cli_words_free(&fields);
    return cli_finish(self, status);
}

const struct cli_command cli_stat = {
    .name = "stat",
    .summary = "Count the events of a trace",
    .operands = "[DIR|FILE...]",
    .about = about,
    .examples = examples,
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
