/* SPDX-License-Identifier: MIT
 *
 * tool.h: commands that need a library are executables of their own, etch-NAME,
 * so that `etch` itself starts in under a millisecond. What is called etch-NAME runs as
 * `etch NAME`, whoever made it.
 */
#ifndef ETCH_CLI_TOOL_H
#define ETCH_CLI_TOOL_H

#include <limits.h>
#include <stdbool.h>

#include "cli/cli.h"

/* The folder that etch itself lies in; false: it cannot be told. */
bool cli_own_folder(char folder[PATH_MAX]);

/* Where etch-NAME is: beside etch, in ../libexec/etch, or in a folder of PATH. False:
 * nowhere. */
bool cli_tool_path(const char *name, char path[PATH_MAX]);

/* Becomes etch-NAME, with argv from argv[1] on. Returns CLI_FAILURE with a message if it cannot be
 * run; `library` is what a build without it lacked, NULL: it is not of ours. */
int cli_tool_run(const struct cli_command *self, const char *name, char **argv,
                 const char *library);

/* The same for a command whose options are the tool's: but for --help, that of the table. */
int cli_tool_or_help(const struct cli_command *self, const char *name, int argc, char **argv,
                     const char *library);

#endif
