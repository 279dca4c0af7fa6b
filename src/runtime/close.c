/* SPDX-License-Identifier: MIT
 *
 * close.c: the end of a session in a program that goes on: the pool, the drain and
 * all that belongs to them go. What stays is the memory of the cursors, which
 * threads point to, and copies of the groups' names.
 *
 * An event marks its cursor busy before it looks whether its packet was revoked, and
 * then, if so, whether there is a session; we say that there is none, and revoke,
 * before we look whether a cursor is busy, with a membarrier between: either it sees
 * us, and waits, or we see it, and wait.
 *
 * Reads:  cursors.
 * Writes: the state of the session; whose the cursors are, for the next pool.
 * Never:  waits for long: the session is ready again, and it is tried later.
 */
#include <limits.h>

#include "runtime/attached.h"
#include "runtime/control.h"
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/sys.h"
#include "runtime/thread.h"
#include "runtime/write.h"

#define PATIENCE_NS 20000000u

static void pause_ns(struct session *s, long ns)
{
    struct timespec time = {0, ns};
    sys_futex_wait(&s->state, SESSION_CLOSING, &time);
}

static void say_state(struct session *s, uint32_t state)
{
    __atomic_store_n(&s->state, state, __ATOMIC_SEQ_CST);
    sys_futex_wake(&s->state, INT_MAX);
}

/* Whether nothing is to be waited for of a slot: its thread is gone. */
static bool is_gone(const struct drain *d, uint32_t i)
{
    const struct etch_pool_slot *slot = &pool_slots(d->pool)[i];
    uint32_t tid = __atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == ETCH_SLOT_FREE || tid == 0 ||
           sys_tgkill0((int)d->s->pid, (int)tid) == -ESRCH;
}

/* Whether nobody uses the pool, or will before it looks for a session: every cursor
 * is idle, and was revoked before, so that its next event leaves the fast path. */
static bool is_unused(struct drain *d)
{
    struct etch_cursor *cursors = d->s->cursors;
    unsigned char *const revoked = (unsigned char *)END_REVOKED;
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used; i++)
        __atomic_store_n(&cursors[i].end, revoked, __ATOMIC_RELEASE);
    drain_membarrier(d);
    if (__atomic_load_n(&d->s->users, __ATOMIC_SEQ_CST) != 0 ||
        __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE) != used)
        return false;
    for (uint32_t i = 0; i < used; i++)
        /* One that was turning its packet has made it valid again. */
        if ((cursor_state(&cursors[i]) != CURSOR_IDLE ||
             __atomic_load_n(&cursors[i].end, __ATOMIC_ACQUIRE) != revoked) &&
            !is_gone(d, i))
            return false;
    return true;
}

/* Waits until nobody uses the pool; who begins is told not to. */
static bool is_left(struct drain *d)
{
    uint64_t deadline = sys_clock_ns(CLOCK_MONOTONIC) + PATIENCE_NS;
    while (!is_unused(d)) {
        if (sys_clock_ns(CLOCK_MONOTONIC) > deadline)
            return false;
        pause_ns(d->s, 50000);
    }
    return true;
}

/* A cursor stays its thread's, without a packet: the thread's next event takes the
 * slow path, and one of the next pool. */
static void keep_owners(struct drain *d)
{
    struct session *s = d->s;
    const struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = d->pool->slots_used;
    for (uint32_t i = 0; i < used; i++) {
        s->owners[i] = slots[i].state == ETCH_SLOT_LIVE ? slots[i].tid : 0;
        s->cursors[i].packet = NULL;
    }
    for (uint32_t i = used; i < s->slots_were; i++)
        s->owners[i] = 0;
    s->slots_were = used;
}

static void close_files(struct drain *d)
{
    int fds[] = {d->s->pool_fd, d->s->meta_fd, d->s->ctf_fd, d->base_fd,
                 d->fd != d->base_fd ? d->fd : -1};
    ctf_close(d);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            sys_close(fds[i]);
}

void etch_session_unmap(struct session *s)
{
    if (s->pool != NULL)
        sys_munmap(s->pool, s->pool_size);
    s->pool = NULL;
    s->pool_path[0] = '\0';
    s->meta_ready = false;
    s->meta_next_id = 0;
    s->ctf = (struct ctf_metadata){0};
    s->stalled = s->frozen = s->growing = s->full_grown = s->full_at = s->populated = 0;
    s->trigger_cursor = NULL;
    s->trigger_pos = NULL;
}

/* Others look at the pool only with the registry locked, or while they are users. */
static void let_go(struct drain *d)
{
    struct session *s = d->s;
    while (!etch_registry_try())
        pause_ns(s, 50000);
    keep_owners(d);
    close_files(d);
    drain_unmap(d);
    etch_session_unmap(s);
    etch_recording_state(s, ETCH_RECORDING_NONE);
    etch_control_pool("");
    etch_registry_release();
}

bool drain_close(struct drain *d)
{
    struct session *s = d->s;
    uint32_t ready = SESSION_READY; /* who made it may not be done with it yet */
    /* Without the fence a thread cannot be told for sure. */
    if (!s->membarrier && d->pool->clock == ETCH_CLOCK_RAW)
        return true;
    if (!__atomic_compare_exchange_n(&s->state, &ready, SESSION_CLOSING, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED))
        return false;
    if (!is_left(d)) {
        say_state(s, SESSION_READY);
        return true;
    }
    if (etch_attached_leaves())
        drain_all(d);
    else
        drain_finish(d);
    let_go(d);
    /* Of the next session on all this is another drain's. */
    void *memory = s->drain_memory;
    sys6(SYS_set_tid_address, 0, 0, 0, 0, 0, 0);
    s->drain_tid = 0;
    etch_attached_end();
    say_state(s, SESSION_NONE);
    etch_thread_leave(memory);
}
