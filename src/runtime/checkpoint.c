/* SPDX-License-Identifier: MIT
 *
 * checkpoint.c: what the drain has encoded goes into the trace file, the checkpoint
 * says so, and the packets that it was in are set free.
 *
 * Writes: the trace file; the checkpoint; wakes writers that wait for packets.
 * Never:  frees a packet before the checkpoint counts.
 */
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/sys.h"

static int write_all(struct drain *d)
{
    size_t done = 0;
    while (done < d->out_used) {
        long r = d->regular
                     ? sys_pwrite(d->fd, d->out + done, d->out_used - done, d->file_offset + done)
                     : sys_write(d->fd, d->out + done, d->out_used - done);
        if (r == -EINTR)
            continue;
        if (r == -EFBIG)
            sys_consume_sigxfsz();
        if (r <= 0)
            return r == 0 ? -ENOSPC : (int)r;
        done += (size_t)r;
    }
    return 0;
}

void drain_checkpoint(struct drain *d)
{
    struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    uint64_t generation = ++d->generation;
    unsigned copy = generation & 1;
    for (uint32_t i = 0; i < used; i++) {
        struct stream *st = &d->streams[i];
        st->kept = st->at;
        slots[i].consumed[copy] = (struct etch_consumed){
            .seq = st->at.seq, .offset = st->at.offset, .discarded = st->at.told};
        slots[i].written[copy] = st->written;
    }
    d->pool->discarded_consumed[copy] = d->told_kept = d->told;
    d->mapped_kept = d->mapped;
    d->newest_kept = d->newest;
    d->pool->trace_file[copy] = d->file;
    d->pool->checkpoint[copy].file_offset = d->file_offset;
    d->pool->checkpoint[copy].newest_ns = d->newest_ns;
    d->pool->newest[copy] = d->newest;
    d->pool->checkpoint[copy].events = d->events_kept = d->events;
    d->pool->checkpoint[copy].discarded = d->discarded_kept = d->discarded;
    __atomic_store_n(&d->pool->checkpoint[copy].generation, generation, __ATOMIC_RELEASE);
}

void drain_wake_writers(struct drain *d, uint32_t packets)
{
    if (packets == 0)
        return;
    __atomic_store_n(&d->s->stalled, 0, __ATOMIC_RELAXED);
    __atomic_add_fetch(&d->pool->free_futex, 1, __ATOMIC_SEQ_CST);
    uint32_t waiters = __atomic_load_n(&d->pool->free_waiters, __ATOMIC_SEQ_CST);
    if (waiters != 0)
        sys_futex_wake(&d->pool->free_futex, (int)(packets < waiters ? packets : waiters));
}

/* Writes what is encoded. On failure all goes back to the last checkpoint: the
 * events stay in the pool, and the next round tries again. */
bool drain_flush(struct drain *d)
{
    if (d->out_used == 0 && d->n_items == 0)
        return true;
    int r = write_all(d);
    if (r < 0) {
        if (d->regular)
            sys_ftruncate(d->fd, d->file_offset);
        if (d->batch != OUT_SMALL)
            drain_say(d, "cannot write the trace file; events are dropped until it works",
                      d->pool->trace_path, r);
        d->failed = true;
        d->error = r;
        d->batch = OUT_SMALL; /* what little fits shall be there */
        d->out_used = 0;
        d->told = d->told_kept;
        d->events = d->events_kept;
        d->discarded = d->discarded_kept;
        d->mapped = d->mapped_kept;
        drain_rewind(d);
        return false;
    }
    d->failed = false;
    d->file_offset += d->out_used;
    d->out_used = 0;
    drain_checkpoint(d);
    drain_wake_writers(d, drain_free(d));
    etch_pool_prepare(d->s);
    return true;
}
