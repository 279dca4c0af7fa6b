/* SPDX-License-Identifier: MIT
 *
 * ctf_stream.c: see ctf_stream.h. Where no packet stands though one should, the
 * next place is looked for at which one can begin.
 */
#include "read/ctf_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/read_at.h"

#define PIECE (32u << 10)

struct stream_file {
    struct packet_feed feed;
    char *path;
    uint32_t stream;
    uint8_t uuid[16];
    uint64_t offset, limit;
    bool growing;
    struct packet_feed *rest;
    unsigned char *data; /* [at, at + n) of the file */
    uint64_t at;
    size_t n, capacity;
    bool cut; /* the last packet is not whole: to be told */
};

/* ---- bytes ---- */

static int open_file(const char *path, uint64_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error = fd < 0 || fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
    if (error == 0) {
        *size = (uint64_t)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return error;
}

/* Has up to `want` bytes from the offset on in memory; how many there are, or
 * -errno. */
static long need(struct stream_file *f, size_t want)
{
    if (f->offset >= f->at && f->offset - f->at + want <= f->n)
        return (long)want;
    uint64_t size = 0;
    int fd = open_file(f->path, &size);
    if (fd < 0)
        return fd;
    uint64_t end = size < f->limit ? size : f->limit;
    uint64_t left = end > f->offset ? end - f->offset : 0;
    size_t n = want < PIECE ? PIECE : want;
    n = left < n ? (size_t)left : n;
    if (n > f->capacity) {
        unsigned char *data = realloc(f->data, n);
        f->data = data != NULL ? data : f->data;
        f->capacity = data != NULL ? n : f->capacity;
        n = data != NULL ? n : 0;
    }
    bool read = read_at(fd, f->data, n, f->offset);
    close(fd);
    f->at = f->offset;
    f->n = read ? n : 0;
    return read ? (long)(n < want ? n : want) : -EIO;
}

static const unsigned char *here(const struct stream_file *f)
{
    return f->data + (f->offset - f->at);
}

/* ---- packets ---- */

/* Whether a packet of the stream can begin with this header. */
static bool plausible(const struct etch_packet_header *h, const uint8_t uuid[16])
{
    return h->magic == ETCH_PACKET_MAGIC && memcmp(h->uuid, uuid, sizeof(h->uuid)) == 0 &&
           h->stream_id <= ETCH_STREAM_FRAMES && h->stream_instance_id <= UINT32_MAX &&
           h->content_size >= sizeof(*h) * 8 && h->content_size % 8 == 0 &&
           h->content_size <= h->packet_size && h->packet_size % 8 == 0 &&
           h->packet_size / 8 <= CTF_PACKET_MAX;
}

bool ctf_first_packet(const char *path, const uint8_t uuid[16], struct ctf_first *first)
{
    struct etch_packet_header h;
    uint64_t size;
    int fd = open_file(path, &size);
    bool found = fd >= 0 && read_at(fd, &h, sizeof(h), 0) && plausible(&h, uuid);
    if (fd >= 0)
        close(fd);
    if (found)
        *first = (struct ctf_first){(uint32_t)h.stream_instance_id, h.packet_seq_num};
    return found;
}

int ctf_whole(const char *path, uint32_t stream, const uint8_t uuid[16], uint64_t *whole,
              uint64_t *size)
{
    struct etch_packet_header h;
    int fd = open_file(path, size);
    if (fd < 0)
        return fd;
    for (*whole = 0; read_at(fd, &h, sizeof(h), *whole) && plausible(&h, uuid) &&
                     h.stream_instance_id == stream && h.packet_size / 8 <= *size - *whole;)
        *whole += h.packet_size / 8;
    close(fd);
    return 0;
}

static int damaged(struct stream_file *f, uint64_t offset, struct fault *fault, const char *what)
{
    struct etch_read_fault described = {
        .kind = ETCH_FAULT_DAMAGED, .path = f->path, .offset = offset};
    return fault_set(fault, -EINVAL, &described, "%s", what);
}

static int unreadable(struct stream_file *f, long error, struct fault *fault)
{
    f->offset = f->limit = 0;
    f->growing = false;
    return fault_system(fault, (int)error, f->path, "cannot read the stream");
}

/* Why no packet can begin here, in words. */
static const char *what_is_wrong(const struct etch_packet_header *h, const uint8_t uuid[16])
{
    if (h->magic == __builtin_bswap32(ETCH_PACKET_MAGIC))
        return "a packet of a machine of the other byte order; babeltrace2 reads it";
    if (h->magic != ETCH_PACKET_MAGIC)
        return "no packet begins here";
    if (memcmp(h->uuid, uuid, sizeof(h->uuid)) != 0)
        return "a packet of another trace: its uuid is not that of the metadata";
    return "the header of a packet is damaged";
}

/* Steps to the next place where a packet of this stream can begin, or to the
 * end. */
static int resync(struct stream_file *f, struct fault *fault)
{
    const struct etch_packet_header *h = (const void *)here(f);
    uint64_t from = f->offset;
    struct etch_packet_header copy;
    memcpy(&copy, h, sizeof(copy));
    const char *what = what_is_wrong(&copy, f->uuid);
    for (;;) {
        f->offset++;
        long got = need(f, sizeof(copy));
        if (got < (long)sizeof(copy)) {
            f->offset += got > 0 ? (uint64_t)got : 0;
            break;
        }
        memcpy(&copy, here(f), sizeof(copy));
        if (plausible(&copy, f->uuid) && copy.stream_instance_id == f->stream)
            break;
    }
    f->feed.skipped += f->offset - from;
    return damaged(f, from, fault, what);
}

/* The end of the file, or of what is written so far. */
static int at_end(struct stream_file *f, struct packet *packet, struct fault *fault)
{
    if (f->growing)
        return -EAGAIN;
    if (f->cut) {
        f->cut = false;
        return damaged(f, f->offset, fault, "the file ends within a packet");
    }
    if (f->rest == NULL)
        return 0;
    int got = f->rest->ops->next(f->rest, packet, fault);
    if (got >= 0) {
        f->feed.skipped += f->rest->skipped;
        f->rest->skipped = 0;
    }
    return got;
}

static int file_next(struct packet_feed *feed, struct packet *packet, struct fault *fault)
{
    struct stream_file *f = (struct stream_file *)feed;
    struct etch_packet_header h;
    if (f->cut || f->offset >= f->limit)
        return at_end(f, packet, fault);
    long got = need(f, sizeof(h));
    if (got < 0)
        return unreadable(f, got, fault);
    if (got < (long)sizeof(h)) {
        f->feed.skipped += (uint64_t)got;
        f->cut = got > 0 && !f->growing;
        f->offset += f->growing ? 0 : (uint64_t)got;
        f->limit = f->growing ? f->limit : f->offset;
        return at_end(f, packet, fault);
    }
    memcpy(&h, here(f), sizeof(h));
    if (!plausible(&h, f->uuid) || h.stream_instance_id != f->stream)
        return resync(f, fault);
    size_t size = (size_t)(h.packet_size / 8), content = (size_t)(h.content_size / 8);
    if ((f->offset - f->at) % sizeof(uint64_t) != 0)
        f->n = 0; /* read it again, to an aligned place */
    got = need(f, size);
    if (got < (long)sizeof(h))
        return unreadable(f, got < 0 ? got : -EIO, fault);
    *packet = (struct packet){.header = (const void *)here(f),
                              .content = (size_t)got < content ? (size_t)got : content,
                              .path = f->path,
                              .offset = f->offset,
                              .sealed = true};
    f->cut = (size_t)got < size;
    f->offset += (uint64_t)got;
    return 1;
}

/* ---- life ---- */

static uint64_t file_discarded(const struct packet_feed *feed)
{
    const struct stream_file *f = (const struct stream_file *)feed;
    return f->rest != NULL && f->rest->ops->discarded != NULL ? f->rest->ops->discarded(f->rest)
                                                              : 0;
}

static void file_progress(const struct packet_feed *feed, uint64_t *done, uint64_t *all)
{
    const struct stream_file *f = (const struct stream_file *)feed;
    struct stat st;
    uint64_t rest_done = 0, rest_all = 0;
    if (f->rest != NULL)
        f->rest->ops->progress(f->rest, &rest_done, &rest_all);
    *done = f->offset + rest_done;
    *all = (stat(f->path, &st) == 0 ? (uint64_t)st.st_size : f->offset) + rest_all;
}

static void file_close(struct packet_feed *feed)
{
    struct stream_file *f = (struct stream_file *)feed;
    if (f->rest != NULL)
        f->rest->ops->close(f->rest);
    free(f->path);
    free(f->data);
    free(f);
}

static const struct packet_feed_ops file_ops = {file_next, file_discarded, file_progress,
                                                file_close};

struct packet_feed *ctf_feed_new(const char *path, uint32_t stream, const uint8_t uuid[16],
                                 uint64_t limit, struct packet_feed *rest)
{
    struct stream_file *f = calloc(1, sizeof(*f));
    char *copy = strdup(path);
    if (f == NULL || copy == NULL) {
        free(f);
        free(copy);
        if (rest != NULL)
            rest->ops->close(rest);
        return NULL;
    }
    *f = (struct stream_file){
        .feed = {&file_ops, 0}, .path = copy, .stream = stream, .limit = limit, .rest = rest};
    memcpy(f->uuid, uuid, sizeof(f->uuid));
    return &f->feed;
}

void ctf_feed_follow(struct packet_feed *feed, uint64_t limit, bool growing)
{
    struct stream_file *f = (struct stream_file *)feed;
    f->limit = limit;
    f->growing = growing;
}

void ctf_feed_append(struct packet_feed *feed, struct packet_feed *rest)
{
    struct stream_file *f = (struct stream_file *)feed;
    f->rest = rest;
}
