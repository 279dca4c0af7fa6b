/* SPDX-License-Identifier: MIT
 *
 * cmd_print.c: `etch print`: the events of traces as text.
 *
 * Reads:  traces.
 * Writes: a line an event on stdout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/attach.h"
#include "cli/stream.h"

static const struct cli_option options[] = {
    CLI_STREAM_OPTIONS,
    {0, "delta", NULL, "also show the time since the line before", CLI_NONE, NULL},
    {0, "clock", "WHICH", "times since the first event (relative) or as recorded (monotonic)",
     CLI_WORDS, "relative monotonic"},
    {'n', "head", "N", "stop after N events", CLI_NONE, NULL},
    {'f', "follow", NULL, "wait for more at the end, until interrupted; a PID stands for its trace",
     CLI_NONE, NULL},
    {'r', "raw", NULL, "name=value instead of the declared format", CLI_NONE, NULL},
    {'j', "json", NULL, "one JSON object a line", CLI_NONE, NULL},
    {0, "color", "WHEN", "auto, always or never", CLI_WORDS, "auto always never"},
    {0},
};

static const char about[] =
    "Prints the events of traces in the order of their time, one a line: seconds since the first "
    "event, process and, where it is known, thread, name of the event, and its arguments in the "
    "format of its declaration. Without operand it reads the folder etch.data, which `etch "
    "record` "
    "makes by default; several traces are merged.\n"
    " "
    "A file that QEMU or another program wrote with the simple backend has names but no formats: "
    "give them with --events or --exe. Without, the arguments are shown as numbers.\n"
    " "
    "Lines `-- N events lost --` show where the traced program was faster than the recording, and, "
    "where the trace tells, why events are missing and between which moments: discarded (there was "
    "no room), overwritten (a flight recorder kept later ones) or damaged. "
    "Control characters in recorded strings are shown as \\n, \\t, \\x1b.\n"
    " "
    "With --follow, what a process or, under --kernel, the kernel wrote is shown as soon as it is "
    "written, which events are a quarter of a second after they happened. The simple backend's are "
    "then in order of time within a process; ctf's within each thread, those of its signal "
    "handlers "
    "apart. Between threads and processes times may go back by that quarter, or as long as a "
    "loaded machine takes: --json shows the times to sort by, and without --follow all is in "
    "order. "
    "It goes along when the trace is switched to other files (`trace-file`), and ends with the "
    "recording.\n"
    " "
    "With --json, integers are exact to 64 bits, pointers are strings \"0x...\", time_ns is the "
    "clock's, bytes of strings that are not UTF-8 become U+FFFD, and lost events are objects "
    "{\"lost\":N,\"reason\":...}, N null where nobody counted them.";

static const char examples[] =
    "etch print\tprint what `etch record` recorded last\n"
    "etch print -e 'heap_*' -e -heap_free --delta\tall heap events but heap_free\n"
    "etch print --from 1.5 --to 1600ms etch.data\ta tenth of a second\n"
    "etch print --events trace-events-all trace-4711\ta trace that QEMU wrote\n"
    "etch print --json | jq -r .name | sort | uniq -c\tas data for other programs\n";

struct print_options {
    struct etch_text_options text;
    bool json;
    const char *colour;
};

static void set(struct cli_stream *stream, struct print_options *print,
                const struct cli_option *option, const char *value)
{
    if (strcmp(option->name, "delta") == 0)
        print->text.delta = true;
    else if (strcmp(option->name, "clock") == 0)
        print->text.monotonic = stream->select.monotonic = value[0] == 'm';
    else if (option->letter == 'n')
        stream->head = cli_number(stream->self, option->name, value, UINT64_MAX);
    else if (option->letter == 'f')
        stream->read.follow = true;
    else if (option->letter == 'r')
        print->text.raw = true;
    else if (option->letter == 'j')
        print->json = true;
    else
        print->colour = value;
}

/* A number that is no file stands for a process. */
static bool is_process(const char *operand)
{
    return operand[0] != '\0' && operand[strspn(operand, "0123456789")] == '\0' &&
           access(operand, F_OK) < 0;
}

/* With -f: its trace, as it grows. */
static void name_live(const struct cli_command *self, char **operand)
{
    static struct etch_control_recording recording;
    char waiting[ETCH_CONTROL_TEXT];
    struct attach *attach;
    char *error;

    if (attach_open(&attach, *operand, &error) < 0) {
        cli_error(self, "%s", error ? error : strerror(ENOMEM));
        exit(CLI_FAILURE);
    }
    int code = attach_status(attach, &recording, waiting);
    attach_close(attach);
    const char *trace = attach_output(&recording);
    if (code < 0 || trace[0] == '\0') {
        cli_error(self,
                  "process %s has recorded nothing; `etch ctl %s trace-event '*' on` starts it",
                  *operand, *operand);
        exit(CLI_FAILURE);
    }
    if (recording.outputs == 0) {
        cli_error(self,
                  "process %s: its trace is switched off; `etch ctl %s trace-file on` goes on",
                  *operand, *operand);
        exit(CLI_FAILURE);
    }
    *operand = (char *)(uintptr_t)trace;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct print_options print = {.colour = "auto"};
    const struct cli_option *option;
    struct cli_stream stream;
    const char *value;
    int at = 0;

    cli_stream_open(&stream, self);
    while ((option = cli_stream_next(&stream, argc, argv, &at, &value)))
        set(&stream, &print, option, value);
    if (print.json && (print.text.raw || print.text.delta))
        exit(cli_usage(self, "--json goes with neither --raw nor --delta"));
    print.text.colour = strcmp(print.colour, "auto") == 0 ? cli_colour(STDOUT_FILENO)
                                                          : strcmp(print.colour, "always") == 0;
    struct etch_sink *sink =
        print.json ? etch_json_sink(&stream.out) : etch_text_sink(&stream.out, &print.text);
    if (argc - at == 1 && is_process(argv[at])) {
        if (!stream.read.follow)
            exit(cli_usage(self,
                           "no trace is called %s; `etch print -f %s` shows what process %s "
                           "records",
                           argv[at], argv[at], argv[at]));
        name_live(self, &argv[at]);
    }
    int status = cli_stream_run(&stream, argv + at, (size_t)(argc - at), sink);
    if (stream.lost)
        cli_error(self, "%llu %s lost while recording; a larger buffer= or policy=block keeps more",
                  (unsigned long long)stream.lost, stream.lost == 1 ? "event was" : "events were");
    return cli_finish(self, status);
}

const struct cli_command cli_print = {
    .name = "print",
    .summary = "Print the events of a trace",
    .operands = "[DIR|FILE...]",
    .about = about,
    .examples = examples,
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
