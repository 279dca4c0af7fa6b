/* SPDX-License-Identifier: MIT
 *
 * outcome.h: what came of a recording, for its user.
 */
#ifndef ETCH_CLI_OUTCOME_H
#define ETCH_CLI_OUTCOME_H

#include "cli/child.h"
#include "cli/launch.h"

#define RECORD_DIR "etch.data" /* where traces go and are looked for by default */

/* Merges what processes that have ended left into the traces of `dir`, while
 * others still run. */
void outcome_sweep(const char *dir);

/* Merges what killed processes left into the traces of `dir` and says on
 * stderr what was recorded, what was lost, and how to look at it; or why
 * nothing was recorded. */
void outcome_tell(const struct cli_command *self, const struct launch *l, const char *dir,
                  const struct child *child);

/* The same after `etch trace`, which has printed the events: only what needs
 * the user's attention. */
void outcome_trace(const struct cli_command *self, const struct launch *l, const char *dir,
                   const struct child *child, uint64_t lost);

#endif
