/* SPDX-License-Identifier: MIT
 *
 * help.c: --help, made from the table of commands.
 *
 * Reads:  cli_commands.
 * Writes: the stream given, 80 columns wide.
 */
#include "cli/help.h"

#include <string.h>

#define COLUMNS       80
#define OPTION_INDENT 26

const struct cli_command *cli_command_find(const char *name)
{
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

/* Prints text between `indent` and the last column, starting at column
 * `column`; a newline in the text is one, and a line behind it that begins with two
 * blanks stands as it is. */
static void wrap(FILE *out, const char *text, int indent, int column)
{
    while (*text) {
        if (*text == '\n') {
            fputc('\n', out);
            column = 0;
            text++;
            int line = (int)strcspn(text, "\n");
            if (strncmp(text, "  ", 2) == 0)
                text += fprintf(out, "%.*s", line, text);
            continue;
        }
        int word = (int)strcspn(text, " \n");
        if (word == 0) {
            text++;
            continue;
        }
        if (column + 1 + word > COLUMNS && column > indent) {
            fputc('\n', out);
            column = 0;
        }
        if (column < indent)
            column += fprintf(out, "%*s", indent - column, "");
        else if (column > indent)
            column += fprintf(out, " ");
        column += fprintf(out, "%.*s", word, text);
        text += word;
    }
    fputc('\n', out);
}

void cli_help_overview(FILE *out)
{
    fputs("Usage: etch COMMAND [OPTION]... [ARG]...\n"
          "Events of C programs: one declaration, one call; nothing lost; read it anywhere.\n\n"
          "Commands:\n",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
    fputs("\n`etch help COMMAND` or `man etch-COMMAND` tells more of a command;\n"
          "`etch --version` the version.\n",
          out);
}

static void print_option(const struct cli_option *o, FILE *out)
{
    int column = o->letter ? fprintf(out, "  -%c, --%s", o->letter, o->name)
                           : fprintf(out, "      --%s", o->name);

    if (o->arg)
        column += fprintf(out, "=%s", o->arg);
    if (column + 2 > OPTION_INDENT) {
        fputc('\n', out);
        column = 0;
    }
    column += fprintf(out, "%*s", OPTION_INDENT - column, "");
    wrap(out, o->help, OPTION_INDENT, column);
}

static void print_examples(const char *examples, FILE *out)
{
    fputs("\nExamples:\n", out);
    while (*examples) {
        size_t line = strcspn(examples, "\n");
        const char *tab = memchr(examples, '\t', line);
        if (tab)
            fprintf(out, "  # %.*s\n", (int)(examples + line - tab - 1), tab + 1);
        fprintf(out, "  %.*s\n", (int)(tab ? tab - examples : (long)line), examples);
        examples += line + (examples[line] == '\n');
    }
}

void cli_help_command(const struct cli_command *command, FILE *out)
{
    static const struct cli_option help = {'h', "help", NULL, "show this help", CLI_NONE, NULL};

    fprintf(out, "Usage: etch %s [OPTION]...%s%s\n", command->name, command->operands ? " " : "",
            command->operands ? command->operands : "");
    wrap(out, command->summary, 0, 0);
    if (command->about) {
        fputc('\n', out);
        wrap(out, command->about, 0, 0);
    }
    fputs("\nOptions:\n", out);
    for (const struct cli_option *o = command->options; o && o->name; o++)
        if (o->help)
            print_option(o, out);
    print_option(&help, out);
    if (command->examples)
        print_examples(command->examples, out);
}
