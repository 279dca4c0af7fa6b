/* SPDX-License-Identifier: MIT
 *
 * packets.c: see packets.h.
 */
#include "read/packets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/kind.h"

struct stream {
    struct source source;
    bool rotated; /* files before its first were removed */
    struct packet_trace *trace;
    struct packet_feed *feed;
    uint32_t number;
    struct packet packet; /* the one that is read */
    size_t pos, end;
    uint64_t next; /* sequence number of the packet to come */
    uint64_t ticks;
    uint64_t ended; /* ticks at which the packet before this one ended */
    uint64_t told;  /* discarded events that were told */
    uint32_t tid;
    bool over;                  /* the feed has no more */
    struct etch_record lost[2]; /* to be given before the next event */
    unsigned n_lost;
};

void packet_trace_drop(struct packet_trace *trace)
{
    if (--trace->refs == 0)
        trace->free(trace);
}

static uint64_t time_of(const struct stream *s, uint64_t ticks)
{
    return s->trace->time(s->trace->clock, ticks);
}

static int damaged(struct stream *s, const char *what)
{
    const struct packet *p = &s->packet;
    struct etch_read_fault f = {
        .kind = ETCH_FAULT_DAMAGED, .path = p->path, .offset = p->offset + s->pos};
    return fault_set(s->source.fault, -EINVAL, &f, "stream %u, packet %" PRIu64 ": %s", s->number,
                     p->header->packet_seq_num, what);
}

/* ---- what is missing ---- */

/* Notes that something is missing between two moments; it is told at the
 * current place of the stream. */
static struct etch_record *lose(struct stream *s, enum etch_lost_reason reason, uint64_t from,
                                uint64_t to)
{
    if (from == 0)
        from = s->trace->first_ticks;
    struct etch_record *r = &s->lost[s->n_lost++];
    *r = (struct etch_record){.type = ETCH_RECORD_LOST,
                              .time_ns = time_of(s, s->ticks),
                              .pid = s->trace->pid,
                              .tid = s->tid,
                              .why = {.reason = reason}};
    if (from != 0 && from <= to) {
        r->why.from_ns = time_of(s, from);
        r->why.to_ns = time_of(s, to);
    }
    return r;
}

static void lose_discarded(struct stream *s, uint64_t all, uint64_t to)
{
    if (all <= s->told)
        return;
    lose(s, ETCH_LOST_DISCARDED, s->ended, to)->lost = all - s->told;
    s->told = all;
}

static int give_lost(struct stream *s, struct etch_record *record)
{
    *record = s->lost[0];
    s->lost[0] = s->lost[1];
    s->n_lost--;
    return 1;
}

/* ---- packets ---- */

/* The stream has no more packets; events may have been discarded since. */
static void end_stream(struct stream *s)
{
    uint64_t last = s->trace->last_ticks;
    s->over = true;
    if (s->feed->ops->discarded == NULL)
        return;
    if (last > s->ticks)
        s->ticks = last;
    lose_discarded(s, s->feed->ops->discarded(s->feed), s->ticks);
}

/* What lies between the packet before and this one: no packets, or some that
 * are missing. False: they should be there. */
static bool look_for_gap(struct stream *s, const struct etch_packet_header *h, uint64_t skipped)
{
    uint64_t seq = h->packet_seq_num, missing = seq > s->next ? seq - s->next : 0;
    /* The one that opens a file has no events and the number before the first. */
    bool opening = seq + 1 == s->next && s->packet.content == sizeof(*h);
    bool begins = h->tid == ETCH_PACKET_BEGINS && s->packet.content == sizeof(*h);
    bool gap = seq != s->next && !opening && !begins, rotated = s->rotated;
    if (begins)
        s->told = h->events_discarded;
    bool overwritten = s->trace->overwrites && skipped == 0;
    if (gap || skipped != 0) {
        struct etch_record *r = lose(s,
                                     rotated       ? ETCH_LOST_ROTATED
                                     : overwritten ? ETCH_LOST_OVERWRITTEN
                                                   : ETCH_LOST_DAMAGED,
                                     s->ended, h->timestamp_begin);
        r->why.packets = missing;
        r->why.bytes = skipped;
    }
    s->next = seq + 1;
    s->rotated = s->rotated && opening;
    return !gap || rotated || overwritten || skipped != 0;
}

static const struct frame_dict *frames_of(const struct packet_trace *trace)
{
    static const struct frame_dict nothing;
    return trace->frames != NULL ? trace->frames : &nothing;
}

/* Where what was stored of the packet ends. */
static size_t content_end(const struct packet_trace *trace, const struct packet *packet)
{
    const struct etch_packet_header *h = packet->header;
    uint64_t known = h->content_size / 8, frames;
    if (!etch_packet_goes_on(h) || known > packet->content)
        return packet->content;
    return known + frames_measure(frames_of(trace), (const unsigned char *)h + known,
                                  packet->content - known, &frames);
}

/* Takes the next packet: 1, 0 at the end of the stream, or -errno. */
static int begin_packet(struct stream *s)
{
    int got = s->over ? 0 : s->feed->ops->next(s->feed, &s->packet, s->source.fault);
    uint64_t skipped = got < 0 ? 0 : s->feed->skipped;
    if (got == 0 && skipped != 0)
        lose(s, ETCH_LOST_DAMAGED, s->ended, s->ended)->why.bytes = skipped;
    if (got == 0 && !s->over)
        end_stream(s);
    if (got < 0)
        return got;
    s->feed->skipped = 0;
    if (got == 0)
        return 0;
    const struct etch_packet_header *h = s->packet.header;
    s->pos = sizeof(*h);
    s->end = content_end(s->trace, &s->packet);
    s->ticks = h->timestamp_begin;
    s->tid = h->tid;
    bool whole = look_for_gap(s, h, skipped);
    if (s->packet.sealed)
        lose_discarded(s, h->events_discarded, h->timestamp_end);
    s->ended = s->packet.sealed ? h->timestamp_end : 0;
    return whole ? 1 : damaged(s, "packets before it are missing");
}

/* Gives up what is left of a packet from an event on. */
static int leave_packet(struct stream *s, size_t start, const char *why)
{
    s->pos = start;
    int error = damaged(s, why);
    uint64_t to = s->ended > s->ticks ? s->ended : s->ticks;
    lose(s, ETCH_LOST_DAMAGED, s->ticks, to)->why.bytes = s->end - s->pos;
    s->pos = s->end;
    return error;
}

/* ---- events ---- */

/* A number of `size` bytes, extended. */
static uint64_t load(const unsigned char *p, size_t size, bool negative)
{
    uint64_t v = 0;
    memcpy(&v, p, size);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v >>= 64 - 8 * size;
#endif
    unsigned shift = 64 - 8 * (unsigned)size;
    return negative ? (uint64_t)((int64_t)(v << shift) >> shift) : v;
}

static uint64_t load_real(const unsigned char *p, char kind)
{
    uint64_t bits;
    if (kind == ETCH_KIND_FLOAT) {
        float f;
        memcpy(&f, p, sizeof(f));
        double d = (double)f;
        memcpy(&bits, &d, sizeof(bits));
        return bits;
    }
    memcpy(&bits, p, sizeof(bits));
    return bits;
}

/* Takes the arguments apart. The bytes they take, or SIZE_MAX: not whole. */
static size_t decode(const struct etch_decl *decl, const struct note_machine *machine,
                     const unsigned char *p, size_t left, struct etch_record *record)
{
    size_t at = 0;
    for (size_t i = 0; i < decl->n_args; i++) {
        char kind = decl->args[i].kind;
        size_t size = etch_kind_size(kind, machine->long_size, machine->ptr_size);
        if (kind == ETCH_KIND_STRING) {
            const unsigned char *nul = memchr(p + at, 0, left - at);
            if (nul == NULL)
                return SIZE_MAX;
            size = (size_t)(nul - (p + at));
            bool null =
                size + 1 == sizeof(ETCH_STRING_NULL) && memcmp(p + at, ETCH_STRING_NULL, size) == 0;
            record->value[i] = null ? 0 : (uint64_t)(uintptr_t)(p + at);
            record->length[i] = null ? 0 : (uint32_t)size;
            size++;
        } else if (left - at < size) {
            return SIZE_MAX;
        } else {
            bool real = kind == ETCH_KIND_FLOAT || kind == ETCH_KIND_DOUBLE;
            record->value[i] =
                real ? load_real(p + at, kind)
                     : load(p + at, size, etch_kind_signed(kind, machine->char_signed));
            record->length[i] = 0;
        }
        at += size;
    }
    record->n_values = (uint32_t)decl->n_args;
    return at;
}

/* The header of an event; false: it is not whole. */
static bool take_header(struct stream *s, uint32_t *id)
{
    const unsigned char *p = (const unsigned char *)s->packet.header + s->pos;
    size_t left = s->end - s->pos;
    uint32_t word;
    if (left < ETCH_HEADER_COMPACT)
        return false;
    memcpy(&word, p, sizeof(word));
    if ((word & ETCH_ID_EXTENDED) != ETCH_ID_EXTENDED) {
        uint64_t mask = (UINT64_C(1) << ETCH_CLOCK_BITS) - 1;
        s->ticks += ((word >> ETCH_ID_BITS) - s->ticks) & mask;
        s->pos += ETCH_HEADER_COMPACT;
        *id = word & ETCH_ID_EXTENDED;
        return true;
    }
    if (left < ETCH_HEADER_EXTENDED)
        return false;
    memcpy(id, p + 4, sizeof(*id));
    memcpy(&s->ticks, p + 8, sizeof(s->ticks));
    s->pos += ETCH_HEADER_EXTENDED;
    return true;
}

static const char not_whole[] = "its last event is not whole";

/* Takes the arguments of an event apart and steps behind it. Its declaration, or
 * NULL and why there is none: the place is then undefined. */
static const struct etch_decl *take_arguments(struct stream *s, uint32_t id,
                                              struct etch_record *record, const char **why)
{
    *why = "the side file is missing, so it cannot be read";
    if (s->trace->meta == NULL)
        return NULL;
    const struct note_machine *machine;
    const struct etch_decl *decl = meta_find(s->trace->meta, id, &machine);
    *why = "an event is not declared; what follows it is lost";
    if (decl == NULL || decl->n_args > ETCH_VALUES_MAX)
        return NULL;
    const unsigned char *payload = (const unsigned char *)s->packet.header + s->pos;
    size_t size = decode(decl, machine, payload, s->end - s->pos, record);
    *why = not_whole;
    if (size == SIZE_MAX)
        return NULL;
    s->pos += size;
    return decl;
}

/* Steps behind the event at the current place; false, and why: it cannot. */
static bool pass(struct stream *s, const char **why)
{
    uint32_t id;
    struct etch_record record;
    *why = not_whole;
    if (!take_header(s, &id))
        return false;
    size_t size = s->trace->meta == NULL ? SIZE_MAX : meta_fixed_size(s->trace->meta, id);
    if (size == SIZE_MAX)
        return take_arguments(s, id, &record, why) != NULL;
    s->pos += size;
    return s->pos <= s->end;
}

/* All frames of the packet, as they are. */
static int take_frames(struct stream *s, struct etch_record *record)
{
    record->type = ETCH_RECORD_FRAMES;
    record->time_ns = time_of(s, s->ticks);
    record->pid = s->trace->pid;
    record->tid = s->tid;
    record->lost = 0;
    record->program = record->name = NULL;
    record->decl = NULL;
    record->n_values = 3;
    record->value[0] = (uint64_t)(uintptr_t)(s->packet.header + 1);
    record->value[1] = s->end - s->pos;
    record->value[2] = (uint64_t)(uintptr_t)s->trace->frames;
    s->pos = s->end;
    return 1;
}

/* The event at the current place: 1 given, 0 it is elsewhere, or -EINVAL. */
static int take_event(struct stream *s, struct etch_record *record)
{
    size_t start = s->pos;
    uint32_t id;
    const char *why = not_whole;
    const struct etch_decl *decl = take_header(s, &id) ? take_arguments(s, id, record, &why) : NULL;
    if (decl == NULL)
        return leave_packet(s, start, why);
    record->type = ETCH_RECORD_EVENT;
    record->time_ns = time_of(s, s->ticks);
    record->pid = s->trace->pid;
    record->tid = s->tid;
    record->lost = 0;
    record->program = NULL;
    record->name = decl->name;
    record->decl = decl;
    return start >= s->packet.skip;
}

static struct packet_extent measure_frames(const struct packet_trace *trace,
                                           const struct packet *packet)
{
    const struct etch_packet_header *h = packet->header;
    size_t end = content_end(trace, packet);
    struct packet_extent extent = {.first_ticks = h->timestamp_begin,
                                   .last_ticks = h->timestamp_begin};
    extent.size = sizeof(*h) + frames_measure(frames_of(trace), (const unsigned char *)(h + 1),
                                              end - sizeof(*h), &extent.events);
    if (extent.size != end)
        extent.why = "a frame is not in the dictionary; what follows it is lost";
    return extent;
}

struct packet_extent packet_measure(struct packet_trace *trace, const struct packet *packet)
{
    if (packet->header->stream_id == ETCH_STREAM_FRAMES)
        return measure_frames(trace, packet);
    struct stream s = {.trace = trace,
                       .packet = *packet,
                       .pos = sizeof(struct etch_packet_header),
                       .end = packet->content,
                       .ticks = packet->header->timestamp_begin};
    struct packet_extent extent = {s.pos, s.ticks, s.ticks, 0, NULL};
    while (s.pos < s.end && pass(&s, &extent.why)) {
        extent.size = s.pos;
        extent.first_ticks = extent.events == 0 ? s.ticks : extent.first_ticks;
        extent.last_ticks = s.ticks > extent.last_ticks ? s.ticks : extent.last_ticks;
        extent.events++;
    }
    if (extent.size == s.end)
        extent.why = NULL;
    return extent;
}

static int stream_next(struct source *source, struct etch_record *record)
{
    struct stream *s = (struct stream *)source;
    for (;;) {
        int got;
        if (s->n_lost != 0)
            return give_lost(s, record);
        if (s->pos < s->end) {
            got = s->packet.header->stream_id == ETCH_STREAM_FRAMES ? take_frames(s, record)
                                                                    : take_event(s, record);
            if (got != 0)
                return got;
        } else {
            got = begin_packet(s);
            if (got < 0 || (got == 0 && s->n_lost == 0))
                return got;
        }
    }
}

static void stream_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct stream *s = (const struct stream *)source;
    s->feed->ops->progress(s->feed, done, all);
}

static void stream_close(struct source *source)
{
    struct stream *s = (struct stream *)source;
    s->feed->ops->close(s->feed);
    packet_trace_drop(s->trace);
    free(s);
}

static const struct source_ops stream_ops = {stream_next, stream_progress, stream_close};

int packets_new(struct source **source, struct packet_trace *trace, struct packet_feed *feed,
                const struct packets_start *start, struct fault *fault)
{
    struct stream *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        feed->ops->close(feed);
        return -ENOMEM;
    }
    *s = (struct stream){.source = {&stream_ops, fault},
                         .trace = trace,
                         .feed = feed,
                         .number = start->stream,
                         .next = start->next,
                         .told = start->told,
                         .rotated = start->rotated,
                         .tid = start->tid};
    trace->refs++;
    *source = &s->source;
    return 0;
}
