/* SPDX-License-Identifier: MIT
 *
 * cmd_simpletrace.c: `etch simpletrace`: what QEMU's simpletrace.py prints.
 *
 * Reads:  a trace-events file and a trace of QEMU's simple format.
 * Writes: simpletrace.py's lines on stdout, its complaints on stderr.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stream.h"
#include "format/simple.h"

static const struct cli_option options[] = {
    {0, "qemu", "N", "as simpletrace.py of QEMU 11 (default) or 2.8", CLI_WORDS, "11 2.8"},
    {0, "no-header", NULL, "TRACE has no file header and no names: ids count the lines of EVENTS",
     CLI_NONE, NULL},
    {0},
};

static const char about[] =
    "Prints a trace of QEMU's simple format byte for byte as QEMU's simpletrace.py does, for "
    "scripts that read its output: event, microseconds since the event before, process, arguments "
    "in hexadecimal, strings as Python's b'...' (QEMU 2.8: bare). EVENTS is the trace-events-all "
    "file of the program that wrote TRACE.\n"
    " "
    "The file is taken as that script takes it: names are compared but not arguments, and the "
    "first fault ends the output with exit status 1. `etch print --events EVENTS TRACE` checks "
    "more, uses the declared formats and reads on behind damage.";

static const char examples[] =
    "etch simpletrace trace-events-all trace-4711\tprint a trace of QEMU\n"
    "etch simpletrace --qemu=2.8 trace-events-all trace-4711\tas QEMU 2.8 printed it\n"
    "etch simpletrace --no-header trace-events-all stap.log\twhat SystemTap scripts write\n";

/* The fault in simpletrace.py's words; Python's own exceptions by name. */
static void complain(const struct cli_command *self, const struct etch_read_fault *fault,
                     enum etch_simpletrace rules, const char *message)
{
    bool old = rules == ETCH_SIMPLETRACE_2_8;
    unsigned long long number = fault->number;

    switch (fault->kind) {
    case ETCH_FAULT_HEADER_CUT:
        cli_error(self, old ? "Not a valid trace file!"
                            : "Error reading header. Wrong filetype provided?");
        break;
    case ETCH_FAULT_HEADER_ID:
    case ETCH_FAULT_HEADER_MAGIC: {
        bool id = fault->kind == ETCH_FAULT_HEADER_ID;
        if (old)
            cli_error(self, "Not a valid trace file!");
        else
            cli_error(self, "Not a valid trace file, header %s %llu != %llu", id ? "id" : "magic",
                      number, (unsigned long long)(id ? ETCH_SIMPLE_HEADER_ID : ETCH_SIMPLE_MAGIC));
        break;
    }
    case ETCH_FAULT_HEADER_VERSION:
        if (number == 0 || number == 2 || number == 3)
            cli_error(self, "Log format %llu not supported with this QEMU release!", number);
        else if (old)
            cli_error(self, "Unknown version of tracelog format!");
        else
            cli_error(self, "Unknown version %llu of tracelog format!", number);
        break;
    case ETCH_FAULT_RECORD_CUT:
        if (old)
            cli_error(self, "TypeError: %s", message);
        else
            cli_error(self, "Error reading header. Wrong filetype provided?");
        break;
    case ETCH_FAULT_TYPE_CUT:
    case ETCH_FAULT_MAPPING_CUT:
    case ETCH_FAULT_PAYLOAD_CUT:
        cli_error(self, "struct.error: %s", message);
        break;
    case ETCH_FAULT_LENGTH:
        cli_error(self, "ValueError: %s", message);
        break;
    case ETCH_FAULT_UNMAPPED:
        cli_error(self, "KeyError: %llu: %s", number, message);
        break;
    case ETCH_FAULT_UNDECLARED:
        if (old)
            cli_error(self, "KeyError: '%s': %s", fault->name, message);
        else
            cli_error(self,
                      "'%s' event is logged but is not declared in the trace eventsfile, try "
                      "using trace-events-all instead.",
                      fault->name);
        break;
    default:
        cli_error(self, "%s", message);
    }
}

/* Prints all that can be read; the first fault ends it. */
static int print(const struct cli_command *self, const char *trace,
                 const struct etch_read_options *read, struct etch_sink *sink)
{
    struct etch_reader *reader;
    struct etch_record record;
    char *message;

    int r = etch_reader_open(&reader, &trace, 1, read, &message);
    if (r == 0) {
        while ((r = etch_reader_next(reader, &record, &message)) == 1)
            if ((r = sink->event(sink, &record)) < 0 || sink->out->error)
                break;
        etch_out_flush(sink->out);
        if (r < 0)
            complain(self, read->fault, read->simpletrace, message ? message : strerror(-r));
        etch_reader_close(reader);
    } else {
        cli_error(self, "%s", message ? message : strerror(-r));
    }
    free(message);
    return r < 0 ? CLI_FAILURE : CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct etch_read_fault fault = {0};
    struct etch_read_options read = {.simpletrace = ETCH_SIMPLETRACE_11, .fault = &fault};
    const struct cli_option *option;
    struct etch_out out;
    const char *value;
    int at = 0;

    while ((option = cli_next_option(self, argc, argv, &at, &value))) {
        if (strcmp(option->name, "no-header") == 0)
            read.no_header = true;
        else if (strcmp(value, "2.8") == 0)
            read.simpletrace = ETCH_SIMPLETRACE_2_8;
        else
            read.simpletrace = ETCH_SIMPLETRACE_11;
    }
    if (argc - at != 2)
        return cli_usage(self, "two operands: the trace-events file and the trace");
    const char *events[] = {argv[at], NULL};
    read.events_files = events;

    if (etch_out_open(&out, fileno(stdout)) < 0) {
        cli_error(self, "out of memory");
        return CLI_FAILURE;
    }
    struct etch_sink *sink = etch_simpletrace_sink(&out, read.simpletrace == ETCH_SIMPLETRACE_2_8);
    int status = sink ? print(self, argv[at + 1], &read, sink) : CLI_FAILURE;
    etch_sink_free(sink);
    int error = -etch_out_close(&out);
    if (error && error != EPIPE)
        cli_error(self, "cannot write to stdout: %s", strerror(error));
    return cli_finish(self, error ? CLI_FAILURE : status);
}

const struct cli_command cli_simpletrace = {
    .name = "simpletrace",
    .summary = "Print a trace of QEMU as its simpletrace.py does",
    .operands = "EVENTS TRACE",
    .about = about,
    .examples = examples,
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
