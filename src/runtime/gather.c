/* SPDX-License-Identifier: MIT
 *
 * gather.c: the drain's view of the pool: which packets there are, and up to
 * what moment every stream is complete. streams.c reads them.
 *
 * Reads:  packet states, packets, cursors.
 * Writes: packet states (seals what idle or dead threads hold, frees what is
 *         consumed), slots of dead threads.
 * Never:  waits for a traced thread.
 */
#include "runtime/clock.h"
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/sys.h"
#include "runtime/write.h"

#define MEMBARRIER_PRIVATE_EXPEDITED 8
/* A processor may read its clock some instructions before the store that stands
 * in front of it is seen. */
#define EARLY_TICKS 256u
/* How long an event that is being stored may hold up those behind it: its thread
 * may be preempted, or have left it by longjmp. Half of what writers wait under
 * policy block. */
#define PATIENCE_NS       500000000u
#define PATIENCE_SHORT_NS 10000000u

/* After it, every store that a thread made before its latest load is visible
 * here, and every later load of it sees what we stored before: the other half
 * of the fast path's compiler fences. */
void drain_membarrier(const struct drain *d)
{
    if (d->s->membarrier)
        sys6(SYS_membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* The clock, read before every load that follows. */
static uint64_t clock_before(uint32_t clock)
{
    uint64_t now = etch_clock_now(clock);
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
    return now;
}

/* Seals a slot's packet, 1 + index, whose thread is not in an event and will not
 * find it again. */
static void seal_for(struct drain *d, uint32_t slot, uint32_t packet)
{
    /* Before the look at the state: not later than the begin of the packet that
     * the thread takes if it seals this one itself meanwhile. */
    uint64_t now = clock_before(d->pool->clock);
    struct etch_pool_slot *sl = &pool_slots(d->pool)[slot];
    if (packet == 0 || packet > d->pool->packet_count)
        return;
    uint32_t *state = &pool_states(d->pool)[packet - 1];
    uint32_t open = ETCH_PACKET_WORD(ETCH_PACKET_OPEN, slot);
    struct etch_packet_header *h = pool_packet(d->pool, packet - 1);
    if (__atomic_load_n(state, __ATOMIC_ACQUIRE) != open)
        return;
    h->events_discarded = __atomic_load_n(&sl->discarded, __ATOMIC_RELAXED);
    h->timestamp_end = now;
    h->packet_size = (uint64_t)d->pool->packet_size * 8;
    if (__atomic_compare_exchange_n(state, &open, ETCH_PACKET_WORD(ETCH_PACKET_SEALED, slot), false,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        __atomic_add_fetch(&d->pool->sealed, 1, __ATOMIC_RELAXED);
}

/* Whether the slot's thread still has the packet that was revoked, and is between
 * events: it turns that one, if it does not find it sealed, with the next. Asked
 * of the packet that it had before: by the time of the seal it may have another,
 * which is not revoked. */
static bool is_revoked(const struct drain *d, uint32_t slot, uint32_t packet)
{
    const struct etch_pool_slot *sl = &pool_slots(d->pool)[slot];
    const struct etch_cursor *c = &d->s->cursors[slot];
    return __atomic_load_n(&sl->state, __ATOMIC_ACQUIRE) == ETCH_SLOT_LIVE &&
           __atomic_load_n(&sl->packet, __ATOMIC_ACQUIRE) == packet &&
           cursor_state(c) == CURSOR_IDLE &&
           __atomic_load_n(&c->end, __ATOMIC_RELAXED) == (unsigned char *)END_REVOKED;
}

/* Takes back the packets of threads that are between events: few packets are
 * left and many threads hold one. With `all` those that are in an event turn
 * theirs with the next one. */
void drain_steal(struct drain *d, bool all)
{
    struct etch_cursor *cursors = d->s->cursors;
    uint32_t *revoked = d->s->revoked;
    struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    /* Without a raw clock every event takes the slow path, which has the fence. */
    if (!d->s->membarrier && d->pool->clock == ETCH_CLOCK_RAW)
        return;
    for (uint32_t i = 0; i < used; i++) {
        unsigned busy = cursor_state(&cursors[i]);
        if (__atomic_load_n(&slots[i].state, __ATOMIC_ACQUIRE) != ETCH_SLOT_LIVE ||
            (busy != CURSOR_IDLE && !(all && busy == CURSOR_STORING)))
            continue;
        __atomic_store_n(&revoked[i], __atomic_load_n(&slots[i].packet, __ATOMIC_ACQUIRE),
                         __ATOMIC_RELAXED);
        __atomic_store_n(&cursors[i].end, (unsigned char *)END_REVOKED, __ATOMIC_RELEASE);
    }
    drain_membarrier(d);
    for (uint32_t i = 0; i < used; i++) {
        if (revoked[i] == 0)
            continue;
        if (is_revoked(d, i, revoked[i]))
            seal_for(d, i, revoked[i]);
        __atomic_store_n(&revoked[i], 0, __ATOMIC_RELEASE);
    }
}

/* Whether every output has all packets of the slot. */
static bool all_taken(const struct drain *d, uint32_t slot)
{
    const struct stream *st = &d->streams[slot];
    uint64_t next = pool_slots(d->pool)[slot].next_seq;
    uint32_t outputs = slot_outputs(d->pool, slot);
    return (!(outputs & ETCH_OUT_SIMPLE) || (st->at.offset == 0 && st->at.seq == next)) &&
           (!(outputs & ETCH_OUT_CTF) || st->written.seq == next);
}

/* Slots of threads that are gone: their packets are sealed, and once all is
 * consumed the slot is free again. */
void drain_reap(struct drain *d)
{
    struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used; i++) {
        if (__atomic_load_n(&slots[i].state, __ATOMIC_ACQUIRE) != ETCH_SLOT_LIVE)
            continue;
        uint32_t tid = __atomic_load_n(&slots[i].tid, __ATOMIC_ACQUIRE);
        if (tid != 0 && sys_tgkill0((int)d->s->pid, (int)tid) != -ESRCH)
            continue;
        etch_packets_settle(d->pool, i);
        seal_for(d, i, __atomic_load_n(&slots[i].packet, __ATOMIC_ACQUIRE));
        /* Where packets are overwritten nobody reads them for long, and their
         * headers tell of which thread they are. */
        if (d->holds || all_taken(d, i))
            __atomic_store_n(&slots[i].state, ETCH_SLOT_FREE, __ATOMIC_RELEASE);
    }
}

/* The moment up to which every stream is complete: now, unless a thread is in
 * the middle of an event; that event's clock is not before its cursor's. */
static uint64_t watermark(struct drain *d)
{
    uint64_t mark = etch_clock_now(d->pool->clock) - EARLY_TICKS;
    drain_membarrier(d);
    struct etch_cursor *cursors = d->s->cursors;
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used; i++) {
        struct stream *st = &d->streams[i];
        unsigned spin = 0;
        if (!(slot_outputs(d->pool, i) & ETCH_OUT_SIMPLE))
            continue; /* a thread is always in the middle of a frame */
        while (cursor_state(&cursors[i]) == CURSOR_STORING && ++spin < 200)
            __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (spin < 200) {
            st->stuck_since = 0;
            continue;
        }
        uint64_t last = __atomic_load_n(&cursors[i].last, __ATOMIC_ACQUIRE);
        uint64_t now = sys_clock_ns(CLOCK_MONOTONIC); /* the round's own is not taken yet */
        if (st->stuck_since == 0 || st->stuck_last != last) {
            st->stuck_since = now;
            st->stuck_last = last;
        }
        /* It left the event by longjmp, or is stopped: do not wait for ever. */
        if (now - st->stuck_since < d->patience_ns && last < mark) {
            mark = last;
            d->limited = true;
        }
    }
    return mark;
}

static bool item_before(const struct item *a, const struct item *b)
{
    return a->slot != b->slot ? a->slot < b->slot : a->seq < b->seq;
}

static void sort_items(struct item *v, uint32_t n)
{
    for (uint32_t gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (uint32_t i = gap; i < n; i++) {
            struct item x = v[i];
            uint32_t k = i;
            for (; k >= gap && item_before(&x, &v[k - gap]); k -= gap)
                v[k] = v[k - gap];
            v[k] = x;
        }
}

/* All packets that somebody owns, or, where they are overwritten, all that are
 * sealed and now held, by slot and sequence. The newest is held first: writers
 * take the oldest meanwhile. */
static void list_packets(struct drain *d, bool hold)
{
    uint32_t *states = pool_states(d->pool);
    uint32_t n = 0;
    uint32_t ready = __atomic_load_n(&d->pool->packets_ready, __ATOMIC_ACQUIRE);
    uint32_t i = __atomic_load_n(&d->pool->packet_hint, __ATOMIC_RELAXED) % ready;
    for (uint32_t left = ready; left > 0; left--) {
        i = (i == 0 ? ready : i) - 1;
        if (hold && !drain_hold(d, i))
            continue;
        uint32_t word = __atomic_load_n(&states[i], __ATOMIC_ACQUIRE);
        if (ETCH_PACKET_STATE(word) == ETCH_PACKET_FREE || ETCH_PACKET_OWNER(word) >= SLOTS)
            continue;
        struct etch_packet_header *h = pool_packet(d->pool, i);
        if (__atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE) == 0 ||
            h->stream_instance_id != ETCH_PACKET_OWNER(word))
            continue; /* taken this moment, not ours to look at yet */
        struct item *item = &d->items[n++];
        item->slot = ETCH_PACKET_OWNER(word);
        item->index = i;
        item->seq = h->packet_seq_num;
    }
    d->free_packets = d->pool->packet_count - n;
    d->n_items = n;
    sort_items(d->items, n);
    /* Later packets first: where one exists, all before it are complete. */
    for (uint32_t k = n; k-- > 0;) {
        struct etch_packet_header *h = pool_packet(d->pool, d->items[k].index);
        uint64_t content = __atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE) / 8;
        if (content < sizeof(*h) || content > d->pool->packet_size)
            content = sizeof(*h); /* scribbled over by the program */
        d->items[k].content = content;
    }
}

/* The moment up to which the list is complete: a thread may have taken a packet
 * whose place the scan had passed; its events are not before the end of what
 * the list has of that stream. */
static uint64_t list_watermark(const struct drain *d)
{
    const struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    uint64_t mark = UINT64_MAX;
    uint32_t item = 0;
    for (uint32_t i = 0; i < used; i++) {
        const struct stream *st = &d->streams[i];
        uint64_t next = st->at.seq + (st->at.offset != 0);
        uint64_t seen = st->at.clock;
        for (; item < d->n_items && d->items[item].slot == i; item++) {
            next = d->items[item].seq + 1;
            seen = pool_packet(d->pool, d->items[item].index)->timestamp_begin;
        }
        if (__atomic_load_n(&slots[i].next_seq, __ATOMIC_ACQUIRE) > next && seen < mark &&
            (slot_outputs(d->pool, i) & ETCH_OUT_SIMPLE))
            mark = seen;
    }
    return mark;
}

/* The packets that may be overwritten: of those that are held nothing is to
 * come, and they are complete. */
static void collect_held(struct drain *d)
{
    list_packets(d, true);
    __atomic_store_n(&d->s->frozen, 0, __ATOMIC_RELAXED);
    d->limited = false;
    d->watermark = etch_clock_now(d->pool->clock);
}

void drain_collect(struct drain *d, bool scarce)
{
    /* Of a few threads that fill packet after packet it takes none: theirs would
     * be written half empty. */
    if (scarce && drain_packets_scarce(d))
        drain_steal(d, false);
    if (d->holds) {
        collect_held(d);
        return;
    }
    d->limited = false;
    if (!(d->outputs & ETCH_OUT_SIMPLE)) {
        list_packets(d, false); /* each stream is a file: nothing is merged */
        d->watermark = etch_clock_now(d->pool->clock);
        return;
    }
    /* Order is worth waiting for; where events are lost meanwhile, not long. */
    bool drops = __atomic_load_n(&d->pool->policy, __ATOMIC_RELAXED) == ETCH_POLICY_DROP;
    d->patience_ns = scarce && drops ? PATIENCE_SHORT_NS : PATIENCE_NS;
    d->watermark = watermark(d);
    uint64_t complete;
    unsigned tries = 0;
    do {
        list_packets(d, false);
        complete = list_watermark(d);
    } while (complete < d->watermark && ++tries < 4);
    /* Not for ever: the thread that is about to use it may be stopped. */
    if (complete != d->held) {
        d->held = complete;
        d->held_since = d->now.monotonic_ns;
    }
    if (complete < d->watermark && d->now.monotonic_ns - d->held_since < d->patience_ns) {
        d->watermark = complete;
        d->limited = true;
    }
}

/* After a write that failed: back to the last checkpoint. */
void drain_rewind(struct drain *d)
{
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used; i++)
        d->streams[i].at = d->streams[i].kept;
    d->heap_size = 0;
}

/* Whether every output has all of it that the list knows. */
static bool item_taken(const struct drain *d, const struct item *it)
{
    const struct stream *st = &d->streams[it->slot];
    bool read = it->seq < st->at.seq || (it->seq == st->at.seq && st->at.offset >= it->content);
    uint32_t outputs = slot_outputs(d->pool, it->slot);
    return (read || !(outputs & ETCH_OUT_SIMPLE)) &&
           (it->seq < st->written.seq || !(outputs & ETCH_OUT_CTF));
}

/* Where writers look for a free packet next: when all are read, at the lowest
 * again, so that the memory in use stays small. While packets wait they go round:
 * to store into what another processor has just read costs twice as much. A ring
 * that is overwritten always goes round. */
static void reuse_from(struct drain *d, uint32_t sealed, uint32_t lowest)
{
    if (!d->holds && sealed == 0 &&
        lowest < __atomic_load_n(&d->pool->packet_hint, __ATOMIC_RELAXED))
        __atomic_store_n(&d->pool->packet_hint, lowest, __ATOMIC_RELAXED);
}

/* Frees the packets that are sealed and consumed, after the checkpoint that
 * says so. Returns how many. */
uint32_t drain_free(struct drain *d)
{
    uint32_t n = 0, lowest = UINT32_MAX;
    for (uint32_t i = 0; i < d->n_items; i++) {
        struct item *it = &d->items[i];
        struct stream *st = &d->streams[it->slot];
        if (it->index == UINT32_MAX || !item_taken(d, it))
            continue;
        bool simple = slot_outputs(d->pool, it->slot) & ETCH_OUT_SIMPLE;
        uint32_t *state = &pool_states(d->pool)[it->index];
        struct etch_packet_header *h = pool_packet(d->pool, it->index);
        uint32_t sealed = d->holds ? ETCH_PACKET_HELD : ETCH_PACKET_SEALED;
        if (__atomic_load_n(state, __ATOMIC_ACQUIRE) != ETCH_PACKET_WORD(sealed, it->slot) ||
            (simple && __atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE) / 8 != it->content))
            continue;
        if (simple && it->seq == st->at.seq) {
            st->at.seq = it->seq + 1;
            st->at.offset = 0;
            st->kept = st->at; /* there is no way back to a packet that is gone */
        }
        if (it->index < lowest)
            lowest = it->index;
        it->index = UINT32_MAX;
        /* 0 first: whoever finds the packet taken but not yet made reads nothing. */
        __atomic_store_n(&h->content_size, 0, __ATOMIC_RELEASE);
        __atomic_store_n(state, ETCH_PACKET_FREE, __ATOMIC_RELEASE);
        n++;
    }
    if (n != 0)
        reuse_from(d, __atomic_sub_fetch(&d->pool->sealed, n, __ATOMIC_RELAXED), lowest);
    return n;
}

/* Whether the pool holds events that are not consumed. */
bool drain_left(struct drain *d)
{
    list_packets(d, false);
    for (uint32_t i = 0; i < d->n_items; i++) {
        const struct item *it = &d->items[i];
        if (it->content > sizeof(struct etch_packet_header) && !item_taken(d, it))
            return true;
    }
    return false;
}
