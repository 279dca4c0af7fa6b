/* SPDX-License-Identifier: MIT
 *
 * out_ctf.c: see out_ctf.h. A packet that its thread had not sealed is sealed
 * with the clock of its last event; from the same pool the same bytes come.
 */
#include "read/out_ctf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/read_at.h"
#include "read/suppressed.h"

struct stream_out {
    struct out_ctf *out;
    uint32_t slot;
    char name[64];
    int fd;
    uint64_t offset;
    uint64_t seq;       /* of the next packet */
    uint64_t ended;     /* ticks */
    uint64_t told;      /* discarded events */
    uint64_t begin_seq; /* the trace begins here: packets below are not of it; 0: at the first */
    uint32_t tid, level;
};

static int failed(const struct stream_out *s, int error, const char *doing)
{
    char path[ETCH_POOL_PATH_MAX + 72];
    snprintf(path, sizeof(path), "%s/%s", s->out->path, s->name);
    return fault_system(s->out->fault, error, path, doing);
}

static int put(struct stream_out *s, const void *data, size_t size)
{
    const char *p = data;
    while (size > 0) {
        ssize_t n = pwrite(s->fd, p, size, (off_t)s->offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(s, n == 0 ? -ENOSPC : -errno, "cannot append to the stream");
        p += n;
        size -= (size_t)n;
        s->offset += (uint64_t)n;
        s->out->bytes += (uint64_t)n;
    }
    return 0;
}

/* Removes files that the drain began behind its last checkpoint: what they hold is
 * in the pool still, and comes again. */
static int remove_later(struct stream_out *s, uint64_t file)
{
    int fd = openat(s->out->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return failed(s, -errno, "cannot list its folder");
    }
    int error = 0;
    for (struct dirent *e; error == 0 && (e = readdir(dir)) != NULL;) {
        uint32_t slot;
        uint64_t number;
        if (sscanf(e->d_name, "stream-%" SCNu32 ".%" SCNu64, &slot, &number) == 2 &&
            slot == s->slot && number > file && unlinkat(s->out->dir, e->d_name, 0) < 0)
            error = failed(s, -errno, "cannot remove a later file");
    }
    closedir(dir);
    return error;
}

/* Opens the file, cut to what the drain had written of it; `make`: there may be
 * none. */
static int open_file(struct stream_out *s, const struct etch_written *written, bool make)
{
    struct stat st;
    if (written->file == 0)
        snprintf(s->name, sizeof(s->name), "stream-%" PRIu32, s->slot);
    else
        snprintf(s->name, sizeof(s->name), "stream-%" PRIu32 ".%" PRIu64, s->slot, written->file);
    s->offset = written->offset;
    s->fd = openat(s->out->dir, s->name,
                   O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (make ? O_CREAT : 0), 0666);
    if (s->fd < 0 && errno == ENOENT && written->offset == 0)
        return 0;
    if (s->fd < 0 || fstat(s->fd, &st) < 0)
        return failed(s, -errno, "cannot open the stream");
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < written->offset)
        return failed(s, -EINVAL, "the stream was replaced or cut since its program was killed");
    if (ftruncate(s->fd, (off_t)written->offset) < 0)
        return failed(s, -errno, "cannot cut the stream");
    int error = remove_later(s, written->file);
    if (error < 0)
        return error;
    if (written->offset == 0 && !make) /* an unfinished write was all that it held */
        unlinkat(s->out->dir, s->name, 0);
    return 0;
}

static bool is_last(const struct stream_out *s, const struct pool_item *item)
{
    const struct pool *pool = s->out->pool;
    return item + 1 == pool->items + pool->n_items || item[1].slot != s->slot;
}

static void damaged(struct stream_out *s, uint64_t seq, const char *why)
{
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = s->out->pool->path};
    s->out->damaged = fault_set(s->out->fault, -EINVAL, &what,
                                "stream %" PRIu32 ", packet %" PRIu64 ": %s", s->slot, seq, why);
}

/* A packet of that number without events, which tells how many were discarded by
 * then. */
static int put_empty(struct stream_out *s, uint64_t seq, uint64_t ticks, uint64_t discarded)
{
    struct etch_packet_header h = {.magic = ETCH_PACKET_MAGIC,
                                   .stream_id = etch_stream_class_of(s->level),
                                   .stream_instance_id = s->slot,
                                   .timestamp_begin = ticks,
                                   .timestamp_end = ticks,
                                   .content_size = sizeof(h) * 8,
                                   .packet_size = sizeof(h) * 8,
                                   .packet_seq_num = seq,
                                   .events_discarded = discarded,
                                   .tid = s->tid,
                                   .level = s->level};
    memcpy(h.uuid, s->out->pool->header.uuid, sizeof(h.uuid));
    return put(s, &h, sizeof(h));
}

/* Readers count what was discarded from one packet to the next: where some were
 * before the first, one goes before it that tells none of them. */
static int put_opening(struct stream_out *s, uint64_t discarded)
{
    if (s->offset != 0 || (discarded == s->told && s->begin_seq == 0))
        return 0;
    if (s->begin_seq != 0) { /* what came before is of another trace */
        uint32_t tid = s->tid;
        s->tid = ETCH_PACKET_BEGINS;
        int error = put_empty(s, s->begin_seq - 1, s->out->pool->header.first.ticks, s->told);
        s->tid = tid;
        return error;
    }
    return put_empty(s, s->seq - 1, s->out->pool->header.first.ticks, s->told);
}

/* What was discarded behind the last packet. */
static int put_closing(struct stream_out *s, uint64_t discarded)
{
    uint64_t last = s->out->pool->header.last.ticks;
    if (discarded <= s->told)
        return 0;
    int error = put_opening(s, discarded);
    return error < 0 ? error : put_empty(s, s->seq, last > s->ended ? last : s->ended, discarded);
}

static void count_events(struct out_ctf *out, const struct packet_extent *extent)
{
    if (extent->events == 0)
        return;
    if (out->events == 0 || extent->first_ticks < out->first_ticks)
        out->first_ticks = extent->first_ticks;
    if (extent->last_ticks > out->last_ticks)
        out->last_ticks = extent->last_ticks;
    out->events += extent->events;
}

/* Appends a packet, sealed and cut to what can be read of it. */
static int put_packet(struct stream_out *s, const struct pool_item *item,
                      struct etch_packet_header *h)
{
    struct packet packet = {.header = h, .content = pool_read_packet(s->out->pool, item, h)};
    if (packet.content == 0) {
        damaged(s, item->seq, "it cannot be read");
        return 0;
    }
    struct packet_extent extent = packet_measure(s->out->trace, &packet);
    if (extent.why != NULL)
        damaged(s, item->seq, extent.why);
    bool sealed = h->packet_size != 0 && h->timestamp_end >= extent.last_ticks;
    if (extent.events == 0 && !sealed)
        return 0;
    if (!sealed) {
        h->timestamp_end = extent.last_ticks;
        h->events_discarded = is_last(s, item) ? s->out->pool->slots[s->slot].discarded : s->told;
    }
    size_t size = (extent.size + 7) / 8 * 8;
    memset((char *)h + extent.size, 0, size - extent.size);
    h->content_size = extent.size * 8;
    h->packet_size = size * 8;
    s->seq = h->packet_seq_num;
    s->tid = h->tid;
    s->level = h->level;
    int error = put_opening(s, h->events_discarded);
    s->seq++;
    s->ended = h->timestamp_end;
    s->told = h->events_discarded;
    count_events(s->out, &extent);
    return error < 0 ? error : put(s, h, size);
}

/* What the last packet in the file tells of discarded events, and when it ends. */
static void resume(struct stream_out *s, struct etch_packet_header *h)
{
    for (uint64_t at = 0; at < s->offset && read_at(s->fd, h, sizeof(*h), at);) {
        uint64_t size = h->packet_size / 8;
        if (h->magic != ETCH_PACKET_MAGIC || size < sizeof(*h) || size > s->offset - at)
            return;
        s->told = h->events_discarded;
        s->ended = h->timestamp_end;
        at += size;
    }
}

static int fill_stream(struct stream_out *s, const struct pool_item *item,
                       const struct pool_item *end, uint64_t discarded,
                       struct etch_packet_header *buffer)
{
    int error = 0;
    if (discarded != 0)
        resume(s, buffer);
    s->out->discarded += discarded > s->told ? discarded - s->told : 0;
    while (item < end && error == 0)
        error = put_packet(s, item++, buffer);
    if (error == 0)
        error = put_closing(s, discarded);
    if (error == 0 && s->fd >= 0 && fsync(s->fd) < 0)
        error = failed(s, -errno, "cannot write the stream");
    return error;
}

static int write_stream(struct out_ctf *out, uint32_t slot, const struct pool_item *item,
                        const struct pool_item *end, struct etch_packet_header *buffer)
{
    const struct etch_pool_slot *sl = &out->pool->slots[slot];
    struct etch_written written = pool_written(out->pool, slot);
    struct stream_out s = {
        .out = out, .slot = slot, .fd = -1, .seq = written.seq, .tid = sl->tid, .level = sl->level};
    if (item == end && sl->next_seq == 0 && sl->discarded == 0)
        return 0;
    if (written.offset == 0 && written.file == 0) {
        s.begin_seq = sl->trace_seq;
        s.told = sl->trace_discarded;
    }
    int error = open_file(&s, &written, item < end || sl->discarded > s.told);
    if (error == 0)
        error = fill_stream(&s, item, end, sl->discarded, buffer);
    if (s.fd >= 0)
        close(s.fd);
    return error;
}

/* What threads without a slot discarded: a stream of its own, behind all slots. */
static int write_slotless(struct out_ctf *out, struct etch_packet_header *buffer)
{
    static const struct etch_written nothing;
    const struct etch_pool_header *h = &out->pool->header;
    struct stream_out s = {.out = out, .slot = h->slot_count, .fd = -1, .tid = h->pid};
    if (h->discarded == 0)
        return 0;
    int error = open_file(&s, &nothing, true);
    if (error == 0)
        error = fill_stream(&s, NULL, NULL, h->discarded, buffer);
    if (s.fd >= 0)
        close(s.fd);
    return error;
}

/* One event that tells what a limit held back: its size; 0: no room for it. */
static size_t put_suppressed(unsigned char *p, size_t room, const struct suppressed *all,
                             const struct suppressed_one *one, uint64_t ticks)
{
    const uint32_t header[2] = {ETCH_ID_EXTENDED, all->id};
    const struct {
        const void *data;
        size_t size;
    } parts[] = {{header, sizeof(header)},
                 {&ticks, sizeof(ticks)},
                 {one->event, strlen(one->event) + 1},
                 {&one->count, sizeof(one->count)},
                 {&one->limit, sizeof(one->limit)},
                 {&one->total, sizeof(one->total)}};
    size_t size = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].size > room - size)
            return 0;
        memcpy(p + size, parts[i].data, parts[i].size);
        size += parts[i].size;
    }
    return size;
}

/* The packets of a stream of them. */
static int fill_suppressed(struct stream_out *s, const struct suppressed *all,
                           struct etch_packet_header *h)
{
    size_t room = s->out->pool->header.packet_size;
    int error = 0;
    for (size_t i = 0; i < all->n && error == 0;) {
        uint64_t ticks = pool_ticks(s->out->pool, all->one[i].time_ns);
        size_t content = sizeof(*h), size;
        memset(h, 0, room);
        *h = (struct etch_packet_header){.magic = ETCH_PACKET_MAGIC,
                                         .stream_instance_id = s->slot,
                                         .timestamp_begin = ticks,
                                         .packet_seq_num = s->seq++,
                                         .tid = s->tid};
        memcpy(h->uuid, s->out->pool->header.uuid, sizeof(h->uuid));
        while (i < all->n && (size = put_suppressed((unsigned char *)h + content, room - content,
                                                    all, &all->one[i], ticks)) != 0) {
            struct packet_extent extent = {.first_ticks = ticks, .last_ticks = ticks, .events = 1};
            count_events(s->out, &extent);
            h->timestamp_end = ticks;
            content += size;
            if (++i < all->n)
                ticks = pool_ticks(s->out->pool, all->one[i].time_ns);
        }
        h->content_size = content * 8;
        h->packet_size = (content + 7) / 8 * 64;
        error = content == sizeof(*h)
                    ? failed(s, -ENAMETOOLONG, "cannot tell what limits held back")
                    : put(s, h, (content + 7) / 8 * 8);
    }
    return error;
}

/* What limits held back and was not told: a stream of its own, the last one. */
static int write_suppressed(struct out_ctf *out, struct etch_packet_header *buffer)
{
    static const struct etch_written nothing;
    const struct etch_pool_header *h = &out->pool->header;
    struct stream_out s = {.out = out, .slot = h->slot_count + 1, .fd = -1, .tid = h->pid};
    struct suppressed *all = malloc(sizeof(*all));
    if (all == NULL)
        return fault_system(out->fault, -ENOMEM, out->path, "cannot recover");
    suppressed_list(all, out->pool, out->trace->meta);
    int error = all->n == 0 ? 0 : open_file(&s, &nothing, true);
    if (error == 0)
        error = fill_suppressed(&s, all, buffer);
    if (error == 0 && s.fd >= 0 && fsync(s.fd) < 0)
        error = failed(&s, -errno, "cannot write the stream");
    if (s.fd >= 0)
        close(s.fd);
    free(all);
    return error;
}

int out_ctf_streams(struct out_ctf *out)
{
    const struct pool *pool = out->pool;
    struct etch_packet_header *buffer = malloc(pool->header.packet_size);
    const struct pool_item *item = pool->items, *all = item + pool->n_items;
    int error = buffer == NULL ? fault_system(out->fault, -ENOMEM, out->path, "cannot recover") : 0;
    for (uint32_t slot = 0; slot < pool->header.slot_count && error == 0; slot++) {
        const struct pool_item *first = item;
        while (item < all && item->slot == slot)
            item++;
        error = write_stream(out, slot, first, item, buffer);
    }
    if (error == 0)
        error = write_slotless(out, buffer);
    if (error == 0)
        error = write_suppressed(out, buffer);
    free(buffer);
    return error;
}
