/* SPDX-License-Identifier: MIT
 *
 * pool.h: slots and packets (pool.c), backed in steps (grow.c), given to `etch record`
 * (lend.c), and set right where their thread left them (settle.c).
 */
#ifndef ETCH_RUNTIME_POOL_H
#define ETCH_RUNTIME_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "format/packet.h"
#include "format/pool.h"

struct etch_cursor;
struct session;

static inline struct etch_pool_slot *pool_slots(const struct etch_pool_header *p)
{
    return (struct etch_pool_slot *)((uintptr_t)p + (uintptr_t)p->slots_offset);
}

static inline struct etch_pool_next *pool_next(const struct etch_pool_header *p)
{
    return (struct etch_pool_next *)((uintptr_t)p + ETCH_POOL_NEXT_OFFSET);
}

static inline struct etch_pool_limit *pool_limits(const struct etch_pool_header *p)
{
    return (struct etch_pool_limit *)((uintptr_t)p + (uintptr_t)p->limits_offset);
}

static inline uint32_t *pool_states(const struct etch_pool_header *p)
{
    return (uint32_t *)((uintptr_t)p + (uintptr_t)p->states_offset);
}

static inline struct etch_packet_header *pool_packet(const struct etch_pool_header *p, uint32_t i)
{
    return (struct etch_packet_header *)((uintptr_t)p + (uintptr_t)p->packets_offset +
                                         (uintptr_t)i * p->packet_size);
}

/* Makes the pool of a session: file, mapping, header. 0 or -errno. */
int etch_pool_create(struct session *s);

/* lend.c: gives it to `etch record`, where it has no name. 0 or -errno. */
int etch_pool_lend(int fd);

/* Tells other processes that this one lives: a lock on one byte of the pool.
 * Byte 0 is of the thread that creates the pool, until the drain has byte 1; a
 * forked child inherits neither. */
void etch_pool_lock(int fd, uint64_t byte);

/* Gives the slots of a new pool to the threads that have cursors by them. 0 or
 * -ENOSPC. */
int etch_slots_resume(struct session *s);

/* A free slot for (tid, level), or -1. */
int etch_slot_take(struct etch_pool_header *pool, uint32_t tid, uint32_t level);

/* Seals the cursor's packet, unless the drain did. */
void etch_packet_seal(struct session *s, struct etch_cursor *c);

/* Gives the cursor a fresh packet: 0, or -EAGAIN when none is free. */
int etch_packet_take(struct session *s, struct etch_cursor *c);

/* Wakes the drain if it sleeps. */
void etch_drain_wake(struct etch_pool_header *pool);

/* ---- settle.c ---- */

/* Brings in order what the owner of a slot left in the middle of taking or
 * sealing a packet: it is gone, or asks. Its open packet, 1 + index, or 0. */
uint32_t etch_packets_settle(struct etch_pool_header *pool, uint32_t slot);

/* ---- grow.c ---- */

/* The first step, or all, of a new pool. 0 or -errno. */
int etch_pool_grow_first(struct etch_pool_header *pool, int fd, bool all);
/* The next step: false when the pool has its full size, or there is no room. */
bool etch_pool_grow_packets(struct session *s);
bool etch_pool_grow_slots(struct session *s);
/* Backs and maps the packets that will be taken next, so that no event waits for
 * memory: a few for a program that fires a few events; one that goes on gets many
 * times what it has used. */
void etch_pool_prepare(struct session *s);

#endif
