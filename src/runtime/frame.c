/* SPDX-License-Identifier: MIT
 *
 * frame.c: frames (etch/frame.h): cursors of their own in the session's pool, and
 * the dictionary.
 *
 * Reads:  the session.
 * Writes: the cursor and its packets; the trace's metadata.
 * Never:  reads a clock but at a packet's begin and end.
 */
#include <etch/frame.h>

#include "format/packet.h"
#include "runtime/ctf_metadata.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/sys.h"
#include "runtime/write.h"

int etch_frame_declare(const struct etch_frame_class *entry)
{
    struct session *s = etch_session_hold_begin();
    if (s == NULL)
        return -ESRCH;
    int r = -ENOTSUP;
    if (s->pool->outputs & ETCH_OUT_CTF) {
        sys_sigset signals;
        etch_registry_lock(&signals);
        r = etch_ctf_frame(s, entry);
        etch_registry_unlock(signals);
    }
    etch_session_drop(s);
    return r;
}

/* Handlers of the thread do not fire frames, so that nobody takes it meanwhile. */
static bool frame_room(struct session *s, struct etch_cursor *c, size_t size)
{
    if (c->packet != NULL && etch_frame_fits(c, size))
        return true;
    if (size + sizeof(struct etch_packet_header) > s->pool->packet_size ||
        !etch_packet_turn(s, c)) {
        etch_discard(s, c);
        return false;
    }
    /* Frames need no clock, raw or not. */
    __atomic_store_n(&c->end, c->limit, __ATOMIC_RELAXED);
    return true;
}

bool etch_frame_turn(struct etch_cursor **cursor, size_t size)
{
    struct session *s = etch_session_hold_new();
    struct etch_cursor *c = *cursor;
    if (s != NULL && (c == NULL || !etch_cursor_attached(c))) {
        sys_sigset signals = sys_block_signals();
        c = *cursor = etch_cursor_attach(s, ETCH_LEVEL_FRAMES);
        sys_restore_signals(signals);
    }
    if (s != NULL && c != NULL)
        etch_cursor_mark(c, CURSOR_SLOW, __ATOMIC_SEQ_CST);
    if (s != NULL)
        etch_session_drop(s); /* it stays as long as the cursor is busy */
    if (s == NULL || c == NULL)
        return false;
    bool room = frame_room(s, c, size);
    etch_cursor_mark(c, CURSOR_STORING, __ATOMIC_SEQ_CST);
    return room;
}
