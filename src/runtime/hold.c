/* SPDX-License-Identifier: MIT
 *
 * hold.c: the drain under policy overwrite. It sleeps; when it is asked to (a
 * flush, a trigger, the end) it takes the pool as it stands: it seals what
 * threads are filling, holds every sealed packet, so that no writer takes it,
 * writes, and frees. Between that it looks after threads that are gone.
 *
 * Reads:  packet states, cursors, what triggers ask for.
 * Writes: packet states, the policy in force.
 * Never:  reads a packet that it does not hold.
 */
#include <limits.h>

#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/sys.h"
#include "runtime/write.h"

#define SEAL_PATIENCE_NS  500000000u /* for a thread that is in the middle of an event */
#define EVENT_PATIENCE_NS 500000000u /* for a trigger's own event */
#define FIRST_PATIENCE_NS 50000000u  /* where it is the first of its thread */

static void pause_ns(struct drain *d, long ns)
{
    struct timespec time = {0, ns};
    sys_futex_wait(&d->s->state, d->s->state, &time);
}

/* ---- which policy ---- */

/* Whether a thread is where it may act by the policy that was. */
bool drain_turns_under_way(const struct drain *d)
{
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    drain_membarrier(d);
    for (uint32_t i = 0; i < used; i++)
        if (cursor_state(&d->s->cursors[i]) >= CURSOR_SLOW)
            return true;
    return false;
}

/* Makes the policy that is wanted the one in force. From before the first packet
 * can be overwritten until after the last, the drain reads only what it holds. */
void drain_adopt_policy(struct drain *d)
{
    uint32_t *policy = &d->pool->policy;
    uint32_t wanted = __atomic_load_n(&d->s->policy_wanted, __ATOMIC_ACQUIRE);
    if (wanted == ETCH_POLICY_OVERWRITE)
        d->holds = true;
    if (wanted == *policy)
        return;
    __atomic_store_n(policy, wanted, __ATOMIC_RELEASE);
    sys_futex_wake(policy, INT_MAX);
}

/* ---- the pool as it stands ---- */

/* Whether the packet that the slot's thread was filling at the start is still
 * open and has events. */
static bool still_open(const struct drain *d, uint32_t slot)
{
    const struct etch_pool_slot *sl = &pool_slots(d->pool)[slot];
    uint32_t packet = __atomic_load_n(&sl->packet, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&sl->next_seq, __ATOMIC_ACQUIRE) != d->streams[slot].turn_seq ||
        packet == 0 || packet > d->pool->packet_count ||
        __atomic_load_n(&pool_states(d->pool)[packet - 1], __ATOMIC_ACQUIRE) !=
            ETCH_PACKET_WORD(ETCH_PACKET_OPEN, slot))
        return false;
    return pool_packet(d->pool, packet - 1)->content_size > 8 * sizeof(struct etch_packet_header);
}

/* Sees to it that all that is committed now lies in sealed packets. A thread that
 * is in an event turns its packet with the next one, or is waited for; one that
 * stays there (it is stopped, or left by longjmp) keeps its packet. */
void drain_seal_open(struct drain *d)
{
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used; i++)
        d->streams[i].turn_seq =
            __atomic_load_n(&pool_slots(d->pool)[i].next_seq, __ATOMIC_ACQUIRE);
    uint64_t start = sys_clock_ns(CLOCK_MONOTONIC);
    for (;;) {
        bool open = false;
        drain_steal(d, true);
        for (uint32_t i = 0; i < used && !open; i++)
            open = still_open(d, i);
        if (!open || sys_clock_ns(CLOCK_MONOTONIC) - start > SEAL_PATIENCE_NS)
            return;
        pause_ns(d, 50000);
    }
}

/* Takes a sealed packet for reading: writers do not find it any more. */
bool drain_hold(struct drain *d, uint32_t index)
{
    uint32_t *state = &pool_states(d->pool)[index];
    uint32_t word = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    if (ETCH_PACKET_STATE(word) != ETCH_PACKET_SEALED)
        return false;
    uint32_t held = ETCH_PACKET_WORD(ETCH_PACKET_HELD, ETCH_PACKET_OWNER(word));
    return __atomic_compare_exchange_n(state, &word, held, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* What was held and could not be written is there to be overwritten again. */
void drain_let_go(struct drain *d)
{
    for (uint32_t i = 0; i < d->n_items; i++)
        if (d->items[i].index != UINT32_MAX)
            __atomic_store_n(&pool_states(d->pool)[d->items[i].index],
                             ETCH_PACKET_WORD(ETCH_PACKET_SEALED, d->items[i].slot),
                             __ATOMIC_RELEASE);
    d->n_items = 0;
}

/* After a dump streams go on behind what was overwritten: what was there when
 * open packets were sealed is written by now, or gone. */
void drain_skip_gone(struct drain *d)
{
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE), item = 0;
    for (uint32_t i = 0; i < used; i++) {
        struct stream *st = &d->streams[i];
        bool left = false;
        for (; item < d->n_items && d->items[item].slot == i; item++)
            left |= d->items[item].index != UINT32_MAX;
        uint64_t gone = st->turn_seq - (st->turn_seq != 0 && still_open(d, i));
        if (left)
            continue;
        if (gone > st->at.seq) {
            st->at.seq = gone;
            st->at.offset = 0;
        }
        if (gone > st->written.seq)
            st->written.seq = gone;
    }
}

/* ---- triggers ---- */

static bool trigger_recorded(const struct drain *d, uint64_t now)
{
    const struct session *s = d->s;
    const struct etch_cursor *c = __atomic_load_n(&s->trigger_cursor, __ATOMIC_RELAXED);
    uint64_t since = now - __atomic_load_n(&d->pool->trigger.fired_ns, __ATOMIC_ACQUIRE);
    if (c == NULL || c == &etch_cursor_none)
        return c == NULL || since > FIRST_PATIENCE_NS;
    return since > EVENT_PATIENCE_NS || __atomic_load_n(&c->pos, __ATOMIC_ACQUIRE) !=
                                            __atomic_load_n(&s->trigger_pos, __ATOMIC_RELAXED);
}

/* Whether a trigger that fired wants the pool to be written now; *from: from
 * which moment on. */
bool drain_trigger_due(struct drain *d, bool ending, uint64_t *from_ns)
{
    struct etch_trigger_state *t = &d->pool->trigger;
    uint64_t until = __atomic_load_n(&t->until_ns, __ATOMIC_ACQUIRE);
    uint64_t now = sys_clock_ns(CLOCK_MONOTONIC);
    d->due_ns = until;
    if (until == 0 || (!ending && (now < until || !trigger_recorded(d, now))))
        return false;
    /* In this order: one that fires meanwhile asks for a dump of its own. */
    __atomic_store_n(&t->until_ns, 0, __ATOMIC_SEQ_CST);
    *from_ns = __atomic_exchange_n(&t->from_ns, UINT64_MAX, __ATOMIC_SEQ_CST);
    if (*from_ns == UINT64_MAX)
        *from_ns = 0;
    d->due_ns = 0;
    return true;
}

bool drain_wrote_nothing(const struct drain *d)
{
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    bool wrote = d->file_offset != 0 || d->file != 0;
    for (uint32_t i = 0; i < used && !wrote; i++)
        wrote = d->streams[i].written.offset != 0;
    return !wrote;
}

/* Of a program that ended without that a trigger fired. */
void drain_remove_trace(struct drain *d)
{
    if ((d->outputs & ETCH_OUT_SIMPLE) && d->regular)
        sys_unlinkat(AT_FDCWD, d->pool->trace_path);
    if (d->outputs & ETCH_OUT_CTF) {
        sys_unlinkat(d->s->ctf_fd, "metadata");
        sys6(SYS_unlinkat, AT_FDCWD, SYS_PTR(d->pool->ctf_path), AT_REMOVEDIR, 0, 0, 0);
    }
}

/* ---- while it is overwritten ---- */

/* Packets of threads that are idle are theirs as long as there are others. */
bool drain_packets_scarce(const struct drain *d)
{
    const uint32_t *states = pool_states(d->pool);
    uint32_t ready = __atomic_load_n(&d->pool->packets_ready, __ATOMIC_ACQUIRE), open = 0;
    for (uint32_t i = 0; i < ready; i++)
        open +=
            ETCH_PACKET_STATE(__atomic_load_n(&states[i], __ATOMIC_RELAXED)) == ETCH_PACKET_OPEN;
    return open > ready / 2;
}
