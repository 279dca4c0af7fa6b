/* SPDX-License-Identifier: MIT
 *
 * write.c: the slow paths of an event: a thread's first, a packet's turn, the
 * extended header, a nested event, overflow. The fast path is inline in
 * etch/event.h.
 *
 * Reads:  the clock, the session.
 * Writes: the thread's packet; the counts of discarded events.
 * Never:  allocates. Waits only under policy block, for a second at most, and for
 *         10 ms where there are more threads than packets to overwrite.
 */
#include "format/kind.h"
#include "format/note.h"
#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/sys.h"
#include "runtime/write.h"

/* How long an event waits for a packet: under policy block, and where every packet of
 * a ring that is overwritten is some thread's own. */
#define BLOCK_NS     1000000000
#define OVERWRITE_NS 10000000
#define TICK_NS      100000000

/* The cursor of a thread that has none: always busy, so that the fast path
 * leaves it at its first test and never stores to it. */
struct etch_cursor etch_cursor_none = {.busy = CURSOR_STORING, .slot = UINT32_MAX};

__thread struct etch_cursor *etch_thread_cursor
    __attribute__((tls_model("initial-exec"), visibility("default"))) = &etch_cursor_none;

/* For code in shared libraries, where the address of the thread's pointer
 * cannot be a constant. */
__attribute__((visibility("default"))) struct etch_cursor *etch_cursor_of_thread(void);
struct etch_cursor *etch_cursor_of_thread(void)
{
    return etch_thread_cursor;
}

/* A cursor is attached while its slot is its own: index + 1, wiped by fork. */
bool etch_cursor_attached(const struct etch_cursor *c)
{
    return c->attached != 0;
}

struct etch_cursor *etch_cursor_attach(struct session *s, uint32_t level)
{
    uint32_t tid = (uint32_t)sys_gettid();
    int slot = etch_slot_take(s->pool, tid, level);
    while (slot < 0 && etch_pool_grow_slots(s))
        slot = etch_slot_take(s->pool, tid, level);
    if (slot < 0) {
        __atomic_add_fetch(&s->pool->discarded, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    struct etch_cursor *c = &s->cursors[slot];
    /* Behind the last event of the slot's former thread. */
    (void)__atomic_load_n(&c->busy, __ATOMIC_ACQUIRE);
    *c = (struct etch_cursor){.level = level, .slot = (uint32_t)slot, .attached = 1};
    return c;
}

/* Whose event it is stays, how it stands changes. */
void etch_cursor_mark(struct etch_cursor *c, unsigned state, int order)
{
    uintptr_t busy = (c->busy & ~(uintptr_t)3) | state;
    if (order == __ATOMIC_SEQ_CST)
        __atomic_store_n(&c->busy, busy, __ATOMIC_SEQ_CST);
    else
        __atomic_store_n(&c->busy, busy, __ATOMIC_RELAXED);
}

static void cursor_own(struct etch_cursor *c, uintptr_t frame)
{
    __atomic_store_n(&c->busy, frame, __ATOMIC_RELAXED);
    etch_cursor_mark(c, CURSOR_SLOW, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* The thread's own cursor, made if need be; busy on return. */
static struct etch_cursor *thread_attach(struct session *s, uintptr_t frame)
{
    /* An event of a handler in between would attach too. */
    sys_sigset signals = sys_block_signals();
    struct etch_cursor *c = etch_thread_cursor;
    if (c == &etch_cursor_none || !etch_cursor_attached(c)) {
        c = etch_cursor_attach(s, 0);
        if (c != NULL) {
            cursor_own(c, frame);
            etch_thread_cursor = c;
        }
    } else if (c->busy == CURSOR_IDLE) {
        cursor_own(c, frame);
    } else {
        c = NULL;
    }
    sys_restore_signals(signals);
    return c;
}

void etch_discard(struct session *s, const struct etch_cursor *c)
{
    __atomic_add_fetch(&pool_slots(s->pool)[c->slot].discarded, 1, __ATOMIC_RELAXED);
}

/* Waits until a packet is to be had: under policy block one that is free; under
 * overwrite one that its idle or dead thread need not keep, of which the drain takes
 * care. False when that was in vain for so long, or where waiting makes no sense. */
static bool wait_for_packet(struct session *s, struct etch_cursor *c, uint64_t patience_ns)
{
    struct etch_pool_header *pool = s->pool;
    uint64_t deadline = 0;
    for (;;) {
        if (s->drain_tid == 0 || __atomic_load_n(&s->stalled, __ATOMIC_RELAXED) ||
            __atomic_load_n(&s->exiting, __ATOMIC_RELAXED))
            return false;
        uint32_t frees = __atomic_load_n(&pool->free_futex, __ATOMIC_ACQUIRE);
        __atomic_add_fetch(&pool->free_waiters, 1, __ATOMIC_SEQ_CST);
        etch_cursor_mark(c, CURSOR_WAITING, __ATOMIC_RELAXED);
        bool got = etch_packet_take(s, c) == 0;
        if (!got) {
            uint64_t now = sys_clock_ns(CLOCK_MONOTONIC);
            if (deadline == 0)
                deadline = now + patience_ns;
            if (now >= deadline)
                __atomic_store_n(&s->stalled, 1, __ATOMIC_RELAXED);
            etch_drain_wake(pool);
            struct timespec tick = {0, patience_ns < TICK_NS ? (long)patience_ns : TICK_NS};
            sys_futex_wait(&pool->free_futex, frees, &tick);
        }
        etch_cursor_mark(c, CURSOR_SLOW, __ATOMIC_RELAXED);
        __atomic_sub_fetch(&pool->free_waiters, 1, __ATOMIC_SEQ_CST);
        if (got)
            return true;
    }
}

bool etch_packet_turn(struct session *s, struct etch_cursor *c)
{
    uint32_t policy = __atomic_load_n(&s->pool->policy, __ATOMIC_RELAXED);
    uint32_t frees = __atomic_load_n(&s->pool->free_futex, __ATOMIC_ACQUIRE);
    if (c->packet != NULL)
        etch_packet_seal(s, c);
    if (policy == ETCH_POLICY_DROP && __atomic_load_n(&s->full_at, __ATOMIC_RELAXED) == frees + 1) {
        etch_drain_wake(s->pool);
        return false;
    }
    do {
        if (etch_packet_take(s, c) == 0)
            return true;
    } while (etch_pool_grow_packets(s));
    /* The pool may have learned just now that it cannot grow. */
    if (policy == ETCH_POLICY_OVERWRITE && etch_packet_take(s, c) == 0)
        return true;
    etch_drain_wake(s->pool);
    if (policy == ETCH_POLICY_DROP) {
        __atomic_store_n(&s->full_at, frees + 1, __ATOMIC_RELAXED);
        return false;
    }
    return wait_for_packet(s, c, policy == ETCH_POLICY_BLOCK ? BLOCK_NS : OVERWRITE_NS);
}

/* Opens an event on an attached cursor that is ours (busy). */
static unsigned char *event_open(struct session *s, struct etch_cursor *c, uint32_t id, size_t size,
                                 bool notime)
{
    /* What the drain sees: no clock was read yet that counts. Where every event
     * comes here the drain may take a packet back without a membarrier. */
    etch_cursor_mark(c, CURSOR_SLOW,
                     s->pool->clock == ETCH_CLOCK_RAW ? __ATOMIC_RELAXED : __ATOMIC_SEQ_CST);
    uintptr_t end = (uintptr_t)__atomic_load_n(&c->end, __ATOMIC_SEQ_CST);
    if (c->packet == NULL || end == END_REVOKED ||
        (uintptr_t)c->pos + size + ETCH_HEADER_EXTENDED > (uintptr_t)c->limit) {
        if (size + ETCH_HEADER_EXTENDED + sizeof(struct etch_packet_header) >
                s->pool->packet_size ||
            !etch_packet_turn(s, c)) {
            etch_discard(s, c);
            __atomic_store_n(&c->busy, CURSOR_IDLE, __ATOMIC_RELEASE);
            return NULL;
        }
    }
    etch_cursor_mark(c, CURSOR_STORING, __ATOMIC_SEQ_CST);
    uint64_t now = notime ? c->last : cursor_clock(s->pool, c);
    uint64_t since = now - c->last;
    c->last = now;
    unsigned char *p = c->pos;
    bool whole = c->attached == 2; /* the clock, after an event that was left */
    c->attached = 1;
    if (id < ETCH_ID_EXTENDED && since >> ETCH_CLOCK_BITS == 0 && !whole) {
        uint32_t header = (uint32_t)(now << ETCH_ID_BITS) | id;
        __builtin_memcpy(p, &header, sizeof(header));
        return p + ETCH_HEADER_COMPACT;
    }
    uint32_t header[2] = {ETCH_ID_EXTENDED, id};
    __builtin_memcpy(p, header, sizeof(header));
    __builtin_memcpy(p + sizeof(header), &now, sizeof(now));
    return p + ETCH_HEADER_EXTENDED;
}

/* Takes the cursor of an event that was left by longjmp, if it was. What that
 * event stored is not committed, and stored over. */
static bool cursor_take_over(struct session *s, struct etch_cursor *c, uintptr_t frame)
{
    if (!etch_frame_is_gone(c->busy & ~(uintptr_t)3, frame & ~(uintptr_t)3))
        return false;
    sys_sigset signals = sys_block_signals();
    if (CURSOR_STATE(c->busy) == CURSOR_WAITING)
        __atomic_sub_fetch(&s->pool->free_waiters, 1, __ATOMIC_SEQ_CST);
    cursor_own(c, frame);
    uint32_t open = etch_packets_settle(s->pool, c->slot);
    struct etch_packet_header *h = open == 0 ? NULL : pool_packet(s->pool, open - 1);
    c->packet = (unsigned char *)h;
    if (h != NULL) {
        c->pos = c->packet + __atomic_load_n(&h->content_size, __ATOMIC_RELAXED) / 8;
        c->limit = c->packet + s->pool->packet_size;
        if (__atomic_load_n(&c->end, __ATOMIC_RELAXED) != (unsigned char *)END_REVOKED)
            c->end = s->pool->clock == ETCH_CLOCK_RAW ? c->limit : NULL;
    }
    /* The clock of the event that was left is not what readers complete the next
     * one's by. */
    c->attached = 2;
    sys_restore_signals(signals);
    return true;
}

/* The lowest level of the thread that is not in the middle of an event. */
static struct etch_cursor *level_free(struct session *s, struct etch_cursor *c, uintptr_t frame)
{
    while (c->busy != CURSOR_IDLE && !cursor_take_over(s, c, frame)) {
        if (c->level + 1 == LEVELS) {
            etch_discard(s, c);
            return NULL;
        }
        if (c->up == 0) {
            sys_sigset signals = sys_block_signals();
            struct etch_cursor *up = c->up != 0 ? NULL : etch_cursor_attach(s, c->level + 1);
            if (up != NULL)
                c->up = up->slot + 1;
            sys_restore_signals(signals);
            if (c->up == 0)
                return NULL;
        }
        c = &s->cursors[c->up - 1];
    }
    cursor_own(c, frame);
    return c;
}

/* A cursor of the calling thread, busy with this event, and the session, which stays
 * as long as that is so; NULL: none, and counted. */
static struct etch_cursor *cursor_now(struct session **session, uintptr_t frame)
{
    struct etch_cursor *c = etch_thread_cursor;
    if (ETCH_LIKELY(etch_cursor_attached(c) && c->busy == CURSOR_IDLE)) {
        cursor_own(c, frame);
        /* Not before: who ends a session looks at busy last (close.c). */
        *session = etch_session_peek();
        if (ETCH_LIKELY(*session != NULL))
            return c;
        __atomic_store_n(&c->busy, CURSOR_IDLE, __ATOMIC_RELEASE);
    }
    struct session *s = *session = etch_session_hold_new();
    if (s == NULL)
        return NULL;
    c = etch_thread_cursor;
    if (c == &etch_cursor_none || !etch_cursor_attached(c)) /* a forked child's is wiped */
        c = thread_attach(s, frame);
    else
        c = level_free(s, c, frame);
    etch_session_drop(s);
    return c;
}

size_t etch_string_size(const char *s)
{
    return s == NULL ? sizeof(ETCH_STRING_NULL) : strnlen(s, ETCH_STRING_MAX) + 1;
}

unsigned char *etch_string_put(unsigned char *p, const char *s, size_t size)
{
    if (s == NULL)
        s = ETCH_STRING_NULL;
    /* The string may shrink or grow under our hands: stop at its NUL, and put
     * one where it would go past what was reserved. */
    unsigned char *end = (unsigned char *)memccpy(p, s, 0, size - 1);
    if (end != NULL)
        return end;
    p[size - 1] = 0;
    return p + size;
}

/* ---- an event that is not stored by its own code ---- */

static unsigned char *put_number(unsigned char *p, uint64_t value, size_t size)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value <<= 64 - 8 * size;
#endif
    __builtin_memcpy(p, &value, size);
    return p + size;
}

bool etch_event_store(uint32_t first_id, const struct etch_note *note, uint32_t index,
                      const uint64_t *values, uintptr_t frame)
{
    const struct etch_note_event *e = &etch_note_events(note)[index];
    const char *kinds = etch_note_text(note) + e->kinds;
    size_t n = strlen(kinds), all = 0;
    uint16_t size[n + 1]; /* of a string as it is now: it may change under our hands */
    for (size_t i = 0; i < n; i++) {
        size[i] = (uint16_t)(kinds[i] == ETCH_KIND_STRING
                                 ? etch_string_size((const char *)(uintptr_t)values[i])
                                 : etch_kind_size(kinds[i], note->long_size, note->ptr_size));
        all += size[i];
    }
    struct session *s;
    struct etch_cursor *c = cursor_now(&s, frame);
    bool notime = (e->flags & ETCH_NOTE_NOTIME) != 0;
    unsigned char *p = c == NULL ? NULL : event_open(s, c, first_id + index, all, notime);
    if (p == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        p = kinds[i] == ETCH_KIND_STRING
                ? etch_string_put(p, (const char *)(uintptr_t)values[i], size[i])
                : put_number(p, values[i], size[i]);
    etch_event_commit(c, p);
    return true;
}

__attribute__((visibility("default"))) bool etch_event_rare(const struct etch_group *group,
                                                            uint32_t index, const uint64_t *values,
                                                            uintptr_t frame)
{
    /* Its word may have changed since the event was found on: who is switched off, and on
     * under another condition, is asked for that one. */
    uint16_t word = __atomic_load_n(&group->words[index], __ATOMIC_RELAXED);
    if (word == 0 || ((word & ETCH_WORD_ASKED) && !etch_event_wanted(group, index, values)))
        return false;
    etch_event_store(group->first_id, group->note, index, values, frame);
    return true;
}
