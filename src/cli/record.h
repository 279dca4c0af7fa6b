/* SPDX-License-Identifier: MIT
 *
 * record.h: the two ways of `etch record`: a program that it starts, and one that
 * runs already.
 */
#ifndef ETCH_CLI_RECORD_H
#define ETCH_CLI_RECORD_H

#include "cli/launch.h"
#include "cli/session.h"

/* What DIR/session says at the start. */
void record_put_start(struct session *s, const struct launch *l);

/* Records launch->process into a folder until a signal or the time ends it, or the
 * program ends. CLI_OK or, having said why, CLI_FAILURE. */
int record_attached(const struct cli_command *self, struct launch *l, const char *dir);

#endif
