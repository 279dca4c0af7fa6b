/* SPDX-License-Identifier: MIT
 *
 * man.c: the table of commands in the language of scdoc(5). Used by the build.
 *
 * Reads:  cli_commands.
 * Writes: the stream given.
 */
#include "cli/man.h"

#include "format/version.h"

#include <string.h>

/* Text of which scdoc shall interpret nothing. */
static void print_text(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (strchr("\\*_`", text[i]) || (i == 0 && strchr("#.-[|]<+", text[i])))
            fputc('\\', out);
        fputc(text[i], out);
    }
}

/* A line that begins with two blanks stands as it is. */
static void print_paragraphs(FILE *out, const char *text)
{
    bool table = false;
    while (*text) {
        size_t line = strcspn(text, "\n");
        size_t skip = strspn(text, " ");
        bool row = skip >= 2 && skip < line;
        if (row != table)
            fputs(row ? "```\n" : "```\n\n", out);
        table = row;
        if (row) {
            fprintf(out, "%.*s\n", (int)(line - 2), text + 2);
        } else if (skip < line) {
            print_text(out, text + skip, line - skip);
            fputs("\n\n", out);
        }
        text += line + (text[line] == '\n');
    }
}

static void print_option(const struct cli_option *o, FILE *out)
{
    if (o->letter)
        fprintf(out, "*-%c*, ", o->letter);
    fprintf(out, "*--%s*", o->name);
    if (o->arg) {
        fputs("=_", out);
        print_text(out, o->arg, strlen(o->arg));
        fputc('_', out);
    }
    fputs("\n\t", out);
    print_text(out, o->help, strlen(o->help));
    fputs(".\n\n", out);
}

static void print_examples(const char *examples, FILE *out)
{
    fputs("# EXAMPLES\n\n", out);
    while (*examples) {
        size_t line = strcspn(examples, "\n");
        const char *tab = memchr(examples, '\t', line);
        size_t command = tab ? (size_t)(tab - examples) : line;
        if (tab) {
            print_text(out, tab + 1, line - command - 1);
            fputs(":\n\n", out);
        }
        fputs("```\n", out);
        fwrite(examples, 1, command, out);
        fputs("\n```\n\n", out);
        examples += line + (examples[line] == '\n');
    }
}

static void print_command(const struct cli_command *c, FILE *out)
{
    static const struct cli_option help = {'h', "help", NULL, "show the options", CLI_NONE, NULL};

    fprintf(out, "etch-%s(1) \"etch %s\" \"etch\"\n\n# NAME\n\netch-%s - ", c->name, ETCH_VERSION,
            c->name);
    print_text(out, c->summary, strlen(c->summary));
    fprintf(out, "\n\n# SYNOPSIS\n\n*etch %s* \\[_OPTION_\\]...", c->name);
    if (c->operands) {
        fputc(' ', out);
        print_text(out, c->operands, strlen(c->operands));
    }
    fputs("\n\n", out);
    if (c->about) {
        fputs("# DESCRIPTION\n\n", out);
        print_paragraphs(out, c->about);
    }
    fputs("# OPTIONS\n\n", out);
    for (const struct cli_option *o = c->options; o && o->name; o++)
        if (o->help)
            print_option(o, out);
    print_option(&help, out);
    if (c->examples)
        print_examples(c->examples, out);
    fputs("# SEE ALSO\n\n*etch*(1)", out);
    for (const struct cli_command *const *other = cli_commands; *other; other++)
        if (*other != c)
            fprintf(out, ", *etch-%s*(1)", (*other)->name);
    fputs(", *trace-events*(5), *libetch*(3)\n", out);
}

static void print_list(FILE *out)
{
    for (const struct cli_command *const *c = cli_commands; *c; c++) {
        fprintf(out, "*etch-%s*(1)\n\t", (*c)->name);
        print_text(out, (*c)->summary, strlen((*c)->summary));
        fputs(".\n\n", out);
    }
}

void man_print(const struct cli_command *command, FILE *out)
{
    if (command)
        print_command(command, out);
    else
        print_list(out);
}
