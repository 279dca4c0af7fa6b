/* SPDX-License-Identifier: MIT
 *
 * pool.c: the pool's file, and the taking and sealing of slots and packets.
 *
 * Writes: the pool (format/pool.h).
 * Never:  waits; atomic read-modify-writes only here, some a packet.
 */
#include <limits.h>

#include "runtime/clock.h"
#include "runtime/folder.h"
#include "runtime/pool.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/write.h"

/* So many packets before their pages are needed the drain is woken to map them: that
 * takes some 100 us, and mapping a packet as long as a burst takes to fill it. */
#define MARGIN 16u

/* Packets larger than by default leave so many of them. */
#define PACKETS_FEW 64u

static uint64_t round_up(uint64_t v, uint64_t to)
{
    return (v + to - 1) / to * to;
}

static void random_uuid(uint8_t uuid[16])
{
    long r = sys6(SYS_getrandom, SYS_PTR(uuid), 16, 1 /* GRND_NONBLOCK */, 0, 0, 0);
    if (r != 16) {
        uint64_t seed = etch_clock() ^ (uint64_t)sys_getpid() << 40;
        for (int i = 0; i < 16; i++, seed = seed * 6364136223846793005u + 1442695040888963407u)
            uuid[i] = (uint8_t)(seed >> 56);
    }
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* RFC 4122, version 4 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/* As wanted, unless threads would have too few of them. */
static uint32_t packet_size(uint64_t buffer)
{
    uint32_t size = etch_settings.packet;
    while (size > ETCH_POOL_PACKET_SIZE && buffer / size < PACKETS_FEW)
        size /= 2;
    return size;
}

static void pool_layout(struct etch_pool_header *h, uint64_t buffer)
{
    uint32_t size = packet_size(buffer);
    uint64_t count = buffer / size;
    if (count < ETCH_POOL_PACKETS_MIN)
        count = ETCH_POOL_PACKETS_MIN;
    if (count > ETCH_POOL_PACKETS_MAX)
        count = ETCH_POOL_PACKETS_MAX;
    h->version = ETCH_POOL_VERSION;
    h->header_size = ETCH_POOL_HEADER_SIZE;
    h->packet_size = size;
    h->packet_count = (uint32_t)count;
    h->slot_count = SLOTS;
    h->limits_offset = ETCH_POOL_HEADER_SIZE;
    h->states_offset = h->limits_offset + ETCH_POOL_LIMITS * sizeof(struct etch_pool_limit);
    h->slots_offset = round_up(h->states_offset + count * sizeof(uint32_t), 4096);
    h->packets_offset = h->slots_offset + SLOTS * sizeof(struct etch_pool_slot);
    h->size = h->packets_offset + count * size;
}

/* Gives it its size, and backs header and states. */
static int pool_resize(int fd, const struct etch_pool_header *layout)
{
    int r = etch_resize(fd, layout->size);
    return r < 0 ? r : etch_allocate(fd, 0, layout->slots_offset);
}

/* The file on tmpfs. */
static int pool_file(struct session *s, const struct etch_pool_header *layout)
{
    struct text path = text_in(s->pool_path, sizeof(s->pool_path));
    int fd = etch_folder_create("pool", NULL, &path);
    int r = fd < 0 ? fd : pool_resize(fd, layout);
    if (fd >= 0 && r < 0) {
        sys_unlinkat(AT_FDCWD, s->pool_path);
        sys_close(fd);
    }
    if (r < 0)
        s->pool_path[0] = '\0';
    return r < 0 ? r : fd;
}

static int pool_memfd(const struct etch_pool_header *layout)
{
    int fd = (int)sys6(SYS_memfd_create, SYS_PTR(ETCH_POOL_MEMFD), MFD_CLOEXEC | MFD_ALLOW_SEALING,
                       0, 0, 0, 0);
    if (fd < 0)
        return fd;
    int r = pool_resize(fd, layout);
    /* Whoever holds it may not cut it: no store raises SIGBUS. */
    sys6(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, 0, 0, 0);
    if (r < 0)
        sys_close(fd);
    return r < 0 ? r : fd;
}

#define NO_FILE INT_MIN

/* Takes the file, or memory of the process alone, for the pool; it is closed,
 * and removed if it has a name, where that fails. */
static int pool_map(struct session *s, const struct etch_pool_header *layout, int fd)
{
    if (fd < 0 && fd != NO_FILE)
        return fd;
    struct etch_pool_header *h =
        fd < 0 ? sys_mmap_anonymous(layout->size)
               : sys_mmap(NULL, layout->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int r = h == NULL ? -ENOMEM : 0;
    if (r == 0) {
        etch_pool_lock(fd, 0);
        pool_layout(h, etch_settings.buffer);
        /* Without a name it cannot be opened later. */
        r = etch_pool_grow_first(h, fd, s->pool_path[0] == '\0');
    }
    if (r == 0) {
        s->pool = h;
        s->pool_size = layout->size;
        s->pool_fd = fd < 0 ? -1 : fd;
        return 0;
    }
    if (h != NULL)
        sys_munmap(h, layout->size);
    if (s->pool_path[0] != '\0')
        sys_unlinkat(AT_FDCWD, s->pool_path);
    s->pool_path[0] = '\0';
    if (fd >= 0)
        sys_close(fd);
    return r;
}

static void pool_header(struct etch_pool_header *h)
{
    h->clock = etch_clock_is_raw() ? ETCH_CLOCK_RAW : ETCH_CLOCK_MONOTONIC;
    h->pid = (uint32_t)sys_getpid();
    h->policy = etch_settings.policy;
    h->triggers = etch_settings.n_triggers;
    h->trigger.from_ns = UINT64_MAX;
    h->start_time = etch_process_start_time((int)h->pid);
    etch_boot_id(h->boot_id);
    random_uuid(h->uuid);
    h->first = h->last = etch_clock_pair_now(h->clock);
    h->discarded = __atomic_exchange_n(&etch_session_missed, 0, __ATOMIC_RELAXED);
    /* Last: from here on it is a pool, to readers. */
    __atomic_store_n(&h->magic, ETCH_POOL_MAGIC, __ATOMIC_RELEASE);
}

/* Under `etch record` a pool without a name outlives its process there. */
static void lend(const struct session *s)
{
    int r = s->pool_fd < 0 ? -EFBIG : etch_pool_lend(s->pool_fd);
    if (r < 0)
        etch_say("no room in memory that outlives the program",
                 "a kill loses what is not yet written", etch_reason(r));
}

/* Without a tmpfs, or without room in it, a memfd; where a small `ulimit -f`
 * refuses that, memory that nobody can read after a kill. */
int etch_pool_create(struct session *s)
{
    struct etch_pool_header layout = {0};
    pool_layout(&layout, etch_settings.buffer);
    int r = pool_map(s, &layout, pool_file(s, &layout));
    if (r < 0)
        r = pool_map(s, &layout, pool_memfd(&layout));
    if (r == -EFBIG)
        r = pool_map(s, &layout, NO_FILE);
    if (r < 0)
        return r;
    pool_header(s->pool);
    if (s->pool_path[0] == '\0' && etch_settings.dir[0] != '\0')
        lend(s);
    return 0;
}

/* What the thread that had the slot before stored comes before what the new one
 * does: the drain has seen to that, but the thread sanitizer does not see the
 * drain. Its last packet and the last commit in it say the same. */
static void slot_follow(const struct etch_pool_header *pool, const struct etch_pool_slot *slot)
{
    uint32_t packet = __atomic_load_n(&slot->packet, __ATOMIC_ACQUIRE);
    if (packet != 0 && packet <= pool->packet_count)
        (void)__atomic_load_n(&pool_packet(pool, packet - 1)->content_size, __ATOMIC_ACQUIRE);
}

/* Whether a slot, which is taken, held what it shall hold: a stream is events or
 * frames for ever, and of each slot there is one. */
static bool slot_suits(const struct etch_pool_slot *slot, uint32_t level)
{
    return __atomic_load_n(&slot->next_seq, __ATOMIC_ACQUIRE) == 0 ||
           etch_stream_class_of(__atomic_load_n(&slot->level, __ATOMIC_RELAXED)) ==
               etch_stream_class_of(level);
}

int etch_slot_take(struct etch_pool_header *pool, uint32_t tid, uint32_t level)
{
    struct etch_pool_slot *slots = pool_slots(pool);
    int taken = -1;
    uint32_t ready = __atomic_load_n(&pool->slots_ready, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < ready; i++) {
        uint32_t state = __atomic_load_n(&slots[i].state, __ATOMIC_ACQUIRE);
        if (state == ETCH_SLOT_LIVE && i != (uint32_t)taken &&
            __atomic_load_n(&slots[i].tid, __ATOMIC_RELAXED) == tid &&
            __atomic_load_n(&slots[i].level, __ATOMIC_RELAXED) == level) {
            /* The kernel gave us the number of a thread that is gone. */
            __atomic_store_n(&slots[i].tid, 0, __ATOMIC_RELEASE);
        }
        if (state != ETCH_SLOT_FREE || taken >= 0 ||
            !__atomic_compare_exchange_n(&slots[i].state, &state, ETCH_SLOT_TAKEN, false,
                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            goto next;
        if (!slot_suits(&slots[i], level)) {
            __atomic_store_n(&slots[i].state, ETCH_SLOT_FREE, __ATOMIC_RELEASE);
            goto next;
        }
        slot_follow(pool, &slots[i]);
        __atomic_store_n(&slots[i].level, level, __ATOMIC_RELAXED);
        __atomic_store_n(&slots[i].packet, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&slots[i].tid, tid, __ATOMIC_RELAXED);
        __atomic_store_n(&slots[i].state, ETCH_SLOT_LIVE, __ATOMIC_RELEASE);
        taken = (int)i;
    next:
        if (taken >= 0 && i >= __atomic_load_n(&pool->slots_used, __ATOMIC_ACQUIRE))
            break;
    }
    if (taken >= 0) {
        uint32_t used = __atomic_load_n(&pool->slots_used, __ATOMIC_RELAXED);
        while (used < (uint32_t)taken + 1 &&
               !__atomic_compare_exchange_n(&pool->slots_used, &used, (uint32_t)taken + 1, false,
                                            __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            ;
    }
    return taken;
}

int etch_slots_resume(struct session *s)
{
    uint32_t used = s->slots_were;
    while (used > 0 && s->owners[used - 1] == 0)
        used--;
    while (__atomic_load_n(&s->pool->slots_ready, __ATOMIC_ACQUIRE) < used)
        if (!etch_pool_grow_slots(s))
            return -ENOSPC;
    struct etch_pool_slot *slots = pool_slots(s->pool);
    for (uint32_t i = 0; i < used; i++) {
        if (s->owners[i] == 0)
            continue;
        slots[i].tid = s->owners[i];
        slots[i].level = s->cursors[i].level;
        __atomic_store_n(&slots[i].state, ETCH_SLOT_LIVE, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&s->pool->slots_used, used, __ATOMIC_RELEASE);
    return 0;
}

void etch_drain_wake(struct etch_pool_header *pool)
{
    uint32_t asleep = 1;
    if (__atomic_load_n(&pool->drain_futex, __ATOMIC_RELAXED) == 1 &&
        __atomic_compare_exchange_n(&pool->drain_futex, &asleep, 0, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED))
        sys_futex_wake(&pool->drain_futex, 1);
}

void etch_packet_seal(struct session *s, struct etch_cursor *c)
{
    struct etch_pool_header *pool = s->pool;
    struct etch_packet_header *h = (struct etch_packet_header *)(void *)c->packet;
    uint64_t offset = (uint64_t)(c->packet - (unsigned char *)pool) - pool->packets_offset;
    uint32_t index = (uint32_t)(offset / pool->packet_size);
    uint32_t open = ETCH_PACKET_WORD(ETCH_PACKET_OPEN, c->slot);
    /* The drain seals the packets of idle threads: whoever exchanges first. It
     * fills in the header before, to the same effect. */
    if (__atomic_load_n(&pool_states(pool)[index], __ATOMIC_ACQUIRE) == open) {
        h->events_discarded =
            __atomic_load_n(&pool_slots(pool)[c->slot].discarded, __ATOMIC_RELAXED);
        h->timestamp_end = c->last = cursor_clock(pool, c);
        h->packet_size = (uint64_t)pool->packet_size * 8;
        if (__atomic_compare_exchange_n(&pool_states(pool)[index], &open,
                                        ETCH_PACKET_WORD(ETCH_PACKET_SEALED, c->slot), false,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
            uint32_t sealed = __atomic_add_fetch(&pool->sealed, 1, __ATOMIC_RELAXED);
            /* Of the whole pool, ready or not: a burst that fits it is not
             * slowed by wake-ups and by a drain that reads beside it. */
            if (sealed >= pool->packet_count / 16 &&
                __atomic_load_n(&pool->policy, __ATOMIC_RELAXED) != ETCH_POLICY_OVERWRITE)
                etch_drain_wake(pool);
        }
    }
    c->packet = NULL;
    c->end = NULL;
}

/* What of a sealed packet no output has yet, in bytes of events. */
static uint64_t packet_unread(const struct etch_pool_header *pool,
                              const struct etch_pool_slot *owner,
                              const struct etch_packet_header *h)
{
    /* Behind its owner's last commit, whoever sealed it. */
    uint64_t content = __atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE) / 8;
    uint64_t read = sizeof(*h);
    unsigned copy = pool->checkpoint[1].generation > pool->checkpoint[0].generation;
    /* Only where the policy was another before: the drain reads what it holds. */
    if (!(pool->outputs & ETCH_OUT_CTF) && owner->consumed[copy].seq == h->packet_seq_num &&
        owner->consumed[copy].offset > read)
        read = owner->consumed[copy].offset;
    return content > read && content <= pool->packet_size ? content - read : 0;
}

/* Makes packet i ours if it is free or, with `overwrite`, sealed. Of one that is
 * overwritten all is whole until content_size is 0, whoever its state names;
 * what is lost is counted before. Whoever is killed in between leaves a packet
 * that can be read and is counted: where it is missing the sequence tells. */
static bool packet_claim(struct etch_pool_header *pool, uint32_t i, uint32_t slot, bool overwrite)
{
    uint32_t *state = &pool_states(pool)[i];
    uint32_t word = __atomic_load_n(state, __ATOMIC_RELAXED);
    uint32_t old = ETCH_PACKET_STATE(word);
    if (old != ETCH_PACKET_FREE && (old != ETCH_PACKET_SEALED || !overwrite))
        return false;
    if (!__atomic_compare_exchange_n(state, &word, ETCH_PACKET_WORD(ETCH_PACKET_OPEN, slot), false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    if (old == ETCH_PACKET_FREE)
        return true;
    struct etch_pool_slot *owner = &pool_slots(pool)[ETCH_PACKET_OWNER(word)];
    struct etch_packet_header *h = pool_packet(pool, i);
    uint64_t bytes = packet_unread(pool, owner, h);
    if (bytes != 0) {
        __atomic_add_fetch(&owner->overwritten_bytes, bytes, __ATOMIC_RELAXED);
        __atomic_add_fetch(&owner->overwritten_packets, 1, __ATOMIC_RELAXED);
    }
    __atomic_sub_fetch(&pool->sealed, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&h->content_size, 0, __ATOMIC_RELEASE);
    return true;
}

int etch_packet_take(struct session *s, struct etch_cursor *c)
{
    struct etch_pool_header *pool = s->pool;
    uint32_t count = __atomic_load_n(&pool->packets_ready, __ATOMIC_ACQUIRE);
    /* Not before the pool has all of its memory. */
    bool overwrite =
        __atomic_load_n(&pool->policy, __ATOMIC_ACQUIRE) == ETCH_POLICY_OVERWRITE &&
        !__atomic_load_n(&s->frozen, __ATOMIC_RELAXED) &&
        (count == pool->packet_count || __atomic_load_n(&s->full_grown, __ATOMIC_RELAXED));
    uint32_t hint = __atomic_load_n(&pool->packet_hint, __ATOMIC_RELAXED);
    /* The drain has looked whose it is, and is about to seal it if it still is. */
    uint32_t revoked = __atomic_load_n(&s->revoked[c->slot], __ATOMIC_ACQUIRE);
    uint32_t i = hint % count;
    for (uint32_t tried = 0; i + 1 == revoked || !packet_claim(pool, i, c->slot, overwrite);
         i = i + 1 == count ? 0 : i + 1)
        if (++tried == count)
            return -EAGAIN;
    /* The drain maps pages before they are needed: a fault costs more than a hundred events. */
    uint32_t populated = __atomic_load_n(&s->populated, __ATOMIC_RELAXED);
    if (i + MARGIN >= populated && populated < pool->packet_count &&
        !__atomic_load_n(&s->full_grown, __ATOMIC_RELAXED))
        etch_drain_wake(pool);
    /* Unless somebody moved it meanwhile: the ring's order is that of age. */
    __atomic_compare_exchange_n(&pool->packet_hint, &hint, i + 1, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);

    struct etch_pool_slot *slot = &pool_slots(pool)[c->slot];
    struct etch_packet_header *h = pool_packet(pool, i);
    /* Behind the stores of its former owner, whose last commit this reads. The
     * drain has seen to that; the thread sanitizer does not see the drain. */
    (void)__atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE);
    h->magic = ETCH_PACKET_MAGIC;
    __builtin_memcpy(h->uuid, pool->uuid, sizeof(h->uuid));
    h->stream_id = etch_stream_class_of(slot->level);
    h->stream_instance_id = c->slot;
    h->timestamp_begin = cursor_clock(pool, c);
    h->timestamp_end = 0;
    h->packet_size = 0;
    h->packet_seq_num = slot->next_seq;
    h->events_discarded = __atomic_load_n(&slot->discarded, __ATOMIC_RELAXED);
    h->tid = slot->tid;
    h->level = slot->level;
    c->packet = (unsigned char *)h;
    c->pos = c->packet + sizeof(*h);
    c->limit = c->packet + pool->packet_size;
    c->last = h->timestamp_begin;
    /* Readers take the packet as ours from here on: its size was 0 since the
     * drain freed it. */
    __atomic_store_n(&h->content_size, sizeof(*h) * 8, __ATOMIC_RELEASE);
    /* Not before: what is left in the middle of this never was (settle.c). */
    __atomic_store_n(&slot->next_seq, h->packet_seq_num + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->packet, i + 1, __ATOMIC_RELEASE);
    /* Without a raw clock every event takes the slow path. */
    __atomic_store_n(&c->end, pool->clock == ETCH_CLOCK_RAW ? c->limit : NULL, __ATOMIC_RELAXED);
    return 0;
}
