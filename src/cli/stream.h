/* SPDX-License-Identifier: MIT
 *
 * stream.h: what the commands that read traces share: the options that choose
 * traces and events, and the way of the records from the reader to a sink.
 *
 * Reads:  traces.
 * Writes: stdout by the sink, messages and a progress bar on stderr.
 * Never:  knows what the sink does.
 */
#ifndef ETCH_CLI_STREAM_H
#define ETCH_CLI_STREAM_H

#include <etch/read.h>

#include "cli/cli.h"
#include "sink/select.h"
#include "sink/sink.h"

/* The options that cli_stream_next() takes itself, for a command's table. */
#define CLI_STREAM_OPTIONS                                                                         \
    {'e',                                                                                          \
     "event",                                                                                      \
     "PATTERN",                                                                                    \
     "only these events (repeat; * and ?; -PATTERN takes out; \"NAME if size > 4096\": see "       \
     "etch-conditions(7))",                                                                        \
     CLI_EVENT,                                                                                    \
     NULL},                                                                                        \
        {0,        "from", "T", "from T seconds after the first event on (or 5ms, 10us, 7ns)",     \
         CLI_NONE, NULL},                                                                          \
        {0, "to", "T", "up to T", CLI_NONE, NULL},                                                 \
        {0, "events", "FILE", "trace-events file of a bare trace (repeat)", CLI_FILE, NULL},       \
    {                                                                                              \
        0, "exe", "PROG", "instrumented program of a bare trace (repeat)", CLI_FILE, NULL          \
    }

/* A list of words that grows, NULL-ended. */
struct cli_words {
    const char **v;
    size_t n;
};

/* Exits on lack of memory. */
void cli_words_add(struct cli_words *words, const char *word);
void cli_words_free(struct cli_words *words);

struct cli_stream {
    const struct cli_command *self;
    struct etch_read_options read;
    struct cli_words events_files, exes;
    struct etch_select select;
    uint64_t head;       /* stop after so many events */
    struct etch_out out; /* of the sink */

    bool frames; /* the trace has instructions of a guest, which no sink takes */
    uint64_t events, lost; /* that went to the sink; but for those of files that rotated */
};

/* As cli_next_option(): the command's own options. Those of CLI_STREAM_OPTIONS
 * are taken on the way; exits if the value of one is not right. */
const struct cli_option *cli_stream_next(struct cli_stream *stream, int argc, char **argv, int *at,
                                         const char **value);

/* Opens stream->out on stdout; exits on lack of memory. */
void cli_stream_open(struct cli_stream *stream, const struct cli_command *self);

/* Reads the traces (etch.data where n is 0) into the sink and frees all. Returns
 * the exit status. */
int cli_stream_run(struct cli_stream *stream, char *const *paths, size_t n, struct etch_sink *sink);

/* A number from 0 to max; exits with a message about the option. */
uint64_t cli_number(const struct cli_command *self, const char *option, const char *value,
                    uint64_t max);

#endif
