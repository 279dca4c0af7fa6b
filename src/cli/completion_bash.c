/* SPDX-License-Identifier: MIT
 *
 * completion_bash.c: the table of commands as a completion script for bash.
 *
 * Reads:  cli_commands.
 * Writes: the script.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/completion.h"

/* The function that fills COMPREPLY by what a word is. */
static void print_words(FILE *out, const char *indent, enum cli_complete complete,
                        const char *words)
{
    switch (complete) {
    case CLI_FILE:
        fprintf(out, "%s_etch_files \"$cur\" %s\n", indent, words ? words : "");
        break;
    case CLI_DIR:
        fprintf(out, "%s_etch_folders \"$cur\"\n", indent);
        break;
    case CLI_WORDS:
        fprintf(out, "%s_etch_words \"$cur\" %s\n", indent, words);
        break;
    case CLI_COMMAND:
        fprintf(out, "%s_etch_words \"$cur\" $commands\n", indent);
        break;
    case CLI_PROGRAM:
        fprintf(out, "%s_etch_program\n", indent);
        break;
    case CLI_PROCESS:
        fprintf(out, "%s_etch_words \"$cur\" $(_etch_processes)\n", indent);
        break;
    case CLI_NONE:
    case CLI_EVENT:
        fprintf(out, "%s:\n", indent);
        break;
    }
}

static void print_command(FILE *out, const struct cli_command *c)
{
    fprintf(out, "    %s)\n", c->name);
    fputs("        with_value=\"", out);
    for (const struct cli_option *o = c->options; o && o->name; o++)
        if (o->arg && o->letter)
            fprintf(out, " -%c --%s", o->letter, o->name);
        else if (o->arg)
            fprintf(out, " --%s", o->name);
    fputs(" \"\n        case $prev in\n", out);
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        if (!o->arg || !o->help)
            continue;
        if (o->letter)
            fprintf(out, "        -%c | --%s)\n", o->letter, o->name);
        else
            fprintf(out, "        --%s)\n", o->name);
        print_words(out, "            ", o->complete, o->words);
        fputs("            return ;;\n", out);
    }
    fputs("        esac\n", out);
    if (c->stop_at_operand)
        fputs("        _etch_operand && { _etch_program; return; }\n", out);
    fputs("        if [[ $cur == -* ]]; then\n            _etch_words \"$cur\"", out);
    for (const struct cli_option *o = c->options; o && o->name; o++)
        if (o->help)
            fprintf(out, " --%s%s", o->name, o->arg ? "=" : "");
    fputs(" --help\n            return\n        fi\n", out);
    if (c->complete == CLI_PROCESS)
        fputs("        _etch_operand && return\n", out);
    print_words(out, "        ", c->complete, c->words);
    fputs("        ;;\n", out);
}

static const char helpers[] =
    "_etch_words()\n"
    "{\n"
    "    local cur=$1\n"
    "    shift\n"
    "    COMPREPLY+=($(compgen -W \"$*\" -- \"$cur\"))\n"
    "    [[ ${COMPREPLY-} != *= ]] || compopt -o nospace\n"
    "}\n"
    "\n"
    "_etch_files()\n"
    "{\n"
    "    local IFS=$'\\n'\n"
    "    compopt -o filenames\n"
    "    COMPREPLY=($(compgen -f -- \"$1\"))\n"
    "    IFS=$' \\t\\n'\n"
    "    [ $# = 1 ] || _etch_words \"$@\"\n"
    "}\n"
    "\n"
    "_etch_folders()\n"
    "{\n"
    "    local IFS=$'\\n'\n"
    "    compopt -o filenames\n"
    "    COMPREPLY=($(compgen -d -- \"$1\"))\n"
    "}\n"
    "\n"
    "# Whether a word before the cursor is the program to run; its index in operand.\n"
    "_etch_operand()\n"
    "{\n"
    "    for ((operand = 2; operand < COMP_CWORD; operand++)); do\n"
    "        case ${COMP_WORDS[operand]} in\n"
    "        --) ((operand++)); break ;;\n"
    "        --*)\n"
    "            if [[ ${COMP_WORDS[operand + 1]} == '=' ]]; then ((operand += 2));\n"
    "            elif [[ $with_value == *\" ${COMP_WORDS[operand]} \"* ]]; then ((operand++)); fi "
    ";;\n"
    "        -?) [[ $with_value != *\" ${COMP_WORDS[operand]} \"* ]] || ((operand++)) ;;\n"
    "        -*) ;;\n"
    "        *) break ;;\n"
    "        esac\n"
    "    done\n"
    "    [ $operand -lt $COMP_CWORD ] || [[ ${COMP_WORDS[COMP_CWORD - 1]} == -- ]]\n"
    "}\n"
    "\n"
    "_etch_processes()\n"
    "{\n"
    "    " COMPLETION_PROCESSES "\n"
    "}\n"
    "\n"
    "# A program and its arguments, as they complete without etch.\n"
    "_etch_program()\n"
    "{\n"
    "    if [ ${operand-$COMP_CWORD} -ge $COMP_CWORD ]; then\n"
    "        compopt -o filenames\n"
    "        COMPREPLY=($(compgen -c -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
    "    elif declare -F _command_offset >/dev/null; then\n"
    "        _command_offset $operand\n"
    "    else\n"
    "        _etch_files \"$cur\"\n"
    "    fi\n"
    "}\n"
    "\n";

void completion_bash(FILE *out)
{
    fputs("# bash completion of etch; made by `etch completion bash`\n\n", out);
    fputs(helpers, out);
    fputs("_etch()\n{\n    local commands=\"", out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        fprintf(out, "%s%s", c == cli_commands ? "" : " ", (*c)->name);
    fputs("\"\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local operand with_value\n"
          "    COMPREPLY=()\n"
          "    # bash splits --option=value at the '='.\n"
          "    if [[ $cur == '=' ]]; then\n"
          "        cur=\n"
          "    elif [[ $prev == '=' ]]; then\n"
          "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    fi\n"
          "    if [ $COMP_CWORD = 1 ]; then\n"
          "        _etch_words \"$cur\" $commands --help --version\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        print_command(out, *c);
    fputs("    esac\n}\n\ncomplete -F _etch etch\n", out);
}
