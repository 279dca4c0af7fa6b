/* SPDX-License-Identifier: MIT
 *
 * write.h: the cursors of threads, and what events and frames share (write.c).
 */
#ifndef ETCH_RUNTIME_WRITE_H
#define ETCH_RUNTIME_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <etch/event.h>

#include "runtime/clock.h"

struct etch_note;
struct session;

#define LEVELS      3u /* thread, signal handler, handler within it */
#define END_REVOKED 1u /* cursor.end: the drain took the packet */

/* How a cursor's owner stands, in the low bits of cursor.busy; WAITING: for a
 * packet, counted in free_waiters. */
enum { CURSOR_IDLE = 0, CURSOR_STORING = 1, CURSOR_SLOW = 2, CURSOR_WAITING = 3 };
#define CURSOR_STATE(busy) ((unsigned)((busy)&3u))

static inline unsigned cursor_state(const struct etch_cursor *c)
{
    return CURSOR_STATE(__atomic_load_n(&c->busy, __ATOMIC_ACQUIRE));
}

extern struct etch_cursor etch_cursor_none;

/* The clock; where it has gone back (threads move between processors, machines
 * between hosts), the last that the thread saw: within a stream time stands still
 * rather than fall, since other readers refuse a trace in which it does. */
static inline uint64_t cursor_clock(const struct etch_pool_header *p, const struct etch_cursor *c)
{
    uint64_t now = etch_clock_now(p->clock);
    return now > c->last ? now : c->last;
}

/* A cursor is attached while its slot is its own; fork wipes that. */
bool etch_cursor_attached(const struct etch_cursor *c);
/* A new one of the calling thread, for a nesting level; NULL: no slot, counted. */
struct etch_cursor *etch_cursor_attach(struct session *s, uint32_t level);
/* Whose event it is stays, how it stands changes. */
void etch_cursor_mark(struct etch_cursor *c, unsigned state, int order);
/* The next packet, by the policy; false: there is none. */
bool etch_packet_turn(struct session *s, struct etch_cursor *c);
/* Counts one that is not stored. */
void etch_discard(struct session *s, const struct etch_cursor *c);

/* Stores event `index` of a note, as etch_event_rare() does; false: it could not. */
bool etch_event_store(uint32_t first_id, const struct etch_note *note, uint32_t index,
                      const uint64_t *values, uintptr_t frame);

/* ---- stack.c ---- */

/* Whether the function whose frame was `then` has been left, seen from one whose
 * frame is `now`; false where that cannot be told. */
bool etch_frame_is_gone(uintptr_t then, uintptr_t now);

#endif
