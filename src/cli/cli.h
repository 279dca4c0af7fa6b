/* SPDX-License-Identifier: MIT
 *
 * cli.h: what the commands of `etch` share: the table that feeds getopt,
 * --help, completion and the man pages, and how messages are printed.
 *
 * Reads:  argv.
 * Writes: stdout (data), stderr (messages).
 * Only this folder exits. Status: 0 success, 1 failure, 2 usage.
 */
#ifndef ETCH_CLI_H
#define ETCH_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "declare/declare.h"

enum { CLI_OK = 0, CLI_FAILURE = 1, CLI_USAGE = 2 };

/* How a word completes in a shell. */
enum cli_complete {
    CLI_NONE,
    CLI_FILE, /* files, and the words if there are any */
    CLI_DIR,
    CLI_WORDS,   /* one of the words and nothing else */
    CLI_COMMAND, /* of etch */
    CLI_PROGRAM, /* a program and its arguments */
    CLI_PROCESS, /* one that runs and can be attached to; once, as an operand */
    CLI_EVENT,
};

struct cli_option {
    char letter;      /* 0: none */
    const char *name; /* without "--" */
    const char *arg;  /* NULL: takes none; "FILE", "[=WHEN]" is not supported */
    const char *help; /* one line, no full stop */
    enum cli_complete complete;
    const char *words; /* CLI_WORDS: "drop block" */
};

struct cli_command {
    const char *name;
    const char *summary;              /* one line, no full stop */
    const char *operands;             /* "DIR|FILE..." */
    const char *about;                /* paragraphs for --help and the man page */
    const char *examples;             /* lines "command\tcomment" */
    const struct cli_option *options; /* ends with a zero entry; -h/--help is implied */
    enum cli_complete complete;       /* of the operands */
    const char *words;                /* CLI_WORDS: "bash zsh fish" */
    bool stop_at_operand;             /* options end at the first operand (record) */
    int (*run)(const struct cli_command *self, int argc, char **argv);
};

/* All commands, in the order of `etch help`; ends with NULL. */
extern const struct cli_command *const cli_commands[];

/* What SIGPIPE did when etch was started: etch ignores it, the programs that it
 * starts shall not. */
extern void (*cli_sigpipe)(int);

/* Iterates over the options of argv (argv[0] is the command). Returns the
 * option, with its value in *value, or NULL at the first operand or the end,
 * with its index in *at (start with *at = 0). An operand between options is
 * moved behind them unless stop_at_operand. Prints and exits itself for --help
 * (0) and for bad usage (2). */
const struct cli_option *cli_next_option(const struct cli_command *self, int argc, char **argv,
                                         int *at, const char **value);

/* "etch COMMAND: MESSAGE" on stderr; the second also names the --help and
 * returns CLI_USAGE. */
void cli_error(const struct cli_command *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int cli_usage(const struct cli_command *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether stdout (1) or stderr (2) wants colour: a terminal, no NO_COLOR, TERM
 * not dumb. */
bool cli_colour(int fd);

/* Prints diagnostics as gcc does: FILE:LINE:COLUMN: error: MESSAGE, the source
 * line, a caret, the hint. */
void cli_print_diags(const struct etch_diags *diags);

/* Reads a whole file; "-" is not stdin. malloc'd, NUL behind the end. 0 or
 * -errno. */
int cli_read_file(const char *path, char **text, size_t *size);

/* Writes a whole file by way of a temporary one beside it, and only if its
 * content changes: the old file survives any error. 0 or -errno. */
int cli_write_file(const char *path, const char *text, size_t size);

/* Flushes stdout and turns a failed write into a message and CLI_FAILURE;
 * quiet on EPIPE. Every command returns through it. */
int cli_finish(const struct cli_command *self, int status);

#endif
