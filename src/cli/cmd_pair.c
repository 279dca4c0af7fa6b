/* SPDX-License-Identifier: MIT
 *
 * cmd_pair.c: `etch pair`: what began and what ended, how long it took, and
 * what never ended.
 *
 * Reads:  traces.
 * Writes: a report or JSON on stdout.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/stream.h"

static const struct cli_option options[] = {
    {'s', "start", "EVENT[.FIELD]", "an event that begins something (repeat)", CLI_EVENT, NULL},
    {'d', "end", "EVENT[.FIELD]", "an event that ends it (repeat)", CLI_EVENT, NULL},
    {'k', "key", "FIELD", "the argument that start and end have in common", CLI_NONE, NULL},
    {0, "sum", "FIELD", "an argument of the starts, or a product of arguments, to add up", CLI_NONE,
     NULL},
    {0, "unmatched", "N", "list N starts that never ended (default 10)", CLI_NONE, NULL},
    {'j', "json", NULL, "one JSON object", CLI_NONE, NULL},
    CLI_STREAM_OPTIONS,
    {0},
};

static const char about[] =
    "Finds for each start the next end in the same process whose key is the same: how many "
    "matched, how long they took, and which starts never ended, the oldest first. FIELD behind an "
    "event's name is its key where that differs from --key.\n"
    "\n"
    "A key of 0 is none: free(NULL) ends nothing, and a malloc that failed starts nothing. An "
    "event that is given as both, as realloc, ends its old key and then starts its new one; if it "
    "failed (new key 0, and the field of --sum is not 0) it does neither. What a child ends "
    "that its parent started before the fork has no start.\n"
    "\n"
    "Median and p99 are within 1/16 of the true value. Where events were dropped, their pairs are "
    "missing: see `dropped`.";

static const char examples[] =
    "etch pair --start heap_malloc --start heap_realloc --end heap_free --end heap_realloc.old "
    "--key ptr --sum 'count*size'\tmemory that was never freed, and how long the rest lived\n"
    "etch pair -s vmalloc -d vfree -k ptr --unmatched 100 etch.data\tthe first 100 leaks\n";

/* Whether all fields have a name of their own. */
static bool all_named(const struct cli_words *words)
{
    for (size_t i = 0; i < words->n; i++)
        if (!strchr(words->v[i], '.'))
            return false;
    return true;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct etch_pair_options pair = {.unmatched = 10};
    struct cli_words starts = {0}, ends = {0};
    const struct cli_option *option;
    struct cli_stream stream;
    const char *value;
    int at = 0;

    cli_stream_open(&stream, self);
    while ((option = cli_stream_next(&stream, argc, argv, &at, &value))) {
        if (option->letter == 's')
            cli_words_add(&starts, value);
        else if (option->letter == 'd')
            cli_words_add(&ends, value);
        else if (option->letter == 'k')
            pair.key = value;
        else if (option->letter == 'j')
            pair.json = true;
        else if (strcmp(option->name, "sum") == 0)
            pair.sum = value;
        else
            pair.unmatched = cli_number(self, option->name, value, SIZE_MAX);
    }
    if (!starts.n || !ends.n)
        exit(cli_usage(self, "at least one --start and one --end are needed"));
    if (!pair.key && !(all_named(&starts) && all_named(&ends)))
        exit(cli_usage(self, "--key FIELD is needed where --start or --end name no field"));
    pair.starts = starts.v;
    pair.ends = ends.v;
    int status =
        cli_stream_run(&stream, argv + at, (size_t)(argc - at), etch_pair_sink(&stream.out, &pair));
    cli_words_free(&starts);
    cli_words_free(&ends);
    return cli_finish(self, status);
}

const struct cli_command cli_pair = {
    .name = "pair",
    .summary = "Match starts with ends: durations, and what never ended",
    .operands = "[DIR|FILE...]",
    .about = about,
    .examples = examples,
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
