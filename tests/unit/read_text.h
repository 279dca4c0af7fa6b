/* SPDX-License-Identifier: MIT
 *
 * read_text.h: what a reader gives, as text; and what the tests of several readers
 * share: a folder with the side file of a trace, and a pool.
 */
#ifndef ETCH_TESTS_READ_TEXT_H
#define ETCH_TESTS_READ_TEXT_H

#include "pool_image.h"
#include <etch/read.h>

static char folder[32];
static char trace[64], meta[64];

/* The folder, entered, with the side file; the trace is only named. */
static inline void enter_trace(const char *trace_name, const char *meta_name)
{
    enter_folder(folder);
    snprintf(trace, sizeof(trace), "%s/%s", folder, trace_name);
    snprintf(meta, sizeof(meta), "%s/%s", folder, meta_name);
    struct bytes b = meta_file(false);
    write_bytes(meta, &b);
    free(b.data);
}

static inline int teardown(void **state)
{
    (void)state;
    leave_folder(folder);
    return 0;
}

/* All that a path gives, as text: one line a record or error. */
static inline char *read_all(const char *path)
{
    char *text, *error;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct etch_read_options options = {0};
    struct etch_reader *reader;
    struct etch_record r;
    int got = etch_reader_open(&reader, &path, 1, &options, &error);
    if (got < 0) {
        fprintf(f, "open: %s\n", error);
        free(error);
        fclose(f);
        return text;
    }
    for (unsigned n = 0; (got = etch_reader_next(reader, &r, &error)) != 0; n++) {
        assert_true(n < 100000);
        if (got < 0) {
            fprintf(f, "error: %s\n", error);
            free(error);
            continue;
        }
        fprintf(f, "%lu %u/%u ", (unsigned long)r.time_ns, r.pid, r.tid);
        if (r.type == ETCH_RECORD_LOST) {
            static const char *const why[] = {[ETCH_LOST_DISCARDED] = "discarded",
                                              [ETCH_LOST_OVERWRITTEN] = "overwritten",
                                              [ETCH_LOST_ROTATED] = "rotated",
                                              [ETCH_LOST_DAMAGED] = "damaged"};
            fprintf(f, "lost %lu", (unsigned long)r.lost);
            fprintf(f, r.lost != 0 ? "\n" : " %lu packets %lu bytes %s %lu-%lu\n",
                    (unsigned long)r.why.packets, (unsigned long)r.why.bytes, why[r.why.reason],
                    (unsigned long)r.why.from_ns, (unsigned long)r.why.to_ns);
            continue;
        }
        fprintf(f, "%s", r.name);
        for (uint32_t i = 0; i < r.n_values; i++)
            if (r.length[i] != 0)
                fprintf(f, " '%.*s'", (int)r.length[i], (const char *)(uintptr_t)r.value[i]);
            else
                fprintf(f, " %lx", (unsigned long)r.value[i]);
        fputc('\n', f);
    }
    etch_reader_close(reader);
    fclose(f);
    return text;
}

static inline void copy_file(const char *from, const char *to)
{
    char command[200];
    snprintf(command, sizeof(command), "cp -- '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static inline void put_num(struct etch_packet_header *p, int8_t x, uint64_t pointer, uint32_t u)
{
    packet_add(p, &x, sizeof(x));
    packet_add(p, &pointer, sizeof(pointer));
    packet_add(p, &u, sizeof(u));
}

/* Two threads, three packets, both headers, a clock that goes back. */
static inline struct image *example_image(const char *trace_path, const char *meta_path)
{
    struct image *m = image_new(trace_path, meta_path);
    struct etch_packet_header *p = image_packet(m, 3, 0, 0, 5000);
    packet_event(p, 100, 6000);
    put_num(p, -1, 0xffffffffffffffff, 0xffffffff);
    packet_extended(p, 102, 5000000); /* a leap of more than 19 bits */
    packet_event(p, 102, 5000001);
    packet_extended(p, 102, 4000000); /* back */
    p->packet_size = IMAGE_PACKET * 8;
    m->state[3] = ETCH_PACKET_WORD(ETCH_PACKET_SEALED, 0);
    p = image_packet(m, 0, 0, 1, 6000000);
    packet_event(p, 101, 6000000 + (1u << 19) - 1); /* the low bits wrap */
    packet_add(p, "text", 5);
    double d = -2.5;
    float f = 1.5f;
    packet_add(p, &d, sizeof(d));
    packet_add(p, &f, sizeof(f));
    p = image_packet(m, 7, 2, 0, 1000000);
    packet_event(p, 102, 1000000);
    packet_event(p, 102, 7000000 & 0x7ffff);
    return m;
}

static inline void write_image(const struct image *m)
{
    write_at("pool.42.0", m, sizeof(*m));
}

#define EXAMPLE                                                                                    \
    "12000 42/1000 num ffffffffffffffff ffffffffffffffff ffffffff\n"                               \
    "2000000 42/1002 none\n"                                                                       \
    "2465664 42/1002 none\n"                                                                       \
    "10000000 42/1000 none\n"                                                                      \
    "10000002 42/1000 none\n"                                                                      \
    "8000000 42/1000 none\n"                                                                       \
    "13048574 42/1000 txt 'text' c004000000000000 3ff8000000000000\n"

#endif
