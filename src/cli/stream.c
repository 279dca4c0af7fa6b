/* SPDX-License-Identifier: MIT
 *
 * stream.c: see stream.h.
 *
 * Reads:  traces.
 * Writes: stdout by the sink, messages on stderr.
 * Never:  knows what the sink does.
 */
#include "cli/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pattern.h"
#include "cli/progress.h"
#include "cli/wait.h"

static const char default_trace[] = "etch.data";

__attribute__((noreturn)) static void no_memory(const struct cli_command *self)
{
    cli_error(self, "out of memory");
    exit(CLI_FAILURE);
}

void cli_words_add(struct cli_words *words, const char *word)
{
    const char **more = realloc(words->v, (words->n + 2) * sizeof(*more));
    if (!more)
        no_memory(NULL);
    words->v = more;
    words->v[words->n++] = word;
    words->v[words->n] = NULL;
}

void cli_words_free(struct cli_words *words)
{
    free(words->v);
    *words = (struct cli_words){0};
}

/* ---- options ---- */

/* "1.5", "1.5s", "20ms", "7us", "300ns": seconds unless said; exact. */
static bool parse_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *suffix;
        uint64_t unit;
    } units[] = {{"", 1000000000}, {"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    size_t digits = strspn(text, "0123456789");
    const char *end = text + digits, *fraction = end + (*end == '.');
    size_t behind = fraction > end ? strspn(fraction, "0123456789") : 0;
    uint64_t whole = 0, part = 0;

    if (digits + behind == 0)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(fraction + behind, units[i].suffix) != 0)
            continue;
        uint64_t unit = units[i].unit, scale = unit;
        for (size_t j = 0; j < digits; j++)
            if (__builtin_mul_overflow(whole, 10, &whole) ||
                __builtin_add_overflow(whole, (uint64_t)(text[j] - '0'), &whole))
                return false;
        for (size_t j = 0; j < behind && scale; j++)
            part += (uint64_t)(fraction[j] - '0') * (scale /= 10);
        return !__builtin_mul_overflow(whole, unit, &whole) &&
               !__builtin_add_overflow(whole, part, ns);
    }
    return false;
}

static void set_time(struct cli_stream *stream, const char *option, const char *value, bool *has,
                     uint64_t *ns)
{
    if (!parse_time(value, ns))
        exit(cli_usage(stream->self, "--%s: '%s' is no time; 1.5, 1.5s, 20ms, 7us, 300ns are",
                       option, value));
    *has = true;
}

static void add_pattern(struct cli_stream *stream, const char *text)
{
    int status = cli_pattern_check(stream->self, text, false);
    if (status != CLI_OK)
        exit(status);
    struct etch_select *select = &stream->select;
    struct etch_pattern *more = realloc(select->patterns, (select->n_patterns + 1) * sizeof(*more));
    if (!more)
        no_memory(stream->self);
    select->patterns = more;
    more[select->n_patterns++] = (struct etch_pattern){.text = text};
}

/* Takes an option if it is one of CLI_STREAM_OPTIONS. */
static bool take_option(struct cli_stream *stream, const struct cli_option *option,
                        const char *value)
{
    struct etch_select *select = &stream->select;
    if (option->letter == 'e')
        add_pattern(stream, value);
    else if (strcmp(option->name, "from") == 0)
        set_time(stream, option->name, value, &select->has_from, &select->from);
    else if (strcmp(option->name, "to") == 0)
        set_time(stream, option->name, value, &select->has_to, &select->to);
    else if (strcmp(option->name, "events") == 0)
        cli_words_add(&stream->events_files, value);
    else if (strcmp(option->name, "exe") == 0)
        cli_words_add(&stream->exes, value);
    else
        return false;
    return true;
}

const struct cli_option *cli_stream_next(struct cli_stream *stream, int argc, char **argv, int *at,
                                         const char **value)
{
    const struct cli_option *option;
    do
        option = cli_next_option(stream->self, argc, argv, at, value);
    while (option && take_option(stream, option, *value));
    return option;
}

uint64_t cli_number(const struct cli_command *self, const char *option, const char *value,
                    uint64_t max)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (errno || value[0] < '0' || value[0] > '9' || *end || number > max)
        exit(cli_usage(self, "--%s: '%s' is no number from 0 to %llu", option, value,
                       (unsigned long long)max));
    return number;
}

/* ---- the way of the records ---- */

void cli_stream_open(struct cli_stream *stream, const struct cli_command *self)
{
    *stream = (struct cli_stream){.self = self, .head = UINT64_MAX};
    if (etch_out_open(&stream->out, STDOUT_FILENO) < 0)
        no_memory(self);
}

/* An error of the reader: a message that it made, or a bare -errno. */
static void report(struct cli_stream *stream, int error, char *message)
{
    etch_out_flush(&stream->out);
    cli_error(stream->self, "%s", message ? message : strerror(-error));
    free(message);
}

/* An error of the selection or the sink. */
static void report_choice(struct cli_stream *stream, int error)
{
    const struct etch_pattern *wrong = stream->select.wrong;
    etch_out_flush(&stream->out);
    if (wrong)
        cli_pattern_tell(stream->self, wrong->text, &wrong->fault, 0);
    else
        report(stream, error, NULL);
}

/* One record; 1: go on, 0: enough, -errno. */
static inline int pass(struct cli_stream *stream, struct etch_sink *sink,
                       const struct etch_record *record)
{
    if (!stream->select.begun)
        sink->base = record->time_ns;
    int r = etch_select_record(&stream->select, record);
    if (r <= 0)
        return r < 0 ? r : 1;
    r = sink->event(sink, record);
    if (record->type == ETCH_RECORD_LOST)
        /* What max-files removed is as it was asked for. */
        stream->lost += record->why.reason == ETCH_LOST_ROTATED ? 0 : record->lost;
    else
        stream->events++;
    if (r < 0)
        return r;
    return !stream->out.error && stream->events < stream->head;
}

static int drain(struct cli_stream *stream, struct etch_reader *reader, struct cli_wait *wait,
                 struct etch_sink *sink)
{
    struct cli_progress progress;
    struct etch_record record;
    int status = CLI_OK;

    cli_progress_begin(&progress, stream->read.follow);
    for (int go = stream->head > 0; go > 0;) {
        char *message;
        int got = etch_reader_next(reader, &record, &message);
        if (got == 1 && record.type == ETCH_RECORD_FRAMES) {
            stream->frames = true;
        } else if (got == 1) {
            go = pass(stream, sink, &record);
            if (go < 0) {
                cli_progress_end(&progress);
                report_choice(stream, go);
                status = CLI_FAILURE;
            }
            cli_progress_step(&progress, reader);
        } else if (got == 0) {
            go = 0;
        } else if (got == -EAGAIN) {
            go = etch_out_flush(&stream->out) == 0 && cli_wait(wait);
        } else {
            cli_progress_end(&progress);
            report(stream, got, message);
            status = CLI_FAILURE;
        }
    }
    cli_progress_end(&progress);
    return status;
}

/* Patterns that met no event are misspelt, probably; and what their conditions could
 * not speak of. */
static void warn_unused(const struct cli_stream *stream)
{
    const struct etch_select *select = &stream->select;
    for (size_t i = 0; i < select->n_patterns && !select->wrong; i++)
        if (select->patterns[i].left != 0)
            cli_pattern_tell(stream->self, select->patterns[i].text, &select->patterns[i].fault,
                             select->patterns[i].left);
    if (stream->events >= stream->head || select->wrong)
        return;
    for (size_t i = 0; i < select->n_patterns; i++)
        if (!select->patterns[i].used)
            cli_error(stream->self, "warning: no event matches '%s'; `etch stat` lists the events",
                      select->patterns[i].text + (select->patterns[i].text[0] == '-'));
}

/* No sink takes them: they are told where nothing else was there to be told. */
static void tell_frames(const struct cli_stream *stream)
{
    if (stream->frames && stream->events == 0)
        cli_error(stream->self, "the trace holds no such events, but instructions of a guest: "
                                "`etch insn` prints them, also as JSON, and `etch insn --count`, "
                                "`--hot` and `--flow` count them");
}

/* What the user named and no record had. That an event did not happen is worth
 * a warning; true if there is an event that has not the field. */
static bool report_missing(const struct cli_stream *stream, const struct etch_sink *sink)
{
    const struct etch_field *field;
    bool wrong = false;
    size_t at = 0;

    while (sink->missing && (field = sink->missing(sink, &at)) != NULL) {
        int n = (int)field->event_size;
        if (!field->seen) {
            cli_error(stream->self,
                      "warning: the trace has no event '%.*s'; `etch stat` lists its events", n,
                      field->text);
            continue;
        }
        cli_error(stream->self,
                  "event '%.*s' has no field '%s' that fits; `etch print --raw -e %.*s` shows "
                  "its fields",
                  n, field->text, field->name, n, field->text);
        wrong = true;
    }
    return wrong;
}

static int run(struct cli_stream *stream, const char *const *paths, size_t n,
               struct etch_sink *sink)
{
    struct etch_reader *reader;
    struct cli_wait wait;
    char *message;

    stream->read.events_files = stream->events_files.v;
    stream->read.exes = stream->exes.v;
    stream->read.frames = true;
    if (paths[0] == default_trace && access(default_trace, F_OK) < 0 && errno == ENOENT) {
        cli_error(stream->self, "there is no %s here; `etch record PROG` makes it, or name a trace",
                  default_trace);
        return CLI_FAILURE;
    }
    int r = etch_reader_open(&reader, paths, n, &stream->read, &message);
    if (r < 0) {
        report(stream, r, message);
        return CLI_FAILURE;
    }
    cli_wait_begin(&wait, stream->read.follow ? paths : NULL, n);
    if (sink->begin)
        r = sink->begin(sink);
    int status = r < 0 ? CLI_FAILURE : drain(stream, reader, &wait, sink);
    if (r == 0 && sink->end)
        r = sink->end(sink);
    if (r < 0) {
        report(stream, r, NULL);
        status = CLI_FAILURE;
    }
    cli_wait_end(&wait);
    etch_reader_close(reader);
    warn_unused(stream);
    tell_frames(stream);
    if (report_missing(stream, sink) && status == CLI_OK)
        status = CLI_FAILURE;
    return status;
}

int cli_stream_run(struct cli_stream *stream, char *const *paths, size_t n, struct etch_sink *sink)
{
    const char *fallback = default_trace;
    if (!sink)
        no_memory(stream->self);
    int status =
        n ? run(stream, (const char *const *)paths, n, sink) : run(stream, &fallback, 1, sink);
    etch_sink_free(sink);
    int error = -etch_out_close(&stream->out);
    if (error && error != EPIPE)
        cli_error(stream->self, "cannot write to stdout: %s", strerror(error));
    etch_select_free(&stream->select);
    cli_words_free(&stream->events_files);
    cli_words_free(&stream->exes);
    return error ? CLI_FAILURE : status;
}
