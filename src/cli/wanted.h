/* SPDX-License-Identifier: MIT
 *
 * wanted.h: which events of a running program `etch record -p` records: those of -e and
 * --events, under their conditions and limits.
 */
#ifndef ETCH_CLI_WANTED_H
#define ETCH_CLI_WANTED_H

#include "attach/attach.h"
#include "cli/launch.h"
#include "condition/condition.h"

struct wanted {
    const struct cli_command *command;
    struct attach *attach;
    char *file; /* of --events, its lines NUL-ended, or NULL */
    struct wanted_pattern {
        const char *text;
        bool clause; /* it has a condition or a limit */
        bool used;   /* by an event of those that are new */
        struct etch_refusals refused;
    } * patterns; /* the last one that fits decides */
    size_t n_patterns;
    bool all;      /* without any */
    size_t known;  /* events of the program, of which those that are wanted are on */
    size_t marked; /* those */
};

/* CLI_OK, or CLI_FAILURE or CLI_USAGE having said why. */
int wanted_open(struct wanted *wanted, const struct cli_command *self, const struct launch *launch,
                struct attach *attach);

/* Whether there is any such event: CLI_OK, or CLI_FAILURE, told. */
int wanted_check(struct wanted *wanted);

/* Switches on what is new and wanted. CLI_OK or CLI_FAILURE, told. */
int wanted_mark(struct wanted *wanted);

void wanted_close(struct wanted *wanted);

#endif
