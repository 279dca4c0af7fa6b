/* SPDX-License-Identifier: MIT
 *
 * diags.c: diagnostics in gcc's form.
 *
 * Reads:  struct etch_diags.
 * Writes: stderr. Control characters of the source are shown as '?', so that a
 *         hostile file cannot steer the terminal.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static void print_safe(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        fputc(c == '\t' || (c >= 0x20 && c != 0x7f) ? c : '?', stderr);
    }
}

/* The source line and, below it, the caret; tabs stay tabs so that they align. */
static void print_source(const struct etch_diag *d, bool colour)
{
    size_t length = strcspn(d->source_line, "\r\n");

    fprintf(stderr, "%5u | ", d->line);
    print_safe(d->source_line, length);
    fputc('\n', stderr);
    if (d->column == 0)
        return;
    fputs("      | ", stderr);
    for (size_t i = 0; i + 1 < d->column && i < length; i++)
        /* Bytes 10xxxxxx continue a character: they take no column. */
        if (((unsigned char)d->source_line[i] & 0xc0) != 0x80)
            fputc(d->source_line[i] == '\t' ? '\t' : ' ', stderr);
    fputs(colour ? "\033[1;32m^\033[0m\n" : "^\n", stderr);
}

static void print_diag(const struct etch_diag *d, bool colour)
{
    static const char *const names[] = {"note", "warning", "error"};
    static const char *const colours[] = {"\033[1;36m", "\033[1;35m", "\033[1;31m"};

    print_safe(d->file, strlen(d->file));
    if (d->line)
        fprintf(stderr, ":%u", d->line);
    if (d->line && d->column)
        fprintf(stderr, ":%u", d->column);
    fprintf(stderr, ": %s%s:%s ", colour ? colours[d->severity] : "", names[d->severity],
            colour ? "\033[0m" : "");
    print_safe(d->message, strlen(d->message));
    fputc('\n', stderr);
    if (d->source_line && d->line)
        print_source(d, colour);
    if (d->hint) {
        fputs("      = ", stderr);
        print_safe(d->hint, strlen(d->hint));
        fputc('\n', stderr);
    }
}

void cli_print_diags(const struct etch_diags *diags)
{
    bool colour = cli_colour(STDERR_FILENO);

    fflush(stdout);
    for (size_t i = 0; i < diags->n; i++)
        print_diag(&diags->v[i], colour);
}
