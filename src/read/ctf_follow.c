/* SPDX-License-Identifier: MIT
 *
 * ctf_follow.c: the CTF trace of a live process, as far as it is written.
 *
 * Reads:  the pool's checkpoint and slots, new stream files; once the process
 *         has gone, what its pool has.
 * Writes: nothing.
 * Never:  takes a packet out of a pool that is still drained.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "read/ctf.h"
#include "read/ctf_stream.h"

/* How far the files are written by now; new ones are opened. True if there is
 * more than before. */
static bool follow_written(struct ctf *c, const struct etch_pool_header *header)
{
    uint64_t generation = pool_checkpoint(header).generation;
    bool more = false;
    if (generation == c->generation)
        return false;
    ctf_scan_files(c);
    for (size_t i = 0; i < c->n_streams; i++) {
        struct etch_pool_slot slot;
        if (c->streams[i].stream >= header->slot_count ||
            !pool_read_slot(c->pool_fd, header, c->streams[i].stream, &slot))
            continue;
        const struct etch_written *w = &slot.written[generation & 1];
        ctf_feed_follow(c->streams[i].feed, ctf_limit(w, c->streams[i].file), true);
        more = true;
    }
    c->generation = generation;
    return more;
}

/* Its files are opened by their names, which may be others' by now. */
static int tell_moved(struct ctf *c)
{
    struct etch_read_fault what = {.kind = ETCH_FAULT_MISMATCH, .path = c->path};
    for (size_t i = 0; i < c->n_streams; i++)
        ctf_feed_follow(c->streams[i].feed, 0, false);
    return fault_set(c->source.fault, -ENOENT, &what,
                     "the trace was moved while it was followed; what was written last is not "
                     "shown");
}

/* The traced process has gone, or has left the folder for another: what it left is
 * final. */
static int follow_end(struct ctf *c)
{
    struct etch_pool_header header;
    bool whole = pool_peek(c->pool_fd, &header) < 0 || header.drain_state == ETCH_DRAIN_ENDED ||
                 !ctf_is_of(c, &header) || access(c->pool_path, F_OK) < 0;
    close(c->pool_fd);
    c->pool_fd = -1;
    if (!ctf_is_there(c))
        return tell_moved(c);
    int error = whole ? 0 : pool_open(&c->pool, c->pool_path, ETCH_OUT_CTF, c->source.fault);
    error = error == -ENOENT ? 0 : error;
    for (size_t i = 0; i < c->n_streams && error >= 0; i++) {
        struct open_stream *s = &c->streams[i];
        struct etch_written room;
        const struct etch_written *written = ctf_written(c, s->stream, &room);
        ctf_feed_follow(s->feed, ctf_limit(written, s->file), false);
        struct packet_feed *rest = written != NULL ? ctf_pool_part(c, s->stream) : NULL;
        if (written != NULL)
            ctf_feed_append(s->feed, rest);
    }
    if (error >= 0)
        error = ctf_scan_files(c);
    return error < 0 || c->pool == NULL ? error : ctf_add_pool_streams(c);
}

int ctf_follow(struct ctf *c)
{
    struct etch_pool_header header;
    if (pool_peek(c->pool_fd, &header) == 0 && ctf_is_of(c, &header) &&
        pool_lives(c->pool_fd, &header))
        return follow_written(c, &header);
    int error = follow_end(c);
    return error < 0 ? error : 1;
}
