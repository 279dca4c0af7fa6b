/* SPDX-License-Identifier: MIT
 *
 * gather_test.c: the drain takes a packet back while its thread goes on. What the
 * thread does between the drain's look and its seal is done here where the drain
 * reads the clock, which is between the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>

#include "a_pool.h"
#include "runtime/clock.h"
#include "runtime/drain.h"
#include "runtime/write.h"

static void (*meanwhile)(void);

static uint64_t clock_meanwhile(uint32_t clock)
{
    void (*now)(void) = meanwhile;
    meanwhile = NULL;
    if (now != NULL)
        now();
    return etch_clock_now(clock);
}

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan" /* one thread: nothing hangs on its fence */
#endif

#define etch_clock_now clock_meanwhile
#include "runtime/gather.c"
#undef etch_clock_now

static struct drain drain;
static struct etch_cursor *cursor;

static uint32_t state_of(uint32_t packet)
{
    return pool_states(session->pool)[packet];
}

static uint32_t word_of(enum etch_packet_state state)
{
    return ETCH_PACKET_WORD(state, cursor->slot);
}

static uint32_t packet_of(const struct etch_cursor *c)
{
    return (uint32_t)((uint64_t)(c->packet - (unsigned char *)pool_packet(session->pool, 0)) /
                      session->pool->packet_size);
}

/* A thread with an open packet, between two events. */
static int setup(void **state)
{
    if (pool_setup(state) < 0)
        return -1;
    session->membarrier = 1;
    drain = (struct drain){.s = session, .pool = session->pool};
    int slot = etch_slot_take(session->pool, 1, 0);
    if (slot < 0)
        return -1;
    cursor = &session->cursors[slot];
    *cursor = (struct etch_cursor){.slot = (uint32_t)slot, .attached = 1};
    return etch_packet_take(session, cursor);
}

/* What the thread's next event does where its packet is full or revoked. */
static void turn(void)
{
    etch_packet_seal(session, cursor);
    assert_int_equal(etch_packet_take(session, cursor), 0);
}

static void test_idle(void **state)
{
    (void)state;
    drain_steal(&drain, false);
    assert_int_equal(state_of(0), word_of(ETCH_PACKET_SEALED));
    assert_int_equal(session->pool->sealed, 1);
    assert_ptr_equal(cursor->end, (unsigned char *)END_REVOKED);
    turn();
    assert_int_equal(session->pool->sealed, 1);
    assert_int_equal(state_of(1), word_of(ETCH_PACKET_OPEN));
}

/* In an event: the packet is its own until it has stored that. */
static void test_storing(void **state)
{
    (void)state;
    cursor->busy = CURSOR_STORING;
    drain_steal(&drain, false);
    assert_ptr_equal(cursor->end, cursor->limit);
    drain_steal(&drain, true);
    assert_ptr_equal(cursor->end, (unsigned char *)END_REVOKED);
    assert_int_equal(state_of(0), word_of(ETCH_PACKET_OPEN));
}

/* The thread has turned its packet: the new one is in use, and stays open. */
static void test_turned(void **state)
{
    (void)state;
    meanwhile = turn;
    drain_steal(&drain, false);
    assert_int_equal(state_of(0), word_of(ETCH_PACKET_SEALED));
    assert_int_equal(packet_of(cursor), 1);
    assert_int_equal(state_of(1), word_of(ETCH_PACKET_OPEN));
    assert_ptr_equal(cursor->end, cursor->limit);
    assert_int_equal(session->pool->sealed, 1);
}

static void turn_around(void)
{
    for (uint32_t i = 0; i < session->pool->packet_count; i++)
        turn();
}

/* It has gone round the whole pool, which is overwritten: the packet that the
 * drain looked at is none that it stores to. */
static void test_turned_around(void **state)
{
    (void)state;
    session->pool->policy = ETCH_POLICY_OVERWRITE;
    meanwhile = turn_around;
    drain_steal(&drain, false);
    assert_int_equal(packet_of(cursor), 1);
    assert_int_equal(state_of(1), word_of(ETCH_PACKET_OPEN));
    assert_int_equal(state_of(0), word_of(ETCH_PACKET_SEALED));
    /* From now on it is taken again. */
    for (uint32_t i = 2; i < 7; i++) {
        turn();
        assert_int_equal(packet_of(cursor), i % 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_idle, setup, pool_teardown),
        cmocka_unit_test_setup_teardown(test_storing, setup, pool_teardown),
        cmocka_unit_test_setup_teardown(test_turned, setup, pool_teardown),
        cmocka_unit_test_setup_teardown(test_turned_around, setup, pool_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
