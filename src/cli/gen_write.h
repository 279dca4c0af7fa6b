/* SPDX-License-Identifier: MIT
 *
 * gen_write.h: what `etch gen` was asked for, and the files that it makes.
 */
#ifndef ETCH_CLI_GEN_WRITE_H
#define ETCH_CLI_GEN_WRITE_H

#include "cli/cli.h"
#include "generate/generate.h"

struct gen_request {
    const struct cli_command *self;
    struct etch_gen_options gen;
    const char *backends, *group, *folder, *depfile;
    bool merge, local;
    char **files;
    size_t n_files;
    char **groups; /* one a file */
    bool *tcg;     /* whether the group has such events; of --group the first one alone */
    char *cwd;
    struct etch_text outputs; /* paths, as a depfile names them */
};

/* "etch gen: PATH: reason of -error"; CLI_FAILURE. */
int gen_fail(const struct gen_request *r, const char *path, int error);

/* Each returns CLI_OK, or CLI_FAILURE with the messages printed. */

/* mkdir -p of the output folder. */
int gen_make_folder(const struct gen_request *r);

/* trace-G.h and trace-G.c, and for tcg events (*tcg) trace-tcg-G.h, of one group's files. */
int gen_write_group(struct gen_request *r, char *group, char **files, size_t n, bool *tcg);

/* trace-events-all: all files in one. */
int gen_write_merged(struct gen_request *r);

/* trace.h beside a file: sources of that folder include "trace.h"; or, for tcg events,
 * trace-tcg.h. */
int gen_write_local(struct gen_request *r, const char *file, const char *group, bool tcg);

/* What the outputs written so far depend on. */
int gen_write_depfile(const struct gen_request *r);

#endif
