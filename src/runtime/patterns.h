/* SPDX-License-Identifier: MIT
 *
 * patterns.h: which events are on (patterns.c).
 */
#ifndef ETCH_RUNTIME_PATTERNS_H
#define ETCH_RUNTIME_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

struct group_entry;

/* Who gave a pattern, for messages. */
struct origin {
    const char *what; /* "--trace X", or the name of an events file */
    unsigned line;    /* of that file, or 0 */
    bool later;       /* of ETCH_TRACE: groups are still to come, warn at the end */
};

/* Remembers a pattern ("-" in front: off; behind it "if EXPR", "limit N/s") for all
 * groups, later ones too, and applies it; warns of one that matches nothing. 0, or
 * -EINVAL, said. The registry lock is held. */
int etch_pattern_add(const char *pattern, size_t length, const struct origin *origin);
/* Applies what was remembered to a new group. */
void etch_patterns_apply(struct group_entry *g);
/* At exit: warns of patterns of ETCH_TRACE that never matched. */
void etch_patterns_warn(void);
/* The patterns of a file, one a line. 0 or -errno; -EINVAL: said. */
int etch_patterns_read(const char *path, bool later);

#endif
