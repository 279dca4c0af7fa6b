/* SPDX-License-Identifier: MIT
 *
 * frame.h: frames, for programs that store very many records of few kinds: what a
 * translator writes each time a block of a guest has run. A frame is the number of
 * an entry of the trace's dictionary and the fields that this one names, of fixed
 * size. It has no clock: time is bounded by that of its packet. A thread's frames
 * are a stream of their own in the pool and in the CTF trace; drop, block, flight
 * recorder, kill and recovery are those of events.
 *
 * Reads:  the thread's cursor.
 * Writes: the thread's packet of frames; the dictionary, into the trace's metadata.
 * Never:  looks at the words that switch events. Frames want a session that writes
 *         CTF.
 *
 *     struct etch_cursor *c = NULL;
 *     ...
 *     if (!etch_frame_fits(c, SIZE) && !etch_frame_turn(&c, SIZE))
 *         ... not stored, and counted as discarded
 *     unsigned char *p = c->pos;
 *     ... u32 id and the fields, at p
 *     etch_frame_commit(c, p + size);
 *
 * A cursor is of one thread, and its signal handlers leave it alone. After a fork
 * the child's is asked for anew by etch_frame_turn(), and its dictionary is empty.
 */
#ifndef ETCH_FRAME_H
#define ETCH_FRAME_H

#include <etch/event.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A field: a name of letters, digits and underscores, and one letter for its type
 * (doc/format.md): b B h H i I q Q P. */
struct etch_frame_field {
    const char *name;
    char kind;
};

/* An entry of the dictionary. */
struct etch_frame_class {
    uint32_t id;            /* the program's choice, once a process */
    const char *name;       /* of the event class in the metadata */
    const char *attributes; /* what a reader wants to know: text */
    const struct etch_frame_field *fields;
    size_t n_fields;
};

/* Adds it to the dictionary: before the first frame with its id is committed, so
 * that no kill leaves a frame that cannot be read. 0; -ENOTSUP: the session writes
 * no CTF; -EINVAL, -E2BIG: what is wrong with the entry; or another -errno, and
 * its frames must not be stored. Calls the system a few times. */
int etch_frame_declare(const struct etch_frame_class *entry);

/* Makes room for `size` bytes at (*cursor)->pos: the next packet of the cursor, or,
 * where that is NULL or was the parent's of a fork, of a new one of the calling
 * thread. False: there is no room, and one frame was counted as discarded. Under
 * policy block it waits first, a second at most. */
bool etch_frame_turn(struct etch_cursor **cursor, size_t size);

/* While a thread may be long without a frame (it sleeps in a system call) its
 * packet may be taken back, for whoever reads the trace meanwhile: between rest and
 * wake it stores nothing. */
static inline void etch_frame_rest(struct etch_cursor *cursor)
{
    __atomic_store_n(&cursor->busy, 0, __ATOMIC_RELEASE);
}

static inline void etch_frame_wake(struct etch_cursor *cursor)
{
    __atomic_store_n(&cursor->busy, 1, __ATOMIC_SEQ_CST);
}

/* Whether `size` bytes can be stored at cursor->pos. `end` is less than any address
 * when the packet is to be turned; others change it. */
static inline bool etch_frame_fits(const struct etch_cursor *cursor, size_t size)
{
    return cursor != NULL && (uintptr_t)cursor->pos + size <=
                                 (uintptr_t)__atomic_load_n(&cursor->end, __ATOMIC_RELAXED);
}

/* What was stored from cursor->pos up to `end` is in the trace from here on,
 * whatever happens to the process. */
static inline void etch_frame_commit(struct etch_cursor *cursor, unsigned char *end)
{
    cursor->pos = end;
    __atomic_store_n((uint64_t *)(void *)(cursor->packet + ETCH_PACKET_CONTENT),
                     (uint64_t)(end - cursor->packet) << 3, __ATOMIC_RELEASE);
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
