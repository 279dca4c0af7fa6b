/* SPDX-License-Identifier: MIT
 *
 * pattern.h: patterns of events on a command line: "[-]NAME", "NAME if CONDITION
 * [limit N/s]", before there is an event.
 */
#ifndef ETCH_CLI_PATTERN_H
#define ETCH_CLI_PATTERN_H

#include "cli/cli.h"
#include "condition/condition.h"

/* Says what is wrong in a clause: "column N of 'PATTERN': ...". */
void cli_pattern_tell(const struct cli_command *self, const char *text,
                      const struct etch_clause_fault *fault, unsigned left);

/* Looks at the syntax. `recording`: a limit makes sense. CLI_OK or, having said why,
 * CLI_USAGE. */
int cli_pattern_check(const struct cli_command *self, const char *text, bool recording);

/* Whether it is of the event of that name. */
bool cli_pattern_matches(const char *text, const char *event);

#endif
