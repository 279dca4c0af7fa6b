/* SPDX-License-Identifier: MIT
 *
 * sources.h: the trace-events files that a command names, parsed as one list.
 *
 * Reads:  the files.
 * Writes: messages on stderr.
 * Never:  exits, but for a wrong option.
 */
#ifndef ETCH_CLI_SOURCES_H
#define ETCH_CLI_SOURCES_H

#include "cli/cli.h"

/* A file that was read; diagnostics point into its lines. */
struct cli_source {
    const char *path;
    char *text;
    size_t size;
};

struct cli_sources {
    struct cli_source *v;
    size_t n;
    struct etch_decl_list list;
    struct etch_diags diags;
    bool unreadable; /* a file could not be read, which was said */
};

/* --qemu and --json. */
struct cli_sources_options {
    enum etch_era era;
    bool json;
};

/* Takes these options; the index of the first operand. */
int cli_sources_options(struct cli_sources_options *chosen, const struct cli_command *self,
                        int argc, char **argv);

/* Reads and parses one more file; its diagnostics are kept. */
void cli_sources_add(struct cli_sources *sources, const struct cli_command *self, const char *path,
                     enum etch_era era);

/* Sorts the diagnostics by file and line, a finding's notes behind it, and adds
 * the source lines that are missing. */
void cli_sources_sort(struct cli_sources *sources);

void cli_sources_free(struct cli_sources *sources);

#endif
