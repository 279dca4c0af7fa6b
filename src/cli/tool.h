/* SPDX-License-Identifier: MIT
 *
 * tool.h: commands that need a library are executables of their own, etch-NAME,
 * so that `etch` itself starts in under a millisecond.
 */
#ifndef ETCH_CLI_TOOL_H
#define ETCH_CLI_TOOL_H

#include "cli/cli.h"

/* Becomes etch-NAME, with argv from argv[1] on: it lies beside etch, or in
 * ../libexec/etch. Returns CLI_FAILURE with a message if it cannot be run;
 * `library` is what a build without it lacked. */
int cli_tool_run(const struct cli_command *self, const char *name, char **argv,
                 const char *library);

#endif
