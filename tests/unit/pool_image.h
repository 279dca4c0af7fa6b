/* SPDX-License-Identifier: MIT
 *
 * pool_image.h: a pool and its side file, made by hand.
 */
#ifndef ETCH_TESTS_POOL_IMAGE_H
#define ETCH_TESTS_POOL_IMAGE_H

#include "bytes.h"
#include "format/meta.h"
#include "format/note.h"
#include "format/packet.h"
#include "format/pool.h"

#define IMAGE_SLOTS   4u
#define IMAGE_PACKETS 8u
#define IMAGE_PACKET  1024u
#define IMAGE_UUID    0x5a /* each byte of it */

/* Adds a text to a note's and returns its offset. */
static inline uint32_t note_text(char *text, uint32_t *used, const char *s)
{
    uint32_t at = *used;
    strcpy(text + at, s);
    *used += (uint32_t)strlen(s) + 1;
    return at;
}

/* A note of four events: num, txt, none and, disabled, off. */
static inline void put_note(struct bytes *b)
{
    static const char *const events[][4] = {
        {"num", "int8_t x, void *p, uint32_t u", "\"x=%d\"", "bPI"},
        {"txt", "const char *s, double d, float f", "\"s=%s\"", "sdf"},
        {"none", "void", "\"\"", ""},
        {"off", "long l", "", "l"},
    };
    char text[1024];
    uint32_t used = 0;
    uint32_t group = note_text(text, &used, "group");
    uint32_t file = note_text(text, &used, "dir/trace-events");
    struct etch_note_event e[4] = {0};
    for (uint32_t i = 0; i < 4; i++) {
        e[i].name = note_text(text, &used, events[i][0]);
        e[i].args = note_text(text, &used, events[i][1]);
        e[i].format = note_text(text, &used, events[i][2]);
        e[i].kinds = note_text(text, &used, events[i][3]);
        e[i].file = file;
        e[i].line = i + 1;
        e[i].flags = i == 3 ? ETCH_NOTE_DISABLED : 0;
    }
    unsigned char head[] = {8, 8, 1, 0};
    put_u32(b, ETCH_NOTE_VERSION);
    put_bytes(b, head, sizeof(head));
    put_u32(b, 4);
    put_u32(b, group);
    put_u32(b, used);
    put_u32(b, 0);
    for (size_t i = 0; i < sizeof(e) / (sizeof(uint32_t)); i++) {
        uint32_t word;
        memcpy(&word, (char *)e + 4 * i, 4);
        put_u32(b, word);
    }
    put_bytes(b, text, used);
}

/* A side file whose group has the ids 100 to 103. */
static inline struct bytes meta_file(bool swap)
{
    struct bytes note = {.swap = swap}, b = {.swap = swap};
    unsigned char uuid_boot[32] = {0}, zero[8] = {0};
    memset(uuid_boot, IMAGE_UUID, 16);
    put_note(&note);
    put_u64(&b, ETCH_META_MAGIC);
    put_u32(&b, ETCH_META_VERSION);
    put_u32(&b, sizeof(struct etch_meta_header));
    put_bytes(&b, uuid_boot, sizeof(uuid_boot));
    put_u32(&b, 42);
    put_u32(&b, 1);
    put_u64(&b, 99);
    put_u32(&b, 1000); /* a type of the future */
    put_u32(&b, 3);
    put_bytes(&b, "abc\0\0\0\0\0", 8);
    put_u32(&b, ETCH_META_COMMAND);
    put_u32(&b, 8);
    put_bytes(&b, "prog\0-x", 8);
    put_u32(&b, ETCH_META_GROUP);
    put_u32(&b, (uint32_t)note.n + 8);
    put_u32(&b, 100);
    put_u32(&b, 0);
    put_bytes(&b, note.data, note.n);
    put_bytes(&b, zero, -note.n & 7);
    free(note.data);
    return b;
}

struct image {
    struct etch_pool_header h;
    char pad[ETCH_POOL_HEADER_SIZE - sizeof(struct etch_pool_header)];
    struct etch_pool_limit limit[ETCH_POOL_LIMITS];
    struct etch_pool_slot slot[IMAGE_SLOTS];
    uint32_t state[IMAGE_PACKETS];
    unsigned char packet[IMAGE_PACKETS][IMAGE_PACKET];
};

/* An empty pool of a process that is gone; 1 tick is 2 ns. */
static inline struct image *image_new(const char *trace_path, const char *meta_path)
{
    struct image *m = calloc(1, sizeof(*m));
    if (m == NULL)
        abort();
    m->h = (struct etch_pool_header){.magic = ETCH_POOL_MAGIC,
                                     .version = ETCH_POOL_VERSION,
                                     .header_size = ETCH_POOL_HEADER_SIZE,
                                     .packet_size = IMAGE_PACKET,
                                     .packet_count = IMAGE_PACKETS,
                                     .slot_count = IMAGE_SLOTS,
                                     .clock = ETCH_CLOCK_RAW,
                                     .outputs = ETCH_OUT_SIMPLE,
                                     .limits_offset = offsetof(struct image, limit),
                                     .slots_offset = offsetof(struct image, slot),
                                     .states_offset = offsetof(struct image, state),
                                     .packets_offset = offsetof(struct image, packet),
                                     .size = sizeof(*m),
                                     .pid = 42,
                                     .drain_state = ETCH_DRAIN_RUNNING,
                                     .first = {1000, 2000, 0},
                                     .last = {100001000, 200002000, 0}};
    memset(m->h.uuid, IMAGE_UUID, sizeof(m->h.uuid));
    snprintf(m->h.trace_path, sizeof(m->h.trace_path), "%s", trace_path);
    snprintf(m->h.meta_path, sizeof(m->h.meta_path), "%s", meta_path);
    return m;
}

/* Begins packet `index` of a slot; events are put behind content_size. */
static inline struct etch_packet_header *image_packet(struct image *m, uint32_t index,
                                                      uint32_t slot, uint64_t seq, uint64_t begin)
{
    struct etch_packet_header *p = (void *)m->packet[index];
    *p = (struct etch_packet_header){.magic = ETCH_PACKET_MAGIC,
                                     .timestamp_begin = begin,
                                     .content_size = sizeof(*p) * 8,
                                     .packet_seq_num = seq,
                                     .stream_instance_id = slot,
                                     .tid = 1000 + slot};
    memcpy(p->uuid, m->h.uuid, sizeof(p->uuid));
    m->state[index] = ETCH_PACKET_WORD(ETCH_PACKET_OPEN, slot);
    m->slot[slot].state = ETCH_SLOT_LIVE;
    m->slot[slot].tid = 1000 + slot;
    m->slot[slot].next_seq = seq + 1;
    return p;
}

static inline void packet_add(struct etch_packet_header *p, const void *data, size_t n)
{
    memcpy((char *)p + p->content_size / 8, data, n);
    p->content_size += n * 8;
}

static inline void packet_event(struct etch_packet_header *p, uint32_t id, uint64_t ticks)
{
    uint32_t word = (uint32_t)(ticks << ETCH_ID_BITS) | id;
    packet_add(p, &word, sizeof(word));
}

static inline void packet_extended(struct etch_packet_header *p, uint32_t id, uint64_t ticks)
{
    uint32_t head[2] = {ETCH_ID_EXTENDED, id};
    packet_add(p, head, sizeof(head));
    packet_add(p, &ticks, sizeof(ticks));
}

#endif
