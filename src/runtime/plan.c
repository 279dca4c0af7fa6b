/* SPDX-License-Identifier: MIT
 *
 * plan.c: how the payload of each event id lies in a packet, made once a group
 * from its note. Runs in the drain.
 */
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/sys.h"

#define PLANS_MAX (1u << 20)

static void plan_make(struct event_plan *plan, const char *kinds)
{
    *plan = (struct event_plan){.kinds = kinds, .words = 1};
    for (const char *k = kinds; *k != '\0'; k++) {
        size_t size = etch_kind_size(*k, sizeof(long), sizeof(void *));
        plan->n++;
        plan->fixed = (uint16_t)(plan->fixed + size);
        plan->strings = (uint16_t)(plan->strings + (*k == ETCH_KIND_STRING));
        if (size != sizeof(uint64_t) || *k == ETCH_KIND_DOUBLE)
            plan->words = 0;
    }
}

/* Room for `n` plans; address space is taken once, memory as it is used. */
static bool plans_reserve(struct drain *d, uint32_t n)
{
    if (d->plans == NULL) {
        d->plans = sys_mmap_anonymous(PLANS_MAX * sizeof(*d->plans));
        d->plans_capacity = d->plans == NULL ? 0 : PLANS_MAX;
    }
    return n <= d->plans_capacity;
}

/* A copy of the note, since its library may be unloaded. */
static const struct etch_note *note_copy(const struct etch_note *note)
{
    size_t size = etch_note_size(note);
    unsigned char *copy = sys_mmap_anonymous(size);
    if (copy == NULL)
        return note;
    for (size_t i = 0; i < size; i++)
        copy[i] = ((const unsigned char *)note)[i];
    return (const struct etch_note *)(const void *)copy;
}

/* Plans for the groups that registered since the last call. */
void drain_plans(struct drain *d)
{
    struct group_entry *g = d->planned == NULL
                                ? __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE)
                                : __atomic_load_n(&d->planned->next, __ATOMIC_ACQUIRE);
    for (; g != NULL; g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE)) {
        d->planned = g;
        /* Once: it stays when a session ends. */
        const struct etch_group *group = __atomic_load_n(&g->group, __ATOMIC_ACQUIRE);
        const struct etch_note *note =
            group != NULL && g->note == group->note ? note_copy(g->note) : g->note;
        __atomic_store_n(&g->note, note, __ATOMIC_RELEASE);
        if (!plans_reserve(d, g->first_id + g->n_events))
            continue;
        for (uint32_t i = 0; i < g->n_events; i++)
            plan_make(&d->plans[g->first_id + i],
                      etch_note_text(note) + etch_note_events(note)[i].kinds);
        d->n_plans = g->first_id + g->n_events;
    }
}

/* The bytes of a payload that starts at p; SIZE_MAX if it does not end. */
size_t event_payload_size(const struct event_plan *plan, const unsigned char *p,
                          const unsigned char *end)
{
    if (plan->strings == 0)
        return plan->fixed;
    const unsigned char *at = p;
    for (const char *k = plan->kinds; *k != '\0'; k++) {
        if (*k != ETCH_KIND_STRING) {
            at += etch_kind_size(*k, sizeof(long), sizeof(void *));
            continue;
        }
        while (at < end && *at != '\0')
            at++;
        if (at >= end)
            return SIZE_MAX;
        at++;
    }
    return (size_t)(at - p);
}

/* The mean size of the events of a packet of this round, header included, or 0. */
uint64_t drain_event_size(const struct drain *d)
{
    for (uint32_t i = 0; i < d->n_items; i++) {
        const struct etch_packet_header *h = pool_packet(d->pool, d->items[i].index);
        const unsigned char *start = (const unsigned char *)(h + 1), *p = start;
        struct stream st = {.end = (const unsigned char *)h + d->items[i].content,
                            .at.clock = h->timestamp_begin};
        uint64_t n = 0;
        for (; stream_event_at(&st, p); n++) {
            const struct event_plan *plan = st.id < d->n_plans ? &d->plans[st.id] : NULL;
            size_t size = plan == NULL || plan->kinds == NULL
                              ? SIZE_MAX
                              : event_payload_size(plan, st.payload, st.end);
            if (size > (size_t)(st.end - st.payload))
                break;
            p = st.payload + size;
            st.at.clock = st.stamp;
        }
        if (n != 0)
            return (uint64_t)(p - start) / n;
    }
    return 0;
}
