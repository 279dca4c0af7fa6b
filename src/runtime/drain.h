/* SPDX-License-Identifier: MIT
 *
 * drain.h: what the drain thread's files share. Its code calls the system and
 * nothing of libc, allocates nothing but its own mappings, and traces nothing.
 */
#ifndef ETCH_RUNTIME_DRAIN_H
#define ETCH_RUNTIME_DRAIN_H

#include <sys/uio.h>

#include "format/kind.h"
#include "format/wide.h"
#include "runtime/outputs.h"
#include "runtime/pool.h"
#include "runtime/session.h"

struct group_entry;
struct text;

/* How an event becomes a record of `simple`. */
struct event_plan {
    const char *kinds; /* NULL: no such id */
    uint16_t n;        /* arguments */
    uint16_t fixed;    /* bytes of the packet's payload without strings */
    uint16_t strings;  /* how many */
    uint16_t words;    /* 1: n native uint64_t, copied as they are */
};

/* A packet of this round. */
struct item {
    uint32_t slot, index;
    uint64_t seq;
    uint64_t content; /* bytes that are committed */
};

/* Which outputs want the packets of a slot: frames are of CTF alone. */
static inline uint32_t slot_outputs(const struct etch_pool_header *pool, uint32_t slot)
{
    uint32_t level = __atomic_load_n(&pool_slots(pool)[slot].level, __ATOMIC_RELAXED);
    bool frames = etch_stream_class_of(level) == ETCH_STREAM_FRAMES;
    return pool->outputs & (frames ? ETCH_OUT_CTF : ETCH_OUT_SIMPLE | ETCH_OUT_CTF);
}

/* How far a stream is read. */
struct position {
    uint64_t seq;         /* of the packet that it reads, or will read next */
    uint64_t offset;      /* consumed bytes of it, 0: none */
    uint64_t clock;       /* of the last event, to complete the next one's 19 bits */
    uint64_t told;        /* of the slot's discarded events, those in the file */
    uint64_t overwritten; /* of the slot's overwritten bytes, likewise */
};

/* A stream as the drain reads it; one a slot, kept over rounds. */
struct stream {
    struct position at, kept; /* kept: at the last checkpoint */
    /* of this round */
    uint32_t item, item_end; /* its packets */
    uint64_t stamp;          /* of the next event */
    uint32_t id;
    const unsigned char *next; /* the header of that event, or the end of what is read */
    const unsigned char *payload, *end;
    uint64_t stuck_last; /* cursor.last of a thread that is in an event for long */
    uint64_t stuck_since;
    uint64_t turn_seq;           /* next_seq when open packets were sealed */
    struct etch_written written; /* how far its CTF file is: whole packets */
    uint64_t begin_seq; /* its file begins here, which is to be told; 0: at its first packet */
    uint64_t told_ctf;  /* of the slot's discarded events, those in that file */
};

/* ---- what out_ctf.c works with ---- */

#define CTF_FILES 32u /* open at once, whatever the number of threads */
#define CTF_BATCH 64u /* packets of a write */

struct ctf_file {
    uint32_t stream; /* 1 + slot; 0: none */
    int fd;
};

struct ctf_out {
    struct ctf_file files[CTF_FILES];
    uint32_t turn; /* whose place is taken next */
    struct etch_packet_header heads[CTF_BATCH];
    struct iovec parts[2 * CTF_BATCH];
    uint64_t clock_passed; /* ns of the recording when the metadata's clock was corrected */
    bool last_call;        /* the end: open packets are taken as they are */
    bool one_file;         /* a snapshot: nothing is rotated */
    bool failed;           /* the last write failed, and it was said */
};

/* What switch.c needs for a moment. */
struct switching {
    struct trace_files files;
    struct trace_names names;
    struct etch_control_half half;
};

struct drain {
    struct session *s;
    struct etch_pool_header *pool;
    struct etch_clock_pair now;  /* of this round */
    uint64_t newest, newest_ns;  /* of the last event that was encoded; in ticks, and as time */
    uint64_t newest_kept;        /* in ticks, as of the checkpoint */
    struct etch_clock_pair base; /* where the line ticks -> ns of this round starts */
    uint64_t mult;               /* its slope: ns per tick, 32 fractional bits */

    size_t memory_size; /* of what `items` begins */
    struct item *items;
    uint32_t n_items;
    struct stream *streams; /* [SLOTS], and one of CTF for what has no slot */
    uint32_t *heap;         /* slots, ordered by stamp */
    uint32_t heap_size;
    uint32_t free_packets; /* as the last scan saw them */
    uint64_t watermark;
    uint64_t held, held_since; /* a packet that is not yet to be seen, and since when */
    uint64_t patience_ns;      /* how long the watermark waits for one thread */
    uint64_t last_reap;
    uint64_t last_look, last_close; /* at who asked for the session; when it was to end */
    uint64_t last_show;             /* when packets were taken back for a CTF stream's readers */

    struct event_plan *plans; /* by id */
    uint32_t n_plans, plans_capacity;
    struct group_entry *mapped, *mapped_kept; /* the last group whose names are in the file */
    struct group_entry *planned;              /* the last that has plans */

    int fd;           /* the trace file, or -1 */
    int base_fd;      /* its file number 0, which keeps its name and its lock */
    uint64_t file;    /* the number of the one that is written */
    uint64_t *starts; /* events before each of the last max-files, by number */
    bool regular;
    uint64_t file_offset;     /* what the file holds */
    uint64_t generation;      /* of the checkpoint */
    uint64_t told, told_kept; /* of pool->discarded */
    unsigned char *out;       /* what will be written next */
    size_t out_used;
    uint64_t events, events_kept;       /* encoded, and in the file */
    uint64_t discarded, discarded_kept; /* that were told */
    size_t batch;                       /* bytes of a write */
    bool limited;                       /* the watermark of this round lies before its beginning */
    bool holds;             /* packets may be overwritten: reads none but those it holds */
    uint64_t from_ns, from; /* events before are not asked for; the same in ticks */
    uint64_t due_ns;        /* when a trigger wants to be served, 0: none does */
    bool failed;            /* the last write failed, and it was said */
    int error;              /* of that write */
    uint64_t first_event;   /* events that were encoded before this trace */
    uint32_t outputs;       /* ETCH_OUT_ bits; 0: switched off */
    struct ctf_out *ctf;
    struct switching *sw;
};

#define OUT_SIZE  (1u << 20)
#define OUT_FLUSH (256u << 10)
#define OUT_SMALL (4u << 10)

/* gather.c */
void drain_membarrier(const struct drain *d);
void drain_steal(struct drain *d, bool all);
void drain_collect(struct drain *d, bool scarce);
uint32_t drain_free(struct drain *d);
void drain_rewind(struct drain *d);
bool drain_left(struct drain *d);
void drain_reap(struct drain *d);

/* hold.c */
void drain_adopt_policy(struct drain *d);
bool drain_turns_under_way(const struct drain *d);
void drain_seal_open(struct drain *d);
bool drain_hold(struct drain *d, uint32_t index);
void drain_let_go(struct drain *d);
void drain_skip_gone(struct drain *d);
bool drain_trigger_due(struct drain *d, bool ending, uint64_t *from_ns);
bool drain_wrote_nothing(const struct drain *d);
void drain_remove_trace(struct drain *d);
bool drain_packets_scarce(const struct drain *d);

/* streams.c */
void streams_begin(struct drain *d);
struct stream *streams_next(struct drain *d, uint64_t *until);
void streams_settle(struct drain *d);

/* The event whose header is at p; false if none begins there before the end. */
static inline bool stream_event_at(struct stream *st, const unsigned char *p)
{
    st->next = p;
    if ((size_t)(st->end - p) < ETCH_HEADER_COMPACT)
        return false;
    uint32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    st->id = word & ETCH_ID_EXTENDED;
    if (ETCH_LIKELY(st->id != ETCH_ID_EXTENDED)) {
        const uint64_t mask = (UINT64_C(1) << ETCH_CLOCK_BITS) - 1;
        st->stamp = st->at.clock + (((word >> ETCH_ID_BITS) - st->at.clock) & mask);
        st->payload = p + ETCH_HEADER_COMPACT;
        return true;
    }
    if ((size_t)(st->end - p) < ETCH_HEADER_EXTENDED) {
        st->next = st->end; /* not what we wrote */
        return false;
    }
    __builtin_memcpy(&st->id, p + 4, sizeof(st->id));
    __builtin_memcpy(&st->stamp, p + 8, sizeof(st->stamp));
    st->payload = p + ETCH_HEADER_EXTENDED;
    return true;
}

/* out_simple.c */
bool simple_round(struct drain *d);

/* rotate.c */
bool rotate_prepare(struct drain *d);
bool rotate_due(const struct drain *d);
void rotate_next(struct drain *d);
size_t rotate_batch(void);

/* plan.c */
void drain_plans(struct drain *d);
uint64_t drain_event_size(const struct drain *d);
size_t event_payload_size(const struct event_plan *plan, const unsigned char *p,
                          const unsigned char *end);

/* close.c: does not return if it has closed all. True: it tried in vain; false: it is
 * too early */
bool drain_close(struct drain *d);

/* out_ctf.c */
void ctf_close(struct drain *d);
bool ctf_round(struct drain *d);
bool ctf_finish(struct drain *d);
int ctf_write_stream(struct drain *d, uint32_t item, uint32_t end);
void ctf_end_streams(struct drain *d);

/* switch.c */
bool drain_commands(struct drain *d);
/* Whether the page has one that nobody has looked at. */
bool drain_command_waits(const struct drain *d);
void drain_say_path(struct text *said, const char *what, const char *path, int error);

/* snapshot.c */
int ctf_snapshot(struct drain *d, const char *path, struct text *said);

/* recording.c */
void drain_show(struct drain *d);

/* checkpoint.c */
void drain_checkpoint(struct drain *d);
bool drain_flush(struct drain *d);
/* So many packets are there to be taken now. */
void drain_wake_writers(struct drain *d, uint32_t packets);

/* drain.c */
void drain_fulfil(struct wish *wish, uint32_t asked);
void drain_all(struct drain *d);
void drain_finish(struct drain *d);
void drain_unmap(struct drain *d);
void drain_say(const struct drain *d, const char *what, const char *path, int error);

/* Nanoseconds of CLOCK_MONOTONIC, by the line of this round. */
static inline uint64_t drain_time(const struct drain *d, uint64_t ticks)
{
    if (ticks >= d->base.ticks)
        return d->base.monotonic_ns + wide_mul_shift(ticks - d->base.ticks, d->mult);
    return d->base.monotonic_ns - wide_mul_shift(d->base.ticks - ticks, d->mult);
}

/* The other way round; 1 at least. */
static inline uint64_t drain_ticks(const struct drain *d, uint64_t ns)
{
    const struct etch_clock_pair *base = &d->base;
    if (ns >= base->monotonic_ns)
        return base->ticks + wide_mul_div(ns - base->monotonic_ns, UINT64_C(1) << 32, d->mult);
    uint64_t before = wide_mul_div(base->monotonic_ns - ns, UINT64_C(1) << 32, d->mult);
    return before < base->ticks ? base->ticks - before : 1;
}

#endif
