/* SPDX-License-Identifier: MIT
 *
 * tool.h: commands that need a library are executables of their own, etch-NAME,
 * so that `etch` itself starts in under a millisecond.
 */
#ifndef ETCH_CLI_TOOL_H
#define ETCH_CLI_TOOL_H

#include <limits.h>
#include <stdbool.h>

#include "cli/cli.h"

/* Where etch-NAME is: beside etch, or in ../libexec/etch. False: nowhere. */
bool cli_tool_path(const char *name, char path[PATH_MAX]);

/* Becomes etch-NAME, with argv from argv[1] on. Returns CLI_FAILURE with a message if it cannot be
 * run; `library` is what a build without it lacked. */
int cli_tool_run(const struct cli_command *self, const char *name, char **argv,
                 const char *library);

#endif
