/* SPDX-License-Identifier: MIT
 *
 * cmd_list.c: `etch list`: the events of trace-events files, of instrumented
 * binaries and of traces.
 *
 * Reads:  the files that are named; a binary's notes, without running it; a
 *         trace's side files.
 * Writes: a line an event, or JSON, on stdout.
 * Never:  loads or runs what it looks at.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/list_input.h"
#include "cli/sources.h"
#include "sink/escape.h"

static const struct cli_option options[] = {
    {0, "qemu", "VERSION", "accept what this QEMU accepts", CLI_WORDS, "2.8 7.2 11"},
    {'j', "json", NULL, "one JSON array of {name, args, format, properties, file, line}", CLI_NONE,
     NULL},
    {0},
};

static void put_text(struct etch_out *out, const char *text)
{
    if (!text) {
        etch_out_text(out, "null");
        return;
    }
    etch_out_text(out, "\"");
    out->p = etch_put_json(out, out->p, text, strlen(text));
    etch_out_text(out, "\"");
}

/* A bare trace tells the names of its events and no more. */
static bool is_name_only(const struct etch_decl *decl)
{
    return decl->args_text[0] == '\0';
}

static void put_args(struct etch_out *out, const struct etch_decl *decl)
{
    if (is_name_only(decl)) {
        etch_out_text(out, ",\"args\":null");
        return;
    }
    etch_out_text(out, ",\"args\":[");
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_out_text(out, i ? ",{\"type\":" : "{\"type\":");
        put_text(out, decl->args[i].type);
        etch_out_text(out, ",\"name\":");
        put_text(out, decl->args[i].name);
        etch_out_text(out, "}");
    }
    etch_out_text(out, "]");
}

static void put_properties(struct etch_out *out, unsigned properties)
{
    static const struct {
        unsigned property;
        const char *name;
    } names[] = {{ETCH_PROP_DISABLE, "disable"},
                 {ETCH_PROP_VCPU, "vcpu"},
                 {ETCH_PROP_TCG, "tcg"},
                 {ETCH_PROP_NOTIME, "notime"}};
    const char *comma = "";
    etch_out_text(out, ",\"properties\":[");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (properties & names[i].property) {
            etch_out_format(out, "%s\"%s\"", comma, names[i].name);
            comma = ",";
        }
    etch_out_text(out, "]");
}

static void put_json(struct etch_out *out, const struct etch_decl *decl)
{
    etch_out_text(out, "{\"name\":");
    put_text(out, decl->name);
    put_args(out, decl);
    etch_out_text(out, ",\"format\":");
    put_text(out, decl->format);
    if (decl->format_exec) {
        etch_out_text(out, ",\"format_exec\":");
        put_text(out, decl->format_exec);
    }
    put_properties(out, decl->properties);
    etch_out_text(out, ",\"file\":");
    put_text(out, decl->file);
    if (decl->line)
        etch_out_format(out, ",\"line\":%u}", decl->line);
    else
        etch_out_text(out, ",\"line\":null}");
}

static void put_line(struct etch_out *out, const struct etch_decl *decl)
{
    if (is_name_only(decl)) {
        out->p = etch_put_text(out, out->p, decl->name, strlen(decl->name));
        etch_out_text(out, "\n");
        return;
    }
    char *line = etch_declare_print(decl);
    if (!line) {
        out->error = ENOMEM;
        return;
    }
    out->p = etch_put_text(out, out->p, line, strlen(line) - 1);
    etch_out_text(out, "\n");
    free(line);
}

static int print_list(const struct cli_command *self, const struct etch_decl_list *list, bool json)
{
    struct etch_out out;
    int error = etch_out_open(&out, STDOUT_FILENO);
    if (!error) {
        etch_out_text(&out, json ? "[" : "");
        for (size_t i = 0; i < list->n; i++) {
            if (json) {
                etch_out_text(&out, i ? ",\n" : "\n");
                put_json(&out, &list->v[i]);
            } else {
                put_line(&out, &list->v[i]);
            }
        }
        etch_out_text(&out, json ? "\n]\n" : "");
        error = etch_out_close(&out);
    }
    if (error && error != -EPIPE)
        cli_error(self, "stdout: %s", strerror(-error));
    return error ? CLI_FAILURE : CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct cli_sources sources = {0};
    struct cli_sources_options chosen;
    int at = cli_sources_options(&chosen, self, argc, argv);

    if (at == argc)
        return cli_usage(self, "no FILE is named");
    for (; at < argc; at++)
        cli_list_add(&sources, self, argv[at], chosen.era);
    cli_print_diags(&sources.diags);
    int status = print_list(self, &sources.list, chosen.json);
    if (sources.diags.errors || sources.unreadable)
        status = CLI_FAILURE;
    cli_sources_free(&sources);
    return cli_finish(self, status);
}

const struct cli_command cli_list = {
    .name = "list",
    .summary = "Show the events of files, programs and traces",
    .operands = "FILE...",
    .about = "Prints the declarations of trace-events files; of instrumented programs and "
             "libraries, without running them; and of traces: the folder that `etch record` made, "
             "a CTF trace of etch, or a trace file beside its .meta file. Of a bare trace, as QEMU "
             "writes it, the names "
             "of the events that occur.\n"
             " "
             "Each line is a declaration as a trace-events file has it.",
    .examples = "etch list ./prog\tevents that the program was built with\n"
                "etch list etch.data\tevents that the recorded programs had\n"
                "etch list --json trace-events | jq -r '.[].name'\tnames alone",
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
