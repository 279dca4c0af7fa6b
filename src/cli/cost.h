/* SPDX-License-Identifier: MIT
 *
 * cost.h: what an event costs here with a backend: etch-cost-BACKEND measures it.
 */
#ifndef ETCH_CLI_COST_H
#define ETCH_CLI_COST_H

struct cost {
    double off, on; /* ns; below 0: not measured */
    char why[160];  /* why not */
};

/* Runs etch-cost-BACKEND. */
void cost_measure(struct cost *cost, const char *backend);

/* ---- of etch-cost-dtrace ---- */

/* Counts the event's probe in this process by a uprobe of the kernel. 0 or -errno. */
int cost_probe(const char *event);

#endif
