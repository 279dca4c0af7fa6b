/* SPDX-License-Identifier: MIT
 *
 * flow.h: which way the guest went: its calls as a tree, its paths by how often.
 */
#ifndef ETCH_GUEST_INSN_FLOW_H
#define ETCH_GUEST_INSN_FLOW_H

#include "line.h"

struct call_node;
struct flow {
    struct call_node *root;
    bool failed;
};

/* Takes a run into the tree of calls. */
bool flow_run(struct flow *flow, const struct run *run);
void flow_print(struct flow *flow, struct symbols *symbols, struct out *out, unsigned depth);
void flow_free(struct flow *flow, struct walk *walk);

/* The paths of the dictionaries, those with the most instructions first. */
void hot_print(const struct walk *walk, struct out *out, unsigned top);

#endif
