/* SPDX-License-Identifier: MIT
 *
 * cmd_trace.c: `etch trace`: runs a program and prints its events while they
 * happen.
 *
 * Reads:  what the program records into a folder of its own in TMPDIR, which
 *         goes away at the end. Not in the runtime folder, which lies in
 *         memory: a trace may be long.
 * Writes: stderr or a file.
 * Never:  touches the program's stdin, stdout, stderr or exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <etch/read.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "cli/outcome.h"
#include "cli/session.h"
#include "sink/sink.h"

/* How often new events are looked for. */
#define INTERVAL_MS 50

struct trace {
    const struct cli_command *self;
    struct launch launch;
    struct session session;
    struct child child;
    struct etch_out out;
    struct etch_sink *sink;
    uint64_t events, lost;
};

static int failure(const struct trace *t, const char *what, int error)
{
    cli_error(t->self, "%s: %s", what, strerror(error));
    return CLI_FAILURE;
}

static void print_record(struct trace *t, const struct etch_record *record)
{
    if (t->events + t->lost == 0)
        t->sink->base = record->time_ns;
    if (record->type == ETCH_RECORD_LOST)
        t->lost += record->lost;
    else
        t->events++;
    t->sink->event(t->sink, record);
}

/* Prints events until the program has ended and all of its are printed. What a
 * descendant that lives on still records is not waited for. */
static void print_all(struct trace *t, struct etch_reader *reader)
{
    struct etch_record record;
    char *message = NULL;
    bool ended = false;

    for (;;) {
        int got = etch_reader_next(reader, &record, &message);
        if (got == 1) {
            print_record(t, &record);
        } else if (got == -EAGAIN && !ended) {
            etch_out_flush(&t->out);
            ended = child_wait(&t->child, INTERVAL_MS);
            if (ended)
                session_put(&t->session, "status", "%d", t->child.status);
        } else if (got == 0 || got == -EAGAIN) {
            break;
        } else {
            etch_out_flush(&t->out);
            cli_error(t->self, "%s", message ? message : strerror(-got));
            free(message);
        }
    }
    if (!ended)
        child_wait(&t->child, -1);
    etch_out_flush(&t->out);
}

/* Runs the program. Its status, as a shell would have it. */
static int run_program(struct trace *t)
{
    static const struct etch_read_options options = {.follow = true};
    const char *dir = t->session.dir;
    struct etch_reader *reader;
    char *message = NULL;

    if (launch_environment(&t->launch, t->self, dir) != CLI_OK)
        return CLI_FAILURE;
    int error = child_start(&t->child, t->launch.path, t->launch.argv, t->launch.envp);
    if (error) {
        failure(t, t->launch.argv[0], -error);
        return CHILD_NOT_EXECUTABLE;
    }
    if (etch_reader_open(&reader, &dir, 1, &options, &message) < 0) {
        cli_error(t->self, "%s", message);
        free(message);
        child_wait(&t->child, -1);
        return t->child.status;
    }
    print_all(t, reader);
    etch_reader_close(reader);
    outcome_trace(t->self, &t->launch, dir, &t->child, t->lost);
    return t->child.status;
}

static int open_output(struct trace *t, const char *path)
{
    int fd = STDERR_FILENO;

    if (path)
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return failure(t, path, errno);
    struct etch_text_options text = {.colour = cli_colour(fd)};
    if (etch_out_open(&t->out, fd) < 0 || !(t->sink = etch_text_sink(&t->out, &text)))
        return failure(t, "output", ENOMEM);
    return CLI_OK;
}

static int close_output(struct trace *t, const char *path, int status)
{
    etch_sink_free(t->sink);
    int error = -etch_out_close(&t->out);
    if (path && close(t->out.fd) < 0 && !error)
        error = errno;
    if (error && error != EPIPE)
        failure(t, path ? path : "stderr", error);
    return error && status == CLI_OK ? CLI_FAILURE : status;
}

/* Records into a temporary folder and prints from there. */
static int record(struct trace *t)
{
    const char *tmp = getenv("TMPDIR");
    char dir[PATH_MAX];

    snprintf(dir, sizeof(dir), "%s/etch-trace.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return failure(t, dir, errno);
    int status = session_create(&t->session, t->self, dir);
    if (status == CLI_OK) {
        status = run_program(t);
        if (session_close(&t->session) != CLI_OK && status == CLI_OK)
            status = CLI_FAILURE;
    }
    if (session_remove(dir) < 0)
        failure(t, dir, errno);
    return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct trace t = {.self = self};
    const char *path = NULL;
    int status = launch_parse(&t.launch, self, argc, argv, &path);

    if (status == CLI_OK)
        status = open_output(&t, path);
    if (status == CLI_OK)
        status = close_output(&t, path, record(&t));
    launch_free(&t.launch);
    return cli_finish(self, status);
}

static const struct cli_option options[] = {
    LAUNCH_OPTIONS,
    {'o', "output", "FILE", "print to FILE instead of stderr", CLI_FILE, NULL},
    {0},
};

const struct cli_command cli_trace = {
    .name = "trace",
    .summary = "Run a program and print its events as they happen",
    .operands = "[--] PROG [ARG]...",
    .about =
        "Runs PROG with its events switched on, as `etch record` does, and prints them at once, "
        "those of all its processes in the order of their time. Nothing is kept but what is "
        "printed. PROG's input, output, signals and exit status are its own.",
    .examples = "etch trace ./hello\tall events of a program, on stderr\n"
                "etch trace -e 'net_*' -o events ./server\tsome of them, into a file\n"
                "etch trace --preload heap -- ls\tmalloc and free of ls\n",
    .options = options,
    .complete = CLI_PROGRAM,
    .stop_at_operand = true,
    .run = run,
};
