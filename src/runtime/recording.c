/* SPDX-License-Identifier: MIT
 *
 * recording.c: what the control page tells of the recording: whether there is one,
 * where it goes, how much it is. An event that fires counts nothing for it.
 *
 * Reads:  the pool.
 * Writes: the page's `recording`.
 */
#include "runtime/control.h"
#include "runtime/drain.h"
#include "runtime/folder.h"
#include "runtime/pool.h"
#include "runtime/session.h"

static void show_path(char *to, const char *from)
{
    size_t i = 0;
    for (; i + 1 < PATH_SIZE && from[i] != '\0'; i++)
        to[i] = from[i];
    to[i] = '\0';
}

/* The page's is a copy: what a hostile process stores there is not believed. */
static void publish(const struct etch_control_recording *r)
{
    struct etch_control_blocks *blocks = etch_control_blocks;
    if (blocks == NULL)
        return;
    struct etch_control_recording *to = &blocks->recording;
    to->policy = r->policy;
    to->kinds = r->kinds;
    to->outputs = r->outputs;
    to->packet_size = r->packet_size;
    to->packet_count = r->packet_count;
    to->packets_used = r->packets_used;
    to->threads = r->threads;
    to->bytes = r->bytes;
    to->packets = r->packets;
    to->discarded = r->discarded;
    to->overwritten_packets = r->overwritten_packets;
    to->overwritten_bytes = r->overwritten_bytes;
    if (!text_equal(to->trace_path, r->trace_path))
        show_path(to->trace_path, r->trace_path);
    if (!text_equal(to->ctf_path, r->ctf_path))
        show_path(to->ctf_path, r->ctf_path);
    __atomic_store_n(&to->state, r->state, __ATOMIC_RELEASE);
}

void etch_recording_state(struct session *s, uint32_t state)
{
    struct etch_control_recording *r = &s->recording;
    const struct etch_pool_header *pool = s->pool;
    r->kinds = s->kinds;
    if (pool != NULL) {
        r->policy = pool->policy;
        r->outputs = pool->outputs;
        r->packet_size = pool->packet_size;
        r->packet_count = pool->packet_count;
        show_path(r->trace_path, pool->trace_path);
        show_path(r->ctf_path, pool->ctf_path);
    }
    __atomic_store_n(&r->state, state, __ATOMIC_RELEASE);
    publish(r);
}

/* Written in all: what streams have begun, less what is not yet taken of it. */
static void show_streams(const struct drain *d, struct etch_control_recording *r)
{
    const struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE), threads = 0;
    uint64_t bytes = d->file_offset, packets = 0, packets_gone = 0, bytes_gone = 0;
    uint64_t discarded = __atomic_load_n(&d->pool->discarded, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < used; i++) {
        threads += __atomic_load_n(&slots[i].state, __ATOMIC_RELAXED) == ETCH_SLOT_LIVE;
        bytes += d->streams[i].written.offset;
        packets += __atomic_load_n(&slots[i].next_seq, __ATOMIC_RELAXED);
        discarded += __atomic_load_n(&slots[i].discarded, __ATOMIC_RELAXED);
        packets_gone += __atomic_load_n(&slots[i].overwritten_packets, __ATOMIC_RELAXED);
        bytes_gone += __atomic_load_n(&slots[i].overwritten_bytes, __ATOMIC_RELAXED);
    }
    r->threads = threads;
    r->bytes = bytes;
    r->packets = packets;
    r->discarded = discarded;
    r->overwritten_packets = packets_gone;
    r->overwritten_bytes = bytes_gone;
}

static uint32_t packets_used(const struct etch_pool_header *pool)
{
    const uint32_t *states = pool_states(pool);
    uint32_t ready = __atomic_load_n(&pool->packets_ready, __ATOMIC_ACQUIRE), n = 0;
    for (uint32_t i = 0; i < ready; i++)
        n += ETCH_PACKET_STATE(__atomic_load_n(&states[i], __ATOMIC_RELAXED)) != ETCH_PACKET_FREE;
    return n;
}

void drain_show(struct drain *d)
{
    struct etch_control_recording *r = &d->s->recording;
    show_streams(d, r);
    r->policy = d->pool->policy;
    r->packets_used = packets_used(d->pool);
    if (r->outputs != d->outputs || !text_equal(r->trace_path, d->pool->trace_path) ||
        !text_equal(r->ctf_path, d->pool->ctf_path)) {
        r->outputs = d->outputs;
        show_path(r->trace_path, d->pool->trace_path);
        show_path(r->ctf_path, d->pool->ctf_path);
    }
    publish(r);
}
