/* SPDX-License-Identifier: MIT
 *
 * recorded.h: what lies in the folder of a recording, as numbers.
 */
#ifndef ETCH_CLI_RECORDED_H
#define ETCH_CLI_RECORDED_H

#include <limits.h>
#include <stdint.h>

#include "cli/cli.h"

struct recorded {
    bool rest; /* some of it could not be brought from pools to the traces */
    uint64_t events, lost, bytes;
    unsigned processes; /* traces: one for each program that a process was */
    /* Of pools that were overwritten. */
    uint64_t overwritten_packets, overwritten_bytes;
    unsigned elsewhere;         /* files that `trace-file` put out of the folder, */
    char last[PATH_MAX];        /* and the last of them */
    uint64_t rotated;           /* events in files that were removed */
    uint64_t fired;             /* how often triggers did */
    unsigned quiet;             /* processes in which none did */
    uint64_t first_ns, last_ns; /* of the events, by recorded_span() */
    bool *matched;              /* for each pattern: the name of a declared event fits */
};

/* Adds up the traces of a folder; r->matched has room for the patterns. CLI_OK,
 * or CLI_FAILURE having said why. */
int recorded_read(struct recorded *r, const struct cli_command *self, const char *dir,
                  const char *const *patterns, size_t n_patterns);

/* Between which moments the events of a folder lie. */
void recorded_span(struct recorded *r, const char *dir);

/* Compares names with the patterns: marks those that fit one. */
void recorded_match(struct recorded *r, const struct etch_decl_list *list,
                    const char *const *patterns, size_t n_patterns);

#endif
