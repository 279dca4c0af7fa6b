/* SPDX-License-Identifier: MIT
 *
 * completion_zsh.c: the table of commands as a completion function for zsh.
 *
 * Reads:  cli_commands.
 * Writes: the function, to be installed as _etch.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/completion.h"

/* Text inside single quotes and inside a specification of _arguments. */
static void print_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            fputc('\\', out);
        fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, out);
    }
}

static void print_action(FILE *out, enum cli_complete complete, const char *words)
{
    switch (complete) {
    case CLI_FILE:
        if (words)
            fprintf(out, "_alternative \"words\\:word\\:(%s)\" \"files\\:file\\:_files\"", words);
        else
            fputs("_files", out);
        break;
    case CLI_DIR:
        fputs("_files -/", out);
        break;
    case CLI_WORDS:
        fprintf(out, "(%s)", words);
        break;
    case CLI_COMMAND:
        fputs("_etch_commands", out);
        break;
    case CLI_PROGRAM:
        fputs("_normal", out);
        break;
    case CLI_PROCESS:
        fputs("_etch_processes", out);
        break;
    case CLI_NONE:
    case CLI_EVENT:
        fputc(' ', out);
        break;
    }
}

static void print_spec(FILE *out, const struct cli_option *o, const char *spelling)
{
    fprintf(out, "            '*%s[", spelling);
    print_text(out, o->help);
    fputc(']', out);
    if (o->arg) {
        fprintf(out, ":%s:", o->arg);
        print_action(out, o->complete, o->words);
    }
    fputs("' \\\n", out);
}

static void print_command(FILE *out, const struct cli_command *c)
{
    char spelling[64];

    fprintf(out, "        (%s)\n        _arguments -s%s \\\n", c->name,
            c->stop_at_operand ? " -A '-*'" : "");
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        if (!o->help)
            continue;
        snprintf(spelling, sizeof(spelling), "--%s%s", o->name, o->arg ? "=" : "");
        print_spec(out, o, spelling);
        if (!o->letter)
            continue;
        snprintf(spelling, sizeof(spelling), "-%c%s", o->letter, o->arg ? "+" : "");
        print_spec(out, o, spelling);
    }
    fputs("            '(- *)'{-h,--help}'[show this help]' \\\n", out);
    if (c->complete == CLI_PROGRAM) {
        fputs("            '(-)1:program: _command_names -e' '*::argument: _normal'\n", out);
    } else {
        fputs(c->complete == CLI_PROCESS ? "            '1:operand:" : "            '*:operand:",
              out);
        print_action(out, c->complete, c->words);
        fputs("'\n", out);
    }
    fputs("        ;;\n", out);
}

void completion_zsh(FILE *out)
{
    fputs("#compdef etch\n# zsh completion of etch; made by `etch completion zsh`\n\n"
          "_etch_commands()\n{\n    local -a commands=(\n",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++) {
        fprintf(out, "        '%s:", (*c)->name);
        print_text(out, (*c)->summary);
        fputs("'\n", out);
    }
    fputs("    )\n    _describe command commands\n}\n\n"
          "_etch_processes()\n{\n    compadd -- $(" COMPLETION_PROCESSES ")\n}\n\n"
          "_etch()\n{\n"
          "    local curcontext=$curcontext state line\n"
          "    _arguments -C '(- *)'{-h,--help}'[show the commands]' \\\n"
          "        '(- *)'{-V,--version}'[show the version]' \\\n"
          "        '1:command:_etch_commands' '*::argument:->arguments'\n"
          "    [[ $state == arguments ]] || return\n"
          "    case $words[1] in\n",
          out);
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        print_command(out, *c);
    fputs("    esac\n}\n\n"
          "if [[ $funcstack[1] == _etch ]]; then\n    _etch \"$@\"\nelse\n    compdef _etch "
          "etch\nfi\n",
          out);
}
