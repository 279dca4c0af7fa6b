/* SPDX-License-Identifier: MIT
 *
 * drain.c: the thread that moves events from the pool to the trace file, in
 * rounds: look (gather.c), encode (out_simple.c), write and free (checkpoint.c).
 *
 * Reads:  the pool.
 * Writes: the trace, by checkpoint.c and out_ctf.c; the state of the pool.
 * Never:  allocates from libc, fires an event, keeps a file of the program
 *         open: it leaves the program's table of files at its start.
 */
#include <limits.h>
#include <sched.h>

#include "runtime/attached.h"
#include "runtime/clock.h"
#include "runtime/control.h"
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/thread.h"
#include "runtime/timer.h"

#define REAP_NS     100000000u          /* how often we look for threads that are gone */
#define BEND_TICKS  (UINT64_C(1) << 24) /* an error is made good over some 10 ms */
#define SLEEP_SHORT 1000000u
#define SLEEP_LONG  100000000u
#define SHOW_NS     100000000u

/* The line of this round: it goes on where the last round's ended, so that time
 * never steps back, with the slope of the whole recording, bent slightly towards
 * what the clocks say now (NTP slews them). */
static void calibrate(struct drain *d)
{
    const struct etch_clock_pair *first = &d->pool->first;
    struct etch_clock_pair now = etch_clock_pair_now(d->pool->clock);
    d->now = now;
    d->pool->last = now;
    if (now.ticks <= first->ticks || now.monotonic_ns <= first->monotonic_ns ||
        now.ticks <= d->base.ticks)
        return;
    const uint64_t one = UINT64_C(1) << 32;
    d->mult = wide_mul_div(now.monotonic_ns - first->monotonic_ns, one, now.ticks - first->ticks);
    int64_t off = (int64_t)(now.monotonic_ns - drain_time(d, now.ticks));
    uint64_t span = now.ticks - d->base.ticks;
    uint64_t bend =
        wide_mul_div((uint64_t)(off < 0 ? -off : off), one, span > BEND_TICKS ? span : BEND_TICKS);
    if (off >= 0)
        d->mult += bend;
    else if (bend < d->mult / 2)
        d->mult -= bend;
}

/* Where the next round's line starts: behind all that stands in a file by now. */
static void rebase(struct drain *d, uint64_t ticks)
{
    if (ticks <= d->base.ticks)
        return;
    d->base.monotonic_ns = drain_time(d, ticks);
    d->base.ticks = ticks;
}

/* ---- files ---- */

/* Into a table of files of our own, so that the program may close, count or
 * reuse its descriptors as it likes, and ours keep none of its files open. */
static void own_files(struct session *s)
{
    if ((int)sys6(SYS_unshare, CLONE_FILES, 0, 0, 0, 0, 0) < 0) {
        s->shared_files = true;
        return;
    }
    int keep[] = {s->pool_fd, s->trace_fd, s->meta_fd, s->ctf_fd, INT_MAX};
    const int n = sizeof(keep) / sizeof(keep[0]);
    for (int i = 0; i < n - 1; i++) /* sorted, so that the gaps can be closed */
        for (int k = i + 1; k < n - 1; k++)
            if (keep[k] < keep[i]) {
                int t = keep[i];
                keep[i] = keep[k];
                keep[k] = t;
            }
    int from = 0;
    for (int i = 0; i < n; i++) {
        if (keep[i] < 0)
            continue;
        if (keep[i] > from)
            sys6(SYS_close_range, from, keep[i] - 1, 0, 0, 0, 0);
        from = keep[i] == INT_MAX ? from : keep[i] + 1;
    }
}

/* The program's own standard error, which our table does not have. */
void drain_say(const struct drain *d, const char *what, const char *path, int error)
{
    int fd = 2;
    int pidfd = -1;
    if (!d->s->shared_files) {
        pidfd = (int)sys6(SYS_pidfd_open, d->s->pid, 0, 0, 0, 0, 0);
        fd = (int)sys6(SYS_pidfd_getfd, pidfd, 2, 0, 0, 0, 0);
    }
    if (fd >= 0)
        etch_say_to(fd, what, path, etch_reason(error));
    if (!d->s->shared_files) {
        sys_close(fd);
        sys_close(pidfd);
    }
}

/* ---- rounds ---- */

/* A CTF stream gets whole packets: those of threads with few events are taken back
 * now and then, so that who follows the trace sees them. */
static void show_events(struct drain *d)
{
    if (!(d->outputs & ETCH_OUT_CTF) || d->now.monotonic_ns - d->last_show < SHOW_NS)
        return;
    d->last_show = d->now.monotonic_ns;
    drain_steal(d, false);
}

/* A round of a trace that is switched off: what is complete is set free. */
static bool discard_round(struct drain *d)
{
    for (uint32_t i = 0; i < d->n_items; i++) {
        const struct item *it = &d->items[i];
        struct stream *st = &d->streams[it->slot];
        uint32_t state = __atomic_load_n(&pool_states(d->pool)[it->index], __ATOMIC_ACQUIRE);
        if (ETCH_PACKET_STATE(state) == ETCH_PACKET_OPEN)
            continue;
        st->at.seq = st->written.seq = it->seq + 1;
        st->at.offset = 0;
    }
    uint32_t n = d->n_items;
    d->newest = d->now.ticks;
    d->newest_ns = d->now.monotonic_ns;
    return drain_flush(d) && n != 0;
}

/* One round. True if it moved anything. */
static bool drain_round(struct drain *d)
{
    bool scarce = d->free_packets < d->pool->packet_count / 4 ||
                  __atomic_load_n(&d->pool->free_waiters, __ATOMIC_RELAXED) != 0;
    etch_pool_prepare(d->s);
    show_events(d);
    drain_collect(d, scarce);
    calibrate(d);
    d->from = d->from_ns == 0 ? 0 : drain_ticks(d, d->from_ns);
    drain_plans(d);
    bool moved = (d->outputs & ETCH_OUT_CTF) && ctf_round(d);
    if (d->outputs == 0)
        moved = discard_round(d);
    else if (d->outputs & ETCH_OUT_SIMPLE)
        moved = simple_round(d) || moved;
    else
        drain_flush(d);
    if (d->failed) {
        rebase(d, d->newest_kept);
        return moved;
    }
    if (d->now.monotonic_ns - d->last_reap >= REAP_NS || scarce) {
        d->last_reap = d->now.monotonic_ns;
        drain_reap(d);
    }
    rebase(d, d->watermark);
    return moved;
}

/* Between two dumps of a pool that is overwritten. */
static void drain_watch(struct drain *d)
{
    calibrate(d);
    d->watermark = d->now.ticks;
    rebase(d, d->watermark);
    drain_plans(d);
    bool scarce = drain_packets_scarce(d);
    if (scarce || d->now.monotonic_ns - d->last_reap >= REAP_NS) {
        d->last_reap = d->now.monotonic_ns;
        drain_reap(d);
    }
    if (scarce)
        drain_steal(d, false);
    drain_wake_writers(d, __atomic_load_n(&d->pool->sealed, __ATOMIC_RELAXED));
    etch_pool_prepare(d->s);
}

/* Writes the pool of policy overwrite as it stands, from a moment on. */
static void drain_dump(struct drain *d, uint64_t from_ns)
{
    d->from_ns = from_ns;
    for (int tries = 0; tries < 2; tries++) {
        size_t batch = d->batch;
        drain_seal_open(d);
        drain_round(d);
        if (!d->failed)
            drain_skip_gone(d);
        drain_let_go(d);
        if (!d->failed || batch == OUT_SMALL)
            break; /* else once more, for what little fits */
    }
    d->from_ns = 0;
}

/* Rounds until all that was committed before is written. */
void drain_all(struct drain *d)
{
    if (d->holds) {
        drain_dump(d, 0);
        return;
    }
    if (d->outputs & ETCH_OUT_CTF)
        drain_seal_open(d);
    for (unsigned i = 0; i < 1000; i++) {
        size_t batch = d->batch;
        bool moved = drain_round(d);
        if (d->failed && batch != OUT_SMALL)
            continue; /* once more, for what little fits */
        if (d->failed || d->ctf->failed || (!d->limited && (!moved || i > 2)))
            return;
        if (d->limited) { /* a thread is in the middle of an event */
            struct timespec pause = {0, 200000};
            sys_futex_wait(&d->s->state, d->s->state, &pause);
        }
    }
}

/* ---- life ---- */

static bool drain_prepare(struct drain *d, struct session *s)
{
    size_t items = s->pool->packet_count * sizeof(*d->items);
    size_t streams = (SLOTS + 1) * sizeof(*d->streams);
    size_t heap = SLOTS * sizeof(*d->heap);
    d->memory_size = items + streams + heap + OUT_SIZE + sizeof(*d->ctf) + sizeof(*d->sw);
    unsigned char *m = sys_mmap_anonymous(d->memory_size);
    if (m == NULL)
        return false;
    d->s = s;
    d->pool = s->pool;
    d->items = (struct item *)(void *)m;
    d->streams = (struct stream *)(void *)(m + items);
    d->heap = (uint32_t *)(void *)(m + items + streams);
    d->out = m + items + streams + heap;
    d->ctf = (struct ctf_out *)(void *)(d->out + OUT_SIZE);
    d->sw = (struct switching *)(void *)(d->ctf + 1);
    d->batch = rotate_batch();
    d->fd = d->base_fd = s->trace_fd;
    d->outputs = s->pool->outputs;
    d->base = d->now = s->pool->first;
    d->holds = s->pool->policy == ETCH_POLICY_OVERWRITE;
    d->mult = UINT64_C(1) << 32;
    d->free_packets = s->pool->packet_count;
    struct stat st;
    d->regular =
        d->fd >= 0 && sys6(SYS_fstat, d->fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 && S_ISREG(st.st_mode);
    return rotate_prepare(d);
}

void drain_unmap(struct drain *d)
{
    if (d->plans != NULL)
        sys_munmap(d->plans, d->plans_capacity * sizeof(*d->plans));
    if (d->starts != NULL)
        sys_munmap(d->starts, etch_settings.max_files * sizeof(*d->starts));
    sys_munmap(d->items, d->memory_size);
}

static void announce(struct session *s)
{
    etch_pool_lock(s->pool_fd, 1);
    __atomic_store_n(&s->pool->drain_state, ETCH_DRAIN_RUNNING, __ATOMIC_RELEASE);
    sys_futex_wake(&s->pool->drain_state, INT_MAX);
    /* Takes milliseconds where threads run already; nobody waits for it. */
    s->membarrier = s->membarrier || sys_membarrier_register() == 0;
}

static void drain_sleep(struct drain *d, bool moved)
{
    struct etch_pool_header *pool = d->pool;
    bool failed = d->failed || d->ctf->failed;
    if (moved && !failed && __atomic_load_n(&pool->sealed, __ATOMIC_RELAXED) != 0)
        return;
    __atomic_store_n(&pool->drain_futex, 1, __ATOMIC_SEQ_CST);
    bool wanted = __atomic_load_n(&d->s->stop, __ATOMIC_SEQ_CST) ||
                  d->s->flush.asked != d->s->flush.done || d->s->turn.asked != d->s->turn.done ||
                  d->s->command.asked != d->s->command.done || drain_command_waits(d);
    wanted = wanted || (d->last_close == 0 && !etch_attached_wanted(false));
    bool waited = !failed && __atomic_load_n(&pool->free_waiters, __ATOMIC_SEQ_CST) != 0;
    struct timespec tick = {0, moved || waited || d->limited ? SLEEP_SHORT : SLEEP_LONG};
    if (d->due_ns != 0 && d->due_ns < d->now.monotonic_ns + SLEEP_LONG)
        tick.tv_nsec = SLEEP_SHORT;
    if (!wanted)
        sys_futex_wait(&pool->drain_futex, 1, &tick);
    __atomic_store_n(&pool->drain_futex, 0, __ATOMIC_RELAXED);
}

/* What there is to do without being asked. True if it moved anything. */
static bool drain_turn(struct drain *d)
{
    uint64_t from;
    drain_adopt_policy(d);
    if (!d->holds)
        return drain_round(d);
    if (d->pool->policy == ETCH_POLICY_OVERWRITE) {
        if (drain_trigger_due(d, false, &from))
            drain_dump(d, from);
        else
            drain_watch(d);
        return false;
    }
    /* Until nobody overwrites any more, and what is left is whole. */
    bool last = !drain_turns_under_way(d);
    drain_dump(d, 0);
    if (last && !d->failed)
        d->holds = false;
    return true;
}

/* A flush, or the end: all that is committed. With triggers the end asks for
 * nothing of its own. */
static void drain_serve(struct drain *d)
{
    uint64_t from;
    bool ending = __atomic_load_n(&d->s->exiting, __ATOMIC_ACQUIRE);
    if (!ending || d->pool->triggers == 0 || d->pool->policy != ETCH_POLICY_OVERWRITE) {
        drain_all(d);
        return;
    }
    if (drain_trigger_due(d, true, &from))
        drain_dump(d, from);
    __atomic_store_n(&d->pool->quiet, 1, __ATOMIC_RELEASE);
}

/* Who removed it may not have meant to: nothing of the trace is left. */
static void say_removed(const struct drain *d, int fd, const char *path)
{
    struct stat st;
    if (fd >= 0 && sys6(SYS_fstat, fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 && st.st_nlink == 0)
        drain_say(d, "the trace was removed while it was written", path, -ENOENT);
}

/* At exit: all that is committed is in the file; then nothing of the session
 * stays behind. What could not be written stays in the pool, for readers to
 * merge. */
void drain_finish(struct drain *d)
{
    drain_serve(d);
    bool whole = true;
    if (d->pool->quiet && drain_wrote_nothing(d)) {
        drain_remove_trace(d);
    } else if (d->outputs & ETCH_OUT_CTF) {
        d->ctf->last_call = true;
        if (!d->holds)
            drain_round(d);
        whole = ctf_finish(d);
    }
    if (!d->pool->quiet && (d->failed || !whole || drain_left(d)))
        return;
    etch_recording_state(d->s, ETCH_RECORDING_ENDED);
    __atomic_store_n(&d->pool->drain_state, ETCH_DRAIN_ENDED, __ATOMIC_RELEASE);
    say_removed(d, d->fd, d->pool->trace_path);
    if (d->s->pool_path[0] != '\0')
        sys_unlinkat(AT_FDCWD, d->s->pool_path);
    if (etch_settings.dir[0] == '\0' && d->pool->meta_path[0] != '\0')
        sys_unlinkat(AT_FDCWD, d->pool->meta_path);
}

/* For `etch record -p`: until it asks for no more, or is gone. */
static void drain_attached(struct drain *d)
{
    uint64_t now = d->now.monotonic_ns;
    bool look = now - d->last_look >= REAP_NS;
    if (look)
        d->last_look = now;
    if (etch_attached_wanted(look) || now - d->last_close < REAP_NS)
        return;
    if (drain_close(d))
        d->last_close = now;
}

void drain_fulfil(struct wish *wish, uint32_t asked)
{
    if (asked == wish->done)
        return;
    __atomic_store_n(&wish->done, asked, __ATOMIC_RELEASE);
    sys_futex_wake(&wish->done, INT_MAX);
}

void etch_drain_main(void *session)
{
    struct session *s = session;
    struct drain d = {0};
    bool ready = drain_prepare(&d, s);
    own_files(s);
    announce(s);
    while (ready && !__atomic_load_n(&s->stop, __ATOMIC_SEQ_CST)) {
        uint32_t flush = __atomic_load_n(&s->flush.asked, __ATOMIC_SEQ_CST);
        uint32_t turn = __atomic_load_n(&s->turn.asked, __ATOMIC_SEQ_CST);
        etch_timers_expire();
        bool moved = drain_turn(&d);
        drain_fulfil(&s->turn, turn);
        if (flush != s->flush.done)
            drain_serve(&d);
        drain_fulfil(&s->flush, flush);
        moved |= !drain_commands(&d);
        drain_show(&d);
        drain_attached(&d);
        drain_sleep(&d, moved);
    }
    if (ready)
        drain_finish(&d);
}
