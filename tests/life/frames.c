/* SPDX-License-Identifier: MIT
 *
 * frames.c: checks the frames that framer.c stored in the traces of a folder:
 *
 *     frames DIR
 *
 * A line a thread: how many there are, of which the last is complete, and how
 * often some are missing before one; "lost N" of all records that tell so. Fails on
 * a frame that is not as it was stored.
 */
#include <etch/read.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/frames.h"

#define STREAMS 64

static struct stream {
    uint32_t pid, tid;
    uint64_t frames, next, gaps;
} streams[STREAMS];
static uint64_t lost, overwritten;

static struct stream *stream_of(const struct etch_record *r)
{
    struct stream *s = streams;
    while (s->tid != 0 && (s->pid != r->pid || s->tid != r->tid))
        if (++s == streams + STREAMS)
            exit(2);
    s->pid = r->pid;
    s->tid = r->tid;
    return s;
}

static void refuse(const struct stream *s, const char *what)
{
    fprintf(stderr, "thread %u, frame %" PRIu64 ": %s\n", s->tid, s->next, what);
    exit(1);
}

/* Frame n, of which all but its kind may be unknown: entry 3 holds nothing. */
static void check(struct stream *s, const struct frame_entry *e, const unsigned char *p)
{
    uint64_t n = s->next;
    if (e->size != (e->id == 1 ? 12 : e->id == 2 ? 8 : 0))
        refuse(s, "the entry has another size");
    if (e->id < 3)
        memcpy(&n, p, sizeof(n));
    if (n < s->next)
        refuse(s, "it is there twice, or out of order");
    if (n % 3 + 1 != e->id && (e->id < 3 || s->frames != 0))
        refuse(s, "it is another one");
    s->gaps += n != s->next;
    s->next = e->id == 3 && s->frames == 0 ? 3 : n + 1;
    s->frames++;
}

static void take(const struct etch_record *r)
{
    const struct frame_dict *dict = (const void *)(uintptr_t)r->value[2];
    const unsigned char *p = (const void *)(uintptr_t)r->value[0], *end = p + r->value[1];
    struct stream *s = stream_of(r);
    while (p < end) {
        uint32_t id;
        if (end - p < 4)
            refuse(s, "it is cut");
        memcpy(&id, p, sizeof(id));
        const struct frame_entry *e = dict != NULL ? frame_find(dict, id) : NULL;
        if (e == NULL || (uint64_t)(end - p) < 4 + (uint64_t)e->size)
            refuse(s, e == NULL ? "it is not in the dictionary" : "it is cut");
        check(s, e, p + 4);
        p += 4 + e->size;
    }
}

int main(int argc, char **argv)
{
    const struct etch_read_options options = {.frames = true};
    struct etch_reader *reader;
    static struct etch_record record;
    char *error;
    int got;
    if (argc != 2 ||
        etch_reader_open(&reader, (const char *const *)&argv[1], 1, &options, &error) < 0)
        return 2;
    while ((got = etch_reader_next(reader, &record, &error)) != 0) {
        if (got < 0) {
            fprintf(stderr, "%s\n", error);
            return 1;
        }
        if (record.type == ETCH_RECORD_FRAMES)
            take(&record);
        if (record.type == ETCH_RECORD_LOST) {
            lost += record.lost;
            overwritten += record.why.packets;
        }
    }
    etch_reader_close(reader);
    for (struct stream *s = streams; s->tid != 0; s++)
        printf("%" PRIu64 " frames, next %" PRIu64 ", gaps %" PRIu64 "\n", s->frames, s->next,
               s->gaps);
    printf("lost %" PRIu64 " overwritten %" PRIu64 "\n", lost, overwritten);
    return 0;
}
