/* SPDX-License-Identifier: MIT
 *
 * top.h: the table of `etch top`: how often each event of a program fires.
 */
#ifndef ETCH_CLI_TOP_H
#define ETCH_CLI_TOP_H

#include <etch/read.h>
#include <stdint.h>

#include "cli/remote.h"
#include "sink/table.h"

struct top_row {
    size_t event;         /* its index in the program */
    uint64_t total, rate; /* since etch reads; per second, of the last interval */
    uint64_t before;      /* the total at the last interval */
};

struct top {
    struct remote *remote;
    struct top_row *rows; /* of all events, in the order of the screen */
    size_t n;
    size_t selected; /* the event of the cursor */
    uint64_t events, rate, before, dropped;
    struct etch_table by_decl; /* of the reader: which row, by event */
    uint64_t *totals;          /* by event */
};

/* 0 or -ENOMEM. */
int top_open(struct top *top, struct remote *remote);
void top_close(struct top *top);

/* Counts a record of the trace. 0 or -ENOMEM. */
int top_add(struct top *top, const struct etch_record *record);

/* Ends an interval of so many nanoseconds: rates, and the order by them. */
void top_interval(struct top *top, uint64_t ns);

/* Moves the cursor by lines. */
void top_move(struct top *top, long lines);

/* Prints at most `lines` rows of `columns`; `cursor` shows the selected one. */
void top_print(const struct top *top, size_t lines, size_t columns, bool cursor, FILE *out);

#endif
