/* SPDX-License-Identifier: MIT
 *
 * flow.c: see flow.h. A call is a jump that keeps its return address in ra or t0; its
 * end is that the guest is at that address again, in whatever way: so longjmp and
 * tail calls do not confuse it.
 *
 * Reads:  runs.
 * Writes: the tree.
 */
#include "flow.h"

#include <stdlib.h>

#define DEPTH_MAX 4096u

struct call_node {
    struct call_node *child, *next;
    uint64_t pc, calls, insns; /* without those of its calls */
};

/* Where a thread is. */
struct position {
    bool calls; /* its last instruction was a call, which returns to `back` */
    bool jumps; /* it was a jump by a register */
    uint64_t back;
    unsigned depth;
    struct {
        struct call_node *node;
        uint64_t back;
    } stack[DEPTH_MAX];
};

static struct call_node *child_of(struct flow *flow, struct call_node *parent, uint64_t pc)
{
    struct call_node **at = &parent->child;
    for (; *at != NULL; at = &(*at)->next)
        if ((*at)->pc == pc) { /* the last one called comes first */
            struct call_node *found = *at;
            *at = found->next;
            found->next = parent->child;
            return parent->child = found;
        }
    struct call_node *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        flow->failed = true;
        return parent;
    }
    made->pc = pc;
    made->next = parent->child;
    return parent->child = made;
}

static struct position *position_of(struct flow *flow, struct thread *t)
{
    struct position *p = t->more;
    if (p != NULL)
        return p;
    if (flow->root == NULL)
        flow->root = calloc(1, sizeof(*flow->root));
    p = t->more = calloc(1, sizeof(*p));
    if (p == NULL || flow->root == NULL) {
        flow->failed = true;
        return NULL;
    }
    p->stack[0].node = flow->root;
    p->calls = true; /* the thread's first instruction is the begin of something */
    return p;
}

/* The guest is at pc, behind what may have been a call or its end. */
static void arrive(struct flow *flow, struct position *p, uint64_t pc)
{
    if (p->calls) {
        struct call_node *node = child_of(flow, p->stack[p->depth].node, pc);
        node->calls++;
        if (p->depth + 1 < DEPTH_MAX) {
            p->depth++;
            p->stack[p->depth].node = node;
            p->stack[p->depth].back = p->back;
        }
    } else if (p->jumps) {
        for (unsigned d = p->depth; d > 0; d--)
            if (p->stack[d].back == pc) {
                p->depth = d - 1;
                break;
            }
    }
    p->calls = p->jumps = false;
}

bool flow_run(struct flow *flow, const struct run *run)
{
    struct position *p = position_of(flow, run->thread);
    if (p == NULL)
        return false;
    for (unsigned i = 0; i < run->count; i++) {
        const struct frame_insn *fi = &run->path->insn[i];
        if (p->calls || p->jumps)
            arrive(flow, p, fi->pc);
        p->stack[p->depth].node->insns++;
        if (fi->insn.op == OP_JAL || fi->insn.op == OP_JALR) {
            p->calls = fi->insn.rd == 1 || fi->insn.rd == 5;
            p->jumps = !p->calls && fi->insn.op == OP_JALR;
            p->back = fi->pc + fi->insn.length;
        }
    }
    return !flow->failed;
}

static uint64_t insns_within(const struct call_node *node)
{
    uint64_t n = node->insns;
    for (const struct call_node *c = node->child; c != NULL; c = c->next)
        n += insns_within(c);
    return n;
}

/* The most expensive first. */
static void sort_children(struct call_node *node)
{
    struct call_node *sorted = NULL;
    while (node->child != NULL) {
        struct call_node *c = node->child, **at = &sorted;
        node->child = c->next;
        uint64_t n = insns_within(c);
        while (*at != NULL && insns_within(*at) >= n)
            at = &(*at)->next;
        c->next = *at;
        *at = c;
    }
    node->child = sorted;
}

static void print_node(struct call_node *node, struct symbols *symbols, struct out *out,
                       unsigned level, unsigned depth)
{
    for (struct call_node *c = node->child; c != NULL; c = c->next) {
        char *p = out_room(out), *begin = p;
        p = put_number(p, insns_within(c));
        while (p - begin < 14)
            *p++ = ' ';
        p = put_number(p, c->calls);
        do
            *p++ = ' ';
        while (p - begin < 26);
        for (unsigned i = 0; i < level && i < 100; i++)
            p = put_text(p, "  ");
        p = put_place(p, symbols, c->pc);
        *p++ = '\n';
        out_done(out, p);
        sort_children(c);
        if (level + 1 < depth)
            print_node(c, symbols, out, level + 1, depth);
    }
}

void flow_print(struct flow *flow, struct symbols *symbols, struct out *out, unsigned depth)
{
    out_done(out, put_text(out_room(out), "INSTRUCTIONS  CALLS       FUNCTION\n"));
    if (flow->root == NULL)
        return;
    sort_children(flow->root);
    print_node(flow->root, symbols, out, 0, depth);
}

static void node_free(struct call_node *node)
{
    while (node != NULL) {
        struct call_node *next = node->next;
        node_free(node->child);
        free(node);
        node = next;
    }
}

void flow_free(struct flow *flow, struct walk *walk)
{
    node_free(flow->root);
    for (size_t i = 0; i < walk->n_threads; i++)
        free(walk->thread[i]->more);
}

/* ---- paths ---- */

static int compare(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    if (x->insns != y->insns)
        return x->insns > y->insns ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

void hot_print(const struct walk *walk, struct out *out, unsigned top)
{
    size_t n = 0, most = 0;
    for (size_t k = 0; k < walk->n_dicts; k++)
        most += walk->dict[k].n;
    struct entry **v = calloc(most + 1, sizeof(struct entry *));
    for (size_t k = 0; v != NULL && k < walk->n_dicts; k++)
        for (size_t i = 0; i < walk->dict[k].n; i++)
            if (walk->dict[k].v[i] != NULL && walk->dict[k].v[i]->runs != 0)
                v[n++] = walk->dict[k].v[i];
    if (n != 0)
        qsort(v, n, sizeof(struct entry *), compare);
    out_done(out, put_text(out_room(out), "INSTRUCTIONS  RUNS          LENGTH  AT\n"));
    for (size_t i = 0; i < n && i < top; i++) {
        char *p = out_room(out);
        p += sprintf(p, "%-13lu %-13lu %-7u ", v[i]->insns, v[i]->runs, v[i]->stored->count);
        p = put_place(p, walk->symbols, v[i]->stored->insn[0].pc);
        *p++ = '\n';
        out_done(out, p);
    }
    free(v);
}
