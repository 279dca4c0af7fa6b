/* SPDX-License-Identifier: MIT
 *
 * judge.h: what a trace holds of the worker's events, and whether it is what the
 * worker's marks say.
 */
#ifndef PROOF_JUDGE_H
#define PROOF_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared.h"

struct found {
    uint8_t times[PROOF_EVENTS], kind[PROOF_EVENTS];
    uint64_t lost;   /* events that the trace says are missing */
    char wrong[512]; /* what is not as it was fired, or cannot be read; "" */
};

/* Reads a pool or a trace with libetch-read. */
void judge_read(struct found *found, const char *path, const char *const *exes);

/* Takes the lines of `etch print`. */
void judge_lines(struct found *found, char *lines);

/* Compares with the marks: every event whose call has returned is there once or
 * is counted as lost, one in flight may be, no other is. Under policy overwrite
 * those that are missing come before all that are there. False: `wrong` says
 * what. */
bool judge_right(struct found *found, const struct proof_shared *shared);

#endif
