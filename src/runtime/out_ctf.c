/* SPDX-License-Identifier: MIT
 *
 * out_ctf.c: packets → the streams of a CTF trace: one file a slot, in which its
 * packets stand in order, as they are in the pool, cut to their content.
 *
 * Reads:  sealed packets; at the end open ones, too.
 * Writes: files `stream-N`; how far they are, into the streams.
 * Never:  looks at an event.
 */
#include "runtime/clock.h"
#include "runtime/ctf_metadata.h"
#include "runtime/drain.h"
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

/* ---- files ---- */

/* The name of a file of a stream: "stream-N", and with rotation "stream-N.K". */
static struct text name_of(char *name, size_t size, uint32_t slot, uint64_t number)
{
    struct text t = text_in(name, size);
    text_add(&t, "stream-");
    text_u64(&t, slot);
    if (number != 0) {
        text_add(&t, ".");
        text_u64(&t, number);
    }
    return t;
}

void ctf_close(struct drain *d)
{
    for (uint32_t i = 0; i < CTF_FILES; i++) {
        if (d->ctf->files[i].stream != 0)
            sys_close(d->ctf->files[i].fd);
        d->ctf->files[i].stream = 0;
    }
}

/* The stream's file: open, or opened in the place of the one that was opened
 * first. A descriptor, or -errno. */
static int file_of(struct drain *d, uint32_t slot)
{
    struct ctf_out *ctf = d->ctf;
    for (uint32_t i = 0; i < CTF_FILES; i++)
        if (ctf->files[i].stream == slot + 1)
            return ctf->files[i].fd;
    struct ctf_file *f = &ctf->files[ctf->turn++ % CTF_FILES];
    if (f->stream != 0)
        sys_close(f->fd);
    f->stream = 0;
    char name[64];
    name_of(name, sizeof(name), slot, d->streams[slot].written.file);
    const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    int fd = sys_openat(d->s->ctf_fd, name, flags, 0666);
    if (fd == -EMFILE) { /* a small `ulimit -n` */
        ctf_close(d);
        fd = sys_openat(d->s->ctf_fd, name, flags, 0666);
    }
    if (fd >= 0)
        *f = (struct ctf_file){slot + 1, fd};
    return fd;
}

/* Begins the stream's next file where `size` more bytes are too many for the one
 * it has, and removes the oldest. Until the checkpoint says so nobody looks at
 * the new one. */
static void rotate(struct drain *d, uint32_t slot, uint64_t size)
{
    struct etch_written *at = &d->streams[slot].written;
    if (etch_settings.max_size == 0 || d->ctf->one_file || at->offset == 0 ||
        at->offset + size <= etch_settings.max_size)
        return;
    for (uint32_t i = 0; i < CTF_FILES; i++)
        if (d->ctf->files[i].stream == slot + 1) {
            sys_close(d->ctf->files[i].fd);
            d->ctf->files[i].stream = 0;
        }
    at->file++;
    at->offset = 0;
    if (etch_settings.max_files == 0 || at->file < etch_settings.max_files)
        return;
    char name[64];
    name_of(name, sizeof(name), slot, at->file - etch_settings.max_files);
    sys_unlinkat(d->s->ctf_fd, name);
}

static long write_at(int fd, const struct iovec *parts, unsigned n, uint64_t offset)
{
    long r;
    do
        r = sys6(SYS_pwritev, fd, SYS_PTR(parts), n, (long)offset, (long)(offset >> 32), 0);
    while (r == -EINTR);
    if (r == -EFBIG)
        sys_consume_sigxfsz();
    return r;
}

/* Writes the first n packets that stand in heads and parts behind what the
 * stream's file has. 0, or -errno: then as many as fit are there. */
static int write_packets(struct drain *d, uint32_t slot, unsigned n)
{
    struct ctf_out *ctf = d->ctf;
    struct stream *st = &d->streams[slot];
    uint64_t all = 0;
    for (unsigned i = 0; i < n; i++)
        all += ctf->heads[i].packet_size / 8;
    rotate(d, slot, all);
    int fd = file_of(d, slot);
    if (fd < 0)
        return fd;
    long r = write_at(fd, ctf->parts, 2 * n, st->written.offset);
    unsigned whole = 0;
    uint64_t size = 0;
    for (; whole < n && r > 0; whole++) {
        uint64_t packet = ctf->heads[whole].packet_size / 8;
        if (size + packet > (uint64_t)r)
            break;
        size += packet;
        st->written.seq = ctf->heads[whole].packet_seq_num + 1;
        st->told_ctf = ctf->heads[whole].events_discarded;
        if (!(d->outputs & ETCH_OUT_SIMPLE)) {
            d->newest = ctf->heads[whole].timestamp_end;
            d->newest_ns = drain_time(d, d->newest);
        }
    }
    st->written.offset += size;
    if (whole == n)
        return 0;
    if (r >= 0) /* why not more of it */
        r = write_at(fd, &(struct iovec){"", 1}, 1, st->written.offset + (uint64_t)r - size);
    /* A packet that is torn would make the whole trace unreadable to others. */
    sys_ftruncate(fd, st->written.offset);
    return r < 0 ? (int)r : -ENOSPC;
}

/* ---- packets without events ---- */

/* A packet of that number that tells how many events were discarded by then. */
static int write_empty(struct drain *d, uint32_t slot, uint64_t seq, uint64_t ticks,
                       uint64_t discarded)
{
    bool placed = slot < d->pool->slot_count;
    /* The number before that of the first: none of this trace is missing there. */
    bool opens = d->streams[slot].begin_seq != 0 && d->streams[slot].written.offset == 0;
    const struct etch_pool_slot *sl = &pool_slots(d->pool)[placed ? slot : 0];
    struct etch_packet_header *head = &d->ctf->heads[0];
    *head = (struct etch_packet_header){
        .magic = ETCH_PACKET_MAGIC,
        .stream_id = placed ? etch_stream_class_of(sl->level) : ETCH_STREAM_EVENTS,
        .stream_instance_id = slot,
        .timestamp_begin = ticks,
        .timestamp_end = ticks,
        .content_size = sizeof(*head) * 8,
        .packet_size = sizeof(*head) * 8,
        .packet_seq_num = seq,
        .events_discarded = discarded,
        .tid = opens    ? ETCH_PACKET_BEGINS
               : placed ? sl->tid
                        : d->s->pid,
        .level = placed ? sl->level : 0,
    };
    __builtin_memcpy(head->uuid, d->pool->uuid, sizeof(head->uuid));
    d->ctf->parts[0] = (struct iovec){head, sizeof(*head)};
    d->ctf->parts[1] = (struct iovec){head, 0};
    return write_packets(d, slot, 1);
}

/* Readers count what was discarded from one packet to the next: where some were
 * before a file's first, one goes before it that tells none of them. */
static int write_opening(struct drain *d, uint32_t slot, uint64_t discarded)
{
    struct stream *st = &d->streams[slot];
    uint64_t seq = st->written.seq, begin = st->begin_seq;
    if (st->written.offset != 0 || (begin == 0 && discarded == st->told_ctf))
        return 0;
    int r =
        write_empty(d, slot, (begin != 0 ? begin : seq) - 1, d->pool->first.ticks, st->told_ctf);
    if (r == 0)
        st->begin_seq = 0;
    st->written.seq = seq;
    return r;
}

/* What was discarded behind the last packet. Its number is that of the packet
 * that would follow, which goes to another file if there will be one. */
static int write_closing(struct drain *d, uint32_t slot, uint64_t discarded)
{
    struct stream *st = &d->streams[slot];
    uint64_t seq = st->written.seq;
    if (discarded == st->told_ctf)
        return 0;
    int r = write_opening(d, slot, discarded);
    if (r == 0)
        r = write_empty(d, slot, seq, etch_clock_now(d->pool->clock), discarded);
    st->written.seq = seq;
    return r;
}

/* ---- packets ---- */

static uint32_t packet_state(const struct drain *d, const struct item *it)
{
    return ETCH_PACKET_STATE(__atomic_load_n(&pool_states(d->pool)[it->index], __ATOMIC_ACQUIRE));
}

/* How many events of the stream were discarded by the end of a packet. */
static uint64_t discarded_by(const struct drain *d, const struct item *it)
{
    if (packet_state(d, it) == ETCH_PACKET_OPEN)
        return __atomic_load_n(&pool_slots(d->pool)[it->slot].discarded, __ATOMIC_RELAXED);
    return pool_packet(d->pool, it->index)->events_discarded;
}

/* The k-th packet of a write, with a head of its own: the one in the pool may
 * still be its thread's. False if it holds nothing that is to be told. */
static bool packet_add(struct drain *d, const struct item *it, unsigned k)
{
    struct ctf_out *ctf = d->ctf;
    bool open = packet_state(d, it) == ETCH_PACKET_OPEN;
    struct etch_packet_header *h = pool_packet(d->pool, it->index);
    uint64_t content = __atomic_load_n(&h->content_size, __ATOMIC_ACQUIRE) / 8;
    if (content < sizeof(*h) || content > d->pool->packet_size)
        content = sizeof(*h); /* scribbled over by the program */
    if (open && content == sizeof(*h))
        return false;
    struct etch_packet_header *head = &ctf->heads[k];
    *head = *h;
    head->events_discarded = discarded_by(d, it);
    if (open)
        head->timestamp_end = etch_clock_now(d->pool->clock);
    uint64_t size = (content + 7) / 8 * 8;
    head->content_size = content * 8;
    head->packet_size = size * 8;
    ctf->parts[2 * k] = (struct iovec){head, sizeof(*head)};
    ctf->parts[2 * k + 1] = (struct iovec){h + 1, size - sizeof(*h)};
    return true;
}

/* Whether the packet is complete and follows, as number `seq`, on what is
 * written. Where packets are overwritten the list has all that are left. */
static bool packet_due(const struct drain *d, const struct item *it, uint64_t seq)
{
    if (d->holds)
        return pool_packet(d->pool, it->index)->timestamp_end >= d->from;
    return it->seq == seq && (d->ctf->last_call || packet_state(d, it) == ETCH_PACKET_SEALED);
}

/* The packets of one stream that follow what is written, in unbroken sequence.
 * Whether there were any, or -errno. */
int ctf_write_stream(struct drain *d, uint32_t item, uint32_t end)
{
    uint32_t slot = d->items[item].slot;
    struct stream *st = &d->streams[slot];
    int moved = 0;
    uint64_t most = etch_settings.max_size / d->pool->packet_size;
    if (most == 0 || most > CTF_BATCH)
        most = CTF_BATCH;
    while (item < end && (d->items[item].seq < st->written.seq ||
                          (d->holds && !packet_due(d, &d->items[item], 0))))
        item++;
    while (item < end) {
        unsigned n = 0;
        int r = packet_due(d, &d->items[item], st->written.seq)
                    ? write_opening(d, slot, discarded_by(d, &d->items[item]))
                    : 0;
        if (r < 0)
            return r;
        for (; item < end && n < most; item++, n++) {
            const struct item *it = &d->items[item];
            if (!packet_due(d, it, st->written.seq + n) || !packet_add(d, it, n))
                break;
        }
        if (n == 0)
            break;
        r = write_packets(d, slot, n);
        if (r < 0)
            return r;
        moved = 1;
    }
    return moved;
}

/* Files in a folder that was removed are written for nobody. */
static bool folder_gone(const struct drain *d)
{
    struct stat st;
    return sys6(SYS_fstat, d->s->ctf_fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 && st.st_nlink == 0;
}

/* Metadata that could not be written when a group registered: before any packet
 * that may need them. */
static int metadata_complete(struct drain *d)
{
    const struct group_entry *g = d->planned;
    if (d->s->ctf.size != 0 &&
        (g == NULL ||
         g->first_id + g->n_events <= __atomic_load_n(&d->s->ctf.next_id, __ATOMIC_ACQUIRE)))
        return 0;
    if (!etch_registry_try())
        return -EAGAIN; /* somebody registers; the next round */
    int r = etch_ctf_metadata(d->s, d->s->ctf_fd);
    etch_registry_release();
    return r;
}

/* Says a failure once; true if there was none. */
static bool settle(struct drain *d, int r)
{
    if (r < 0 && !d->ctf->failed)
        drain_say(d, "cannot write the CTF trace; events are dropped until it works",
                  d->pool->ctf_path, r);
    if (r < 0)
        d->error = r;
    d->ctf->failed = r < 0;
    return r >= 0;
}

/* The clock of the metadata gets better with time: whenever twice as much of it
 * has passed. */
static void clock_round(struct drain *d)
{
    uint64_t passed = d->now.monotonic_ns - d->pool->first.monotonic_ns;
    if (passed < 2 * d->ctf->clock_passed || passed < 1000000)
        return;
    d->ctf->clock_passed = passed;
    etch_ctf_clock(d->s, d->s->ctf_fd, &d->now);
}

bool ctf_round(struct drain *d)
{
    bool moved = false;
    int r = d->n_items == 0 ? 0 : folder_gone(d) ? -ENOENT : metadata_complete(d);
    if (r == -EAGAIN)
        return false;
    for (uint32_t i = 0, end; i < d->n_items && r >= 0; i = end) {
        for (end = i; end < d->n_items && d->items[end].slot == d->items[i].slot;)
            end++;
        r = ctf_write_stream(d, i, end);
        moved = moved || r > 0;
    }
    if (r < 0 || moved)
        settle(d, r);
    clock_round(d);
    /* The program may close what it does not know, and use the number again. */
    if (d->s->shared_files)
        ctf_close(d);
    return moved;
}

/* After the last round: what readers cannot know otherwise. */
static int end_streams(struct drain *d)
{
    struct etch_pool_slot *slots = pool_slots(d->pool);
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    int r = 0;
    for (uint32_t i = 0; i < used && r >= 0; i++)
        r = write_closing(d, i, __atomic_load_n(&slots[i].discarded, __ATOMIC_RELAXED));
    if (r >= 0) /* of threads that got no slot */
        r = write_closing(d, SLOTS, __atomic_load_n(&d->pool->discarded, __ATOMIC_RELAXED));
    etch_ctf_clock(d->s, d->s->ctf_fd, &d->now);
    return r;
}

/* Before the trace goes on in other files. */
void ctf_end_streams(struct drain *d)
{
    if (!d->ctf->failed)
        settle(d, end_streams(d));
}

/* At the end. True if all is written. */
bool ctf_finish(struct drain *d)
{
    int r = metadata_complete(d);
    return settle(d, r < 0 ? r : end_streams(d));
}
