/* SPDX-License-Identifier: MIT
 *
 * pool_test.c: the pool's parts by themselves: text in a buffer, packets and
 * slots taken and given back, strings of an event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "a_pool.h"
#include "format/text.h"
#include "runtime/write.h"

/* ---- text.h ---- */

static void test_text(void **state)
{
    (void)state;
    char data[8];
    struct text t = text_in(data, sizeof(data));
    assert_string_equal(data, "");
    text_add(&t, "abc");
    text_u64(&t, 42);
    assert_string_equal(data, "abc42");
    assert_int_equal(t.used, 5);
    text_add(&t, "de");
    assert_false(t.cut);
    assert_string_equal(data, "abc42de");
    text_add(&t, "f");
    assert_true(t.cut);
    assert_string_equal(data, "abc42de");
    text_add(&t, "");
    assert_int_equal(t.used, 7);

    const uint64_t numbers[] = {0, 9, 10, 4294967296, UINT64_MAX};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char ours[32], libc[32];
        t = text_in(ours, sizeof(ours));
        text_u64(&t, numbers[i]);
        snprintf(libc, sizeof(libc), "%" PRIu64, numbers[i]);
        assert_string_equal(ours, libc);
    }
    assert_true(text_equal("", ""));
    assert_true(text_equal("ab", "ab"));
    assert_false(text_equal("ab", "abc"));
    assert_false(text_equal("abc", "ab"));
}

/* ---- slots and packets ---- */

static struct etch_cursor *attach(uint32_t tid, uint32_t level)
{
    int slot = etch_slot_take(session->pool, tid, level);
    assert_true(slot >= 0);
    struct etch_cursor *c = &session->cursors[slot];
    *c = (struct etch_cursor){.level = level, .slot = (uint32_t)slot, .attached = 1};
    return c;
}

/* As the drain gives them back. */
static void release_all(void)
{
    struct etch_pool_header *pool = session->pool;
    for (uint32_t i = 0; i < pool->packet_count; i++) {
        pool_packet(pool, i)->content_size = 0;
        pool_states(pool)[i] = ETCH_PACKET_FREE;
    }
    memset(pool_slots(pool), 0, pool->slots_ready * sizeof(struct etch_pool_slot));
    pool->slots_used = pool->sealed = pool->packet_hint = 0;
}

/* Who looks from another process, a forked child among them, finds the lock. */
static void test_lock(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        int fd = open(session->pool_path, O_RDONLY);
        bool held = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK &&
                    lock.l_pid == getppid() && lock.l_start == 0 && lock.l_len == 1;
        _exit(held ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_layout(void **state)
{
    (void)state;
    const struct etch_pool_header *pool = session->pool;
    assert_int_equal(pool->magic, ETCH_POOL_MAGIC);
    assert_int_equal(pool->packet_count, 6);
    assert_int_equal(pool->pid, getpid());
    assert_true(ETCH_POOL_HEADER_SIZE <= pool->states_offset);
    assert_true(pool->states_offset + 6 * sizeof(uint32_t) <= pool->slots_offset);
    assert_true(pool->slots_offset + SLOTS * sizeof(struct etch_pool_slot) <= pool->packets_offset);
    assert_int_equal(pool->packets_offset % 4096, 0);
    assert_int_equal(pool->size, pool->packets_offset + 6 * ETCH_POOL_PACKET_SIZE);
    struct stat st;
    assert_int_equal(stat(session->pool_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, pool->size);
}

/* packet=: as large as wanted, while the buffer has 64 of them. */
static void test_packet_sizes(void **state)
{
    static const struct {
        uint32_t wanted;
        uint64_t buffer;
        uint32_t size, count;
    } cases[] = {{65536, 4 << 20, 65536, 64},
                 {65536, 1 << 20, 16384, 64},
                 {65536, 3 << 20, 32768, 96},
                 {65536, 65536, 16384, 4},
                 {1 << 20, 64 << 20, 1 << 20, 64}};
    const struct settings kept = etch_settings;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct session *s = sys_mmap_anonymous(sizeof(*s));
        etch_settings.packet = cases[i].wanted;
        etch_settings.buffer = cases[i].buffer;
        assert_int_equal(etch_pool_create(s), 0);
        assert_int_equal(s->pool->packet_size, cases[i].size);
        assert_int_equal(s->pool->packet_count, cases[i].count);
        assert_int_equal(s->pool->size,
                         s->pool->packets_offset + (uint64_t)cases[i].count * cases[i].size);
        sys_unlinkat(AT_FDCWD, s->pool_path);
        sys_close(s->pool_fd);
        sys_munmap(s->pool, s->pool_size);
        sys_munmap(s, sizeof(*s));
    }
    etch_settings = kept;
}

static void test_packets(void **state)
{
    (void)state;
    release_all();
    struct etch_pool_header *pool = session->pool;
    struct etch_cursor *c = attach(1, 0), *other = attach(2, 0);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(etch_packet_take(session, c), 0);
        struct etch_packet_header *h = (void *)c->packet;
        assert_ptr_equal(h, pool_packet(pool, i));
        assert_int_equal(h->packet_seq_num, i);
        assert_int_equal(h->content_size, sizeof(*h) * 8);
        assert_ptr_equal(c->pos, c->packet + sizeof(*h));
        assert_ptr_equal(c->limit, c->packet + ETCH_POOL_PACKET_SIZE);
        assert_int_equal(pool_states(pool)[i], ETCH_PACKET_WORD(ETCH_PACKET_OPEN, c->slot));
        etch_packet_seal(session, c);
        assert_int_equal(pool_states(pool)[i], ETCH_PACKET_WORD(ETCH_PACKET_SEALED, c->slot));
        assert_true(h->timestamp_end >= h->timestamp_begin);
        assert_null(c->packet);
    }
    assert_int_equal(pool->sealed, 6);
    /* Full, until one is given back; wherever it lies. */
    assert_int_equal(etch_packet_take(session, other), -EAGAIN);
    pool_packet(pool, 3)->content_size = 0;
    pool_states(pool)[3] = ETCH_PACKET_FREE;
    assert_int_equal(etch_packet_take(session, other), 0);
    assert_ptr_equal(other->packet, pool_packet(pool, 3));
    assert_int_equal(((struct etch_packet_header *)(void *)other->packet)->packet_seq_num, 0);
    assert_int_equal(etch_packet_take(session, c), -EAGAIN);
}

/* As if an event of n bytes were stored. */
static void store(struct etch_cursor *c, uint64_t n)
{
    struct etch_packet_header *h = (void *)c->packet;
    h->content_size += n * 8;
    c->pos += n;
}

/* Policy overwrite: when none is free the oldest sealed one is taken, and counted
 * where it was its owner's; open and held ones are passed over. */
static void test_overwrite(void **state)
{
    (void)state;
    release_all();
    struct etch_pool_header *pool = session->pool;
    uint32_t *states = pool_states(pool);
    struct etch_cursor *c = attach(1, 0), *other = attach(2, 0);
    const struct etch_pool_slot *slot = &pool_slots(pool)[c->slot];
    pool->policy = ETCH_POLICY_OVERWRITE;
    assert_int_equal(etch_packet_take(session, other), 0); /* rarely fires: keeps packet 0 */
    for (uint32_t i = 1; i < 6; i++) {
        assert_int_equal(etch_packet_take(session, c), 0);
        assert_ptr_equal(c->packet, pool_packet(pool, i));
        store(c, 100 + i);
        etch_packet_seal(session, c);
    }
    assert_int_equal(slot->overwritten_packets, 0);
    assert_int_equal(etch_packet_take(session, c), 0);
    assert_ptr_equal(c->packet, pool_packet(pool, 1)); /* not 0, which is open */
    assert_int_equal(((struct etch_packet_header *)(void *)c->packet)->packet_seq_num, 5);
    assert_int_equal(slot->overwritten_packets, 1);
    assert_int_equal(slot->overwritten_bytes, 101);
    assert_int_equal(pool->sealed, 4);
    etch_packet_seal(session, c);
    states[2] = ETCH_PACKET_WORD(ETCH_PACKET_HELD, c->slot);
    assert_int_equal(etch_packet_take(session, other), 0);
    assert_ptr_equal(other->packet, pool_packet(pool, 3)); /* not 2, which is held */
    assert_int_equal(slot->overwritten_packets, 2);
    assert_int_equal(slot->overwritten_bytes, 101 + 103);
    assert_int_equal(pool_slots(pool)[other->slot].overwritten_packets, 0);

    /* A trigger has fired: nothing is lost before the drain holds it. */
    session->frozen = 1;
    assert_int_equal(etch_packet_take(session, c), -EAGAIN);
    session->frozen = 0;
    /* What was read before the policy changed is not lost. */
    pool->checkpoint[0].generation = 2;
    pool_slots(pool)[c->slot].consumed[0] =
        (struct etch_consumed){.seq = 3, .offset = sizeof(struct etch_packet_header) + 104};
    assert_int_equal(etch_packet_take(session, c), 0);
    assert_ptr_equal(c->packet, pool_packet(pool, 4));
    assert_int_equal(slot->overwritten_packets, 2);
    pool->checkpoint[0].generation = 0;
    /* All are open or held. */
    states[1] = states[5] = ETCH_PACKET_WORD(ETCH_PACKET_HELD, c->slot);
    assert_int_equal(etch_packet_take(session, c), -EAGAIN);
    pool->policy = ETCH_POLICY_DROP;
}

/* Threads overwrite each other's: a packet is its owner's, or counted as lost. */
static void *take_and_overwrite(void *argument)
{
    struct etch_cursor *c = argument;
    for (unsigned i = 0; i < 20000; i++) {
        if (etch_packet_take(session, c) < 0)
            continue;
        struct etch_packet_header *h = (void *)c->packet;
        uint64_t seq = h->packet_seq_num;
        store(c, 8);
        if (h->stream_instance_id != c->slot || h->content_size != 8 * (sizeof(*h) + 8) ||
            h->packet_seq_num != seq)
            return (void *)1;
        etch_packet_seal(session, c);
    }
    return NULL;
}

static void test_overwrite_threads(void **state)
{
    (void)state;
    release_all();
    struct etch_pool_header *pool = session->pool;
    pthread_t threads[4];
    struct etch_cursor *c[4];
    uint64_t taken = 0, lost = 0, bytes = 0, kept = 0;
    pool->policy = ETCH_POLICY_OVERWRITE;
    for (uint32_t i = 0; i < 4; i++)
        c[i] = attach(i + 1, 0);
    for (uint32_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, take_and_overwrite, c[i]);
    for (uint32_t i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_null(result);
    }
    for (uint32_t i = 0; i < 4; i++) { /* once nobody overwrites another's any more */
        taken += pool_slots(pool)[c[i]->slot].next_seq;
        lost += pool_slots(pool)[c[i]->slot].overwritten_packets;
        bytes += pool_slots(pool)[c[i]->slot].overwritten_bytes;
    }
    for (uint32_t i = 0; i < pool->packet_count; i++)
        kept += ETCH_PACKET_STATE(pool_states(pool)[i]) == ETCH_PACKET_SEALED;
    assert_int_equal(taken, lost + kept);
    assert_int_equal(bytes, 8 * lost);
    assert_int_equal(pool->sealed, kept);
    pool->policy = ETCH_POLICY_DROP;
}

/* Under policy drop a pool that was full is looked at again when packets were set free. */
static void test_full(void **state)
{
    (void)state;
    release_all();
    struct etch_pool_header *pool = session->pool;
    struct etch_cursor *c = attach(1, 0);
    for (uint32_t i = 0; i < pool->packet_count; i++)
        assert_true(etch_packet_turn(session, c));
    assert_false(etch_packet_turn(session, c));
    pool_states(pool)[3] = ETCH_PACKET_FREE;
    assert_false(etch_packet_turn(session, c)); /* the drain has not told it yet */
    pool->free_futex++;
    assert_true(etch_packet_turn(session, c));
    assert_ptr_equal(c->packet, pool_packet(pool, 3));
    assert_false(etch_packet_turn(session, c));
    /* A policy that finds packets otherwise does not hang on that. */
    pool->policy = ETCH_POLICY_OVERWRITE;
    assert_true(etch_packet_turn(session, c));
    pool->policy = ETCH_POLICY_DROP;
}

/* The drain sealed it first: the thread leaves it as it is. */
static void test_seal_race(void **state)
{
    (void)state;
    release_all();
    struct etch_cursor *c = attach(1, 0);
    assert_int_equal(etch_packet_take(session, c), 0);
    pool_states(session->pool)[0] = ETCH_PACKET_WORD(ETCH_PACKET_SEALED, c->slot);
    etch_packet_seal(session, c);
    assert_int_equal(session->pool->sealed, 0);
    assert_int_equal(pool_states(session->pool)[0], ETCH_PACKET_WORD(ETCH_PACKET_SEALED, c->slot));
    assert_null(c->packet);
}

static void test_slots(void **state)
{
    (void)state;
    release_all();
    struct etch_pool_header *pool = session->pool;
    struct etch_pool_slot *slots = pool_slots(pool);
    uint32_t taken = 0;
    do {
        assert_true(taken < pool->slots_ready);
        for (; taken < pool->slots_ready; taken++) {
            assert_int_equal(etch_slot_take(pool, 1000 + taken, 0), taken);
            assert_int_equal(pool->slots_used, taken + 1);
        }
        assert_int_equal(etch_slot_take(pool, 1, 0), -1);
    } while (etch_pool_grow_slots(session));
    assert_int_equal(taken, SLOTS);
    /* One comes free: its sequence and its count of losses go on. */
    slots[7].next_seq = 5;
    slots[7].discarded = 3;
    slots[7].state = ETCH_SLOT_FREE;
    assert_int_equal(etch_slot_take(pool, 1, 2), 7);
    assert_int_equal(slots[7].tid, 1);
    assert_int_equal(slots[7].level, 2);
    assert_int_equal(slots[7].next_seq, 5);
    assert_int_equal(slots[7].discarded, 3);
    assert_int_equal(etch_slot_take(pool, 1, 0), -1);

    /* The kernel gives a thread the number of one that is gone. */
    release_all();
    assert_int_equal(etch_slot_take(pool, 1, 0), 0);
    assert_int_equal(etch_slot_take(pool, 1, 1), 1);
    assert_int_equal(slots[0].tid, 1);
    assert_int_equal(etch_slot_take(pool, 1, 0), 2);
    assert_int_equal(slots[0].tid, 0);
    assert_int_equal(slots[1].tid, 1);
}

/* Threads take packets and give them back: none is taken twice. */
static void *take_and_seal(void *argument)
{
    struct etch_cursor *c = argument;
    struct etch_pool_header *pool = session->pool;
    uint64_t got = 0;
    for (unsigned i = 0; i < 20000; i++) {
        if (etch_packet_take(session, c) < 0)
            continue;
        struct etch_packet_header *h = (void *)c->packet;
        uint32_t index =
            (uint32_t)((c->packet - (unsigned char *)pool_packet(pool, 0)) / ETCH_POOL_PACKET_SIZE);
        if (h->packet_seq_num != got || h->stream_instance_id != c->slot)
            return (void *)1;
        got++;
        etch_packet_seal(session, c);
        __atomic_store_n(&h->content_size, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&pool_states(pool)[index], ETCH_PACKET_FREE, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    release_all();
    pthread_t threads[8];
    struct etch_cursor *c[8];
    for (uint32_t i = 0; i < 8; i++)
        c[i] = attach(i + 1, 0);
    for (uint32_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, take_and_seal, c[i]);
    for (uint32_t i = 0; i < 8; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_null(result);
    }
}

/* ---- strings ---- */

static void test_strings(void **state)
{
    (void)state;
    unsigned char to[ETCH_STRING_MAX + 8];
    char longer[2 * ETCH_STRING_MAX];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(etch_string_size(NULL), sizeof(ETCH_STRING_NULL));
    assert_int_equal(etch_string_size(""), 1);
    assert_int_equal(etch_string_size("abc"), 4);
    assert_int_equal(etch_string_size(longer), ETCH_STRING_MAX + 1);
    assert_ptr_equal(etch_string_put(to, NULL, sizeof(ETCH_STRING_NULL)),
                     to + sizeof(ETCH_STRING_NULL));
    assert_string_equal((char *)to, ETCH_STRING_NULL);
    assert_ptr_equal(etch_string_put(to, "", 1), to + 1);
    assert_ptr_equal(etch_string_put(to, "abc", 4), to + 4);
    assert_string_equal((char *)to, "abc");
    to[ETCH_STRING_MAX + 1] = 0xee;
    assert_ptr_equal(etch_string_put(to, longer, ETCH_STRING_MAX + 1), to + ETCH_STRING_MAX + 1);
    assert_int_equal(to[ETCH_STRING_MAX], 0);
    assert_int_equal(to[ETCH_STRING_MAX + 1], 0xee);
    /* It grew or shrank after it was measured. */
    assert_ptr_equal(etch_string_put(to, "abcdef", 4), to + 4);
    assert_string_equal((char *)to, "abc");
    assert_ptr_equal(etch_string_put(to, "a", 4), to + 2);
    assert_string_equal((char *)to, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_packet_sizes),
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_seal_race),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_overwrite),
        cmocka_unit_test(test_overwrite_threads),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, pool_setup, pool_teardown);
}
