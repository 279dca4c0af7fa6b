/* SPDX-License-Identifier: MIT
 *
 * snapshot.h: what SIGKILL would leave at this instant, and whether it is right.
 *
 * Reads:  the pool and the files of a process that stands still; the copies of
 *         them, through libetch-read.
 * Writes: the copies.
 */
#ifndef PROOF_SNAPSHOT_H
#define PROOF_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "judge.h"

struct snapshot;

/* Of the process `pid` that writes its trace into the folder `from`; copies go to
 * the folder `to`; exe: the worker, for traces without side file. */
struct snapshot *snapshot_new(pid_t pid, const char *from, const char *to, const char *exe);
void snapshot_free(struct snapshot *s);

/* Takes a snapshot. `files`: a system call may have changed files. Gives the
 * events that are in it, by each of the outputs: of the last time where not a byte
 * is different. Returns how many outputs. */
unsigned snapshot_take(struct snapshot *s, bool files, struct found **found);

/* How many were different from the one before. */
uint64_t snapshot_taken(const struct snapshot *s);

#endif
