/* SPDX-License-Identifier: MIT
 *
 * cmd_lint.c: `etch lint`: what is wrong with trace-events files, and what
 * would be right.
 *
 * Reads:  the files that are named.
 * Writes: findings on stderr, or as JSON on stdout.
 * Never:  changes a file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/sources.h"
#include "sink/escape.h"

static const struct cli_option options[] = {
    {0, "qemu", "VERSION", "also say what this QEMU refuses", CLI_WORDS, "2.8 7.2 11"},
    {'j', "json", NULL, "findings as one JSON array on stdout", CLI_NONE, NULL},
    {0},
};

static void put_member(struct etch_out *out, const char *name, const char *value)
{
    etch_out_format(out, ",\"%s\":", name);
    if (!value) {
        etch_out_text(out, "null");
        return;
    }
    etch_out_text(out, "\"");
    out->p = etch_put_json(out, out->p, value, strlen(value));
    etch_out_text(out, "\"");
}

/* A number that is not known is 0. */
static void put_number(struct etch_out *out, const char *name, unsigned value)
{
    if (value)
        etch_out_format(out, ",\"%s\":%u", name, value);
    else
        etch_out_format(out, ",\"%s\":null", name);
}

static int print_json(const struct cli_command *self, const struct etch_diags *diags)
{
    static const char *const severities[] = {"note", "warning", "error"};
    struct etch_out out;
    if (etch_out_open(&out, STDOUT_FILENO) < 0) {
        cli_error(self, "%s", strerror(ENOMEM));
        return CLI_FAILURE;
    }
    etch_out_text(&out, "[");
    for (size_t i = 0; i < diags->n; i++) {
        const struct etch_diag *diag = &diags->v[i];
        etch_out_format(&out, "%s\n{\"severity\":\"%s\"", i ? "," : "", severities[diag->severity]);
        put_member(&out, "file", diag->file);
        put_number(&out, "line", diag->line);
        put_number(&out, "column", diag->column);
        put_member(&out, "message", diag->message ? diag->message : "");
        put_member(&out, "hint", diag->hint);
        etch_out_text(&out, "}");
    }
    etch_out_text(&out, "\n]\n");
    int error = etch_out_close(&out);
    if (error && error != -EPIPE)
        cli_error(self, "stdout: %s", strerror(-error));
    return error ? CLI_FAILURE : CLI_OK;
}

static int lint(const struct cli_command *self, struct cli_sources *sources, bool json)
{
    int status = CLI_OK;
    if (etch_declare_lint(&sources->list, &sources->diags) < 0) {
        cli_error(self, "%s", strerror(ENOMEM));
        status = CLI_FAILURE;
    }
    cli_sources_sort(sources);
    if (json)
        status = print_json(self, &sources->diags) == CLI_OK ? status : CLI_FAILURE;
    else
        cli_print_diags(&sources->diags);
    return sources->diags.errors || sources->unreadable ? CLI_FAILURE : status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct cli_sources sources = {0};
    struct cli_sources_options chosen;
    int at = cli_sources_options(&chosen, self, argc, argv);

    if (at == argc)
        return cli_usage(self, "no trace-events FILE is named");
    for (; at < argc; at++)
        cli_sources_add(&sources, self, argv[at], chosen.era);
    int status = lint(self, &sources, chosen.json);
    cli_sources_free(&sources);
    return cli_finish(self, status);
}

const struct cli_command cli_lint = {
    .name = "lint",
    .summary = "Check trace-events files",
    .operands = "FILE...",
    .about = "Says what is wrong with the declarations of trace-events files, all of one program: "
             "what the parser refuses, formats that do not fit their arguments, names that "
             "collide, and keywords, each with the text that would be right.\n"
             " "
             "An error will not compile or shows wrong values, a warning does so on some machines "
             "or loses something, a note is worth knowing. The status is 1 if there is an error.",
    .examples = "etch lint trace-events\tcheck one file\n"
                "etch lint $(git ls-files '*trace-events')\tcheck a program's files together\n"
                "etch lint --qemu=7.2 trace-events\trefuse what QEMU 7.2 refuses",
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
