/* SPDX-License-Identifier: MIT
 *
 * list_input.h: declarations of whatever a user names.
 *
 * Reads:  trace-events files, binaries, traces.
 * Writes: messages on stderr.
 * Never:  exits.
 */
#ifndef ETCH_CLI_LIST_INPUT_H
#define ETCH_CLI_LIST_INPUT_H

#include "cli/sources.h"

/* Appends the events of `path`, by what it is: a folder of traces, an ELF file,
 * a trace file, else a trace-events file. */
void cli_list_add(struct cli_sources *sources, const struct cli_command *self, const char *path,
                  enum etch_era era);

#endif
