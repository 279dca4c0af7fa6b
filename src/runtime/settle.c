/* SPDX-License-Identifier: MIT
 *
 * settle.c: a packet that somebody left in the middle of taking or sealing it:
 * a thread that was cancelled or killed there, or a signal handler that left by
 * longjmp.
 *
 * Writes: packet states, the slot.
 * Never:  loses what is committed.
 */
#include "runtime/pool.h"
#include "runtime/session.h"

/* One packet that its state calls the slot's. True if it is its open one. */
static bool settle_packet(struct etch_pool_header *pool, uint32_t index)
{
    struct etch_packet_header *h = pool_packet(pool, index);
    uint32_t *state = &pool_states(pool)[index];
    if (__atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE) == 0) { /* taken, not yet made */
        __atomic_store_n(state, ETCH_PACKET_FREE, __ATOMIC_RELEASE);
        return false;
    }
    if (h->packet_size == 0)
        return true;
    /* About to be sealed, or somebody's sealed one that was about to be overwritten. */
    uint64_t owner = h->stream_instance_id;
    __atomic_store_n(state,
                     owner < SLOTS ? ETCH_PACKET_WORD(ETCH_PACKET_SEALED, owner) : ETCH_PACKET_FREE,
                     __ATOMIC_RELEASE);
    __atomic_add_fetch(&pool->sealed, 1, __ATOMIC_RELAXED);
    return false;
}

uint32_t etch_packets_settle(struct etch_pool_header *pool, uint32_t slot)
{
    struct etch_pool_slot *sl = &pool_slots(pool)[slot];
    uint32_t ready = __atomic_load_n(&pool->packets_ready, __ATOMIC_ACQUIRE);
    uint32_t open = 0;
    for (uint32_t i = 0; i < ready; i++)
        if (__atomic_load_n(&pool_states(pool)[i], __ATOMIC_ACQUIRE) ==
                ETCH_PACKET_WORD(ETCH_PACKET_OPEN, slot) &&
            settle_packet(pool, i))
            open = i + 1;
    if (open != 0) {
        __atomic_store_n(&sl->next_seq, pool_packet(pool, open - 1)->packet_seq_num + 1,
                         __ATOMIC_RELEASE);
        __atomic_store_n(&sl->packet, open, __ATOMIC_RELEASE);
    }
    return open;
}
