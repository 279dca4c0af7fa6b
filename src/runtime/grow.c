/* SPDX-License-Identifier: MIT
 *
 * grow.c: backing for the pool's slots and packets, in steps: a process that
 * fires ten events shall not pay for zeroing a pool that takes two hundred
 * thousand. What is not backed is never touched, so that a full tmpfs is a
 * clean ENOSPC here and no SIGBUS in the program.
 *
 * Writes: slots_ready and packets_ready of the pool; allocates its file.
 */
#include "runtime/folder.h"
#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/sys.h"

#define SLOTS_STEP   64u
#define PACKETS_STEP 64u
#define AHEAD        32u /* packets that the drain maps, at least */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The next step of both, as far as wanted, through an open file. */
static int grow_file(struct etch_pool_header *pool, int fd, uint32_t slots, uint32_t packets)
{
    if (slots > pool->slots_ready) {
        uint64_t size = (uint64_t)slots * sizeof(struct etch_pool_slot);
        int r = etch_allocate(fd, pool->slots_offset, size);
        if (r < 0)
            return r;
        __atomic_store_n(&pool->slots_ready, slots, __ATOMIC_RELEASE);
    }
    if (packets > pool->packets_ready) {
        uint64_t from = pool->packets_offset + (uint64_t)pool->packets_ready * pool->packet_size;
        uint64_t size = (uint64_t)(packets - pool->packets_ready) * pool->packet_size;
        int r = etch_allocate(fd, from, size);
        if (r < 0)
            return r;
        __atomic_store_n(&pool->packets_ready, packets, __ATOMIC_RELEASE);
    }
    return 0;
}

int etch_pool_grow_first(struct etch_pool_header *pool, int fd, bool all)
{
    if (fd < 0) { /* memory without a file needs no backing */
        pool->slots_ready = pool->slot_count;
        pool->packets_ready = pool->packet_count;
        return 0;
    }
    if (all)
        return grow_file(pool, fd, pool->slot_count, pool->packet_count);
    return grow_file(pool, fd, (uint32_t)least(SLOTS_STEP, pool->slot_count),
                     (uint32_t)least(PACKETS_STEP, pool->packet_count));
}

/* One grows, the others wait for it; with signals blocked, since a handler of
 * the one that grows may come here. */
static bool grow(struct session *s, uint32_t slots, uint32_t packets)
{
    struct etch_pool_header *pool = s->pool;
    uint32_t *lock = &s->growing;
    sys_sigset signals = sys_block_signals();
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0)
        sys_futex_wait(lock, 1, NULL);
    int r = 0;
    if (slots > pool->slots_ready || packets > pool->packets_ready) {
        int fd = sys_openat(AT_FDCWD, s->pool_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
        r = fd < 0 ? fd : grow_file(pool, fd, slots, packets);
        if (fd >= 0)
            sys_close(fd);
    }
    /* Once in vain is enough: the pool works as large as it is. */
    if (r < 0)
        __atomic_store_n(&s->full_grown, 1, __ATOMIC_RELAXED);
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    sys_futex_wake(lock, 1 << 30);
    sys_restore_signals(signals);
    return r == 0;
}

bool etch_pool_grow_packets(struct session *s)
{
    uint32_t ready = __atomic_load_n(&s->pool->packets_ready, __ATOMIC_ACQUIRE);
    if (ready >= s->pool->packet_count || __atomic_load_n(&s->full_grown, __ATOMIC_RELAXED))
        return false;
    return grow(s, 0, (uint32_t)least((uint64_t)ready * 2, s->pool->packet_count));
}

bool etch_pool_grow_slots(struct session *s)
{
    uint32_t ready = __atomic_load_n(&s->pool->slots_ready, __ATOMIC_ACQUIRE);
    if (ready >= s->pool->slot_count || __atomic_load_n(&s->full_grown, __ATOMIC_RELAXED))
        return false;
    return grow(s, (uint32_t)least((uint64_t)ready * 2, s->pool->slot_count), 0);
}

void etch_pool_prepare(struct session *s)
{
    struct etch_pool_header *pool = s->pool;
    uint32_t hint = __atomic_load_n(&pool->packet_hint, __ATOMIC_RELAXED);
    uint32_t want = hint < AHEAD / 4 ? AHEAD : hint * 8, have = s->populated;
    while (want > pool->packets_ready && etch_pool_grow_packets(s))
        ;
    if (want > pool->packets_ready)
        want = pool->packets_ready;
    if (have >= want)
        return;
    sys_madvise(pool_packet(pool, have), (size_t)(want - have) * pool->packet_size,
                23 /* MADV_POPULATE_WRITE, Linux 5.14 */);
    __atomic_store_n(&s->populated, want, __ATOMIC_RELAXED);
}
