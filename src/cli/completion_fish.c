/* SPDX-License-Identifier: MIT
 *
 * completion_fish.c: the table of commands as a completion script for fish.
 *
 * Reads:  cli_commands.
 * Writes: the script.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/completion.h"

static void print_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

/* What a word completes to. */
static void print_words(FILE *out, enum cli_complete complete, const char *words)
{
    switch (complete) {
    case CLI_FILE:
        fputs(" -F", out);
        if (words)
            fprintf(out, " -a '%s'", words);
        break;
    case CLI_DIR:
        fputs(" -f -a '(__fish_complete_directories)'", out);
        break;
    case CLI_WORDS:
        fprintf(out, " -f -a '%s'", words);
        break;
    case CLI_COMMAND:
        fputs(" -f -a \"$__etch_commands\"", out);
        break;
    case CLI_PROGRAM:
        fputs(" -f -a '(__etch_program)'", out);
        break;
    case CLI_PROCESS:
        fputs(" -f -a '(__etch_processes)'", out);
        break;
    case CLI_NONE:
    case CLI_EVENT:
        fputs(" -f", out);
        break;
    }
}

static void print_command(FILE *out, const struct cli_command *c)
{
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        if (!o->help)
            continue;
        fprintf(out, "complete -c etch -n '__etch_options %s' -l %s", c->name, o->name);
        if (o->letter)
            fprintf(out, " -s %c", o->letter);
        if (o->arg) {
            fputs(" -r", out);
            print_words(out, o->complete, o->words);
        }
        fputs(" -d ", out);
        print_quoted(out, o->help);
        fputc('\n', out);
    }
    fprintf(out, "complete -c etch -n '__etch_options %s' -s h -l help -d 'show this help'\n",
            c->name);
    fprintf(out, "complete -c etch -n '__etch_command %s%s'", c->name,
            c->complete == CLI_PROCESS ? "; and not count (__etch_operands) >/dev/null" : "");
    print_words(out, c->complete, c->words);
    fputc('\n', out);
}

void completion_fish(FILE *out)
{
    fputs("# fish completion of etch; made by `etch completion fish`\n\nset -g __etch_commands",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        fprintf(out, " %s", (*c)->name);
    fputs("\n"
          "set -g __etch_with_value",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        for (const struct cli_option *o = (*c)->options; o && o->name; o++)
            if ((*c)->stop_at_operand && o->arg && o->letter)
                fprintf(out, " -%c --%s", o->letter, o->name);
            else if ((*c)->stop_at_operand && o->arg)
                fprintf(out, " --%s", o->name);
    fputs("\n\n"
          "function __etch_command\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
          "end\n\n"
          "# The words of the program to run that stand before the cursor.\n"
          "function __etch_operands\n"
          "    set -l words (commandline -opc)[3..-1]\n"
          "    while set -q words[1]\n"
          "        switch $words[1]\n"
          "            case --\n"
          "                set -e words[1]\n"
          "                break\n"
          "            case '-*'\n"
          "                contains -- $words[1] $__etch_with_value; and set -e words[1]\n"
          "                set -e words[1]\n"
          "            case '*'\n"
          "                break\n"
          "        end\n"
          "    end\n"
          "    string join \\n -- $words\n"
          "end\n\n"
          "function __etch_options\n"
          "    __etch_command $argv[1]; or return 1\n"
          "    contains -- $argv[1] ",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        if ((*c)->stop_at_operand)
            fprintf(out, "%s ", (*c)->name);
    fputs("; or return 0\n"
          "    not count (__etch_operands) >/dev/null\n"
          "end\n\n"
          "function __etch_processes\n"
          "    " COMPLETION_PROCESSES "\n"
          "end\n\n"
          "function __etch_program\n"
          "    set -l words (__etch_operands) (commandline -ct)\n"
          "    complete --do-complete=(string join ' ' -- (string escape -- $words[1..-2]) "
          "$words[-1] | string collect)\n"
          "end\n\n"
          "complete -c etch -f\n"
          "complete -c etch -n __fish_use_subcommand -l help -s h -d 'show the commands'\n"
          "complete -c etch -n __fish_use_subcommand -l version -s V -d 'show the version'\n",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++) {
        fprintf(out, "complete -c etch -n __fish_use_subcommand -a %s -d ", (*c)->name);
        print_quoted(out, (*c)->summary);
        fputc('\n', out);
    }
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        print_command(out, *c);
}
