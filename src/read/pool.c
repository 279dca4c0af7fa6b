/* SPDX-License-Identifier: MIT
 *
 * pool.c: opening, checking and listing a pool; see pool.h.
 */
#include "read/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "format/packet.h"
#include "read/pools.h"
#include "read/read_at.h"

#define SLOTS_MAX       65536u
#define PACKET_SIZE_MAX (1u << 20)
#define COPY_ATTEMPTS   20

/* Whether `count` things of `size` bytes at `offset` lie in the file. */
static bool within(const struct etch_pool_header *h, uint64_t offset, uint64_t count, uint64_t size)
{
    return offset >= h->header_size && offset <= h->size && count <= (h->size - offset) / size;
}

/* Version 3 has no page 1. */
static bool version_known(const struct etch_pool_header *h)
{
    return (h->version == ETCH_POOL_VERSION && h->header_size == ETCH_POOL_HEADER_SIZE) ||
           (h->version == 3 && h->header_size == ETCH_POOL_NEXT_OFFSET);
}

/* The trace is that of page 1 from its checkpoint on. An output that is switched
 * off has no file. */
static void choose_outputs(struct etch_pool_header *h, const struct etch_pool_next *next)
{
    if (h->version == 3)
        return;
    if (next->generation != 0 && pool_checkpoint(h).generation >= next->generation) {
        h->outputs = next->outputs;
        memcpy(h->trace_path, next->trace_path, sizeof(h->trace_path));
        memcpy(h->ctf_path, next->ctf_path, sizeof(h->ctf_path));
        h->rotated_files = h->rotated_events = 0;
    }
    if (h->outputs == 0 && (h->trace_path[0] != '\0' || h->ctf_path[0] != '\0'))
        h->quiet = 1;
    if (!(h->outputs & ETCH_OUT_SIMPLE))
        h->trace_path[0] = '\0';
    if (!(h->outputs & ETCH_OUT_CTF))
        h->ctf_path[0] = '\0';
}

int pool_peek(int fd, struct etch_pool_header *h)
{
    struct stat st;
    struct etch_pool_next next;
    if (fstat(fd, &st) < 0)
        return -errno;
    /* Page 1 first: once it counts no more, page 0 is as it was. */
    if (!S_ISREG(st.st_mode) || !read_at(fd, &next, sizeof(next), ETCH_POOL_NEXT_OFFSET) ||
        !read_at(fd, h, sizeof(*h), 0))
        return -EINVAL;
    choose_outputs(h, &next);
    bool ours = h->magic == ETCH_POOL_MAGIC && version_known(h) &&
                h->size <= (uint64_t)st.st_size &&
                h->packet_size >= sizeof(struct etch_packet_header) &&
                h->packet_size <= PACKET_SIZE_MAX && h->packet_size % 8 == 0 &&
                h->packet_count <= ETCH_POOL_PACKETS_MAX && h->slot_count <= SLOTS_MAX &&
                within(h, h->slots_offset, h->slot_count, sizeof(struct etch_pool_slot)) &&
                within(h, h->states_offset, h->packet_count, sizeof(uint32_t)) &&
                within(h, h->limits_offset, ETCH_POOL_LIMITS, sizeof(struct etch_pool_limit)) &&
                within(h, h->packets_offset, h->packet_count, h->packet_size) &&
                memchr(h->trace_path, 0, sizeof(h->trace_path)) != NULL &&
                memchr(h->meta_path, 0, sizeof(h->meta_path)) != NULL &&
                memchr(h->ctf_path, 0, sizeof(h->ctf_path)) != NULL;
    return ours ? 0 : -EINVAL;
}

bool pool_read_slot(int fd, const struct etch_pool_header *h, uint32_t slot,
                    struct etch_pool_slot *to)
{
    return slot < h->slot_count &&
           read_at(fd, to, sizeof(*to), h->slots_offset + (uint64_t)slot * sizeof(*to));
}

struct etch_checkpoint pool_checkpoint(const struct etch_pool_header *h)
{
    return h->checkpoint[h->checkpoint[1].generation > h->checkpoint[0].generation];
}

/* The start time of a process, field 22 of its stat; 0: there is none. */
static uint64_t start_time(uint32_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    /* The command, field 2, may hold blanks and brackets. */
    const char *p = strrchr(text, ')');
    for (int field = 2; p != NULL && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p != NULL ? strtoull(p, NULL, 10) : 0;
}

/* Whether a process has the file mapped: not after exec, nor once it has ended.
 * -errno where that is not to be seen. */
static int maps_file(uint32_t pid, int fd)
{
    char path[64], line[ETCH_POOL_PATH_MAX + 128];
    struct stat st;
    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL)
        return -errno;
    bool found = false;
    while (!found && fstat(fd, &st) == 0 && fgets(line, sizeof(line), maps)) {
        unsigned long long inode;
        unsigned major_number, minor_number;
        found = sscanf(line, "%*s %*s %*s %x:%x %llu", &major_number, &minor_number, &inode) == 3 &&
                inode == st.st_ino && major_number == major(st.st_dev) &&
                minor_number == minor(st.st_dev);
    }
    fclose(maps);
    return found;
}

bool pool_lives(int fd, const struct etch_pool_header *h)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK)
        return true;
    /* Without a lock: it has no drain, or is in the moment in which its threads
     * end, the drain first. Whoever has the number of the process and maps its
     * pool is that process, whatever start time it found (qemu-user makes one
     * up); of one that may not be looked at there is nothing else to know. */
    int maps = h->pid == 0 ? 0 : maps_file(h->pid, fd);
    return maps > 0 || (maps == -EACCES && start_time(h->pid) == h->start_time);
}

struct etch_written pool_written(const struct pool *pool, uint32_t slot)
{
    if (pool->checkpoint.generation == 0 || pool->output == POOL_ALL)
        return (struct etch_written){0};
    return pool->slots[slot].written[pool->checkpoint.generation & 1];
}

bool pool_overwrites(const struct pool *pool)
{
    bool any = pool->header.policy == ETCH_POLICY_OVERWRITE;
    for (uint32_t i = 0; i < pool->header.slot_count && !any; i++)
        any = pool->slots[i].overwritten_packets != 0;
    return any;
}

struct etch_consumed pool_consumed(const struct pool *pool, uint32_t slot)
{
    if (pool->checkpoint.generation == 0 || pool->output == POOL_ALL)
        return (struct etch_consumed){0};
    if (pool->output == ETCH_OUT_CTF)
        return (struct etch_consumed){.seq = pool_written(pool, slot).seq};
    return pool->slots[slot].consumed[pool->checkpoint.generation & 1];
}

static uint64_t packet_offset(const struct etch_pool_header *h, uint32_t index)
{
    return h->packets_offset + (uint64_t)index * h->packet_size;
}

uint64_t pool_packet_offset(const struct pool *pool, uint32_t index)
{
    return packet_offset(&pool->header, index);
}

/* Whether a packet's header is of this stream, and its content in bytes, or all
 * that may be content. */
static size_t check_packet(const struct pool *pool, const struct etch_packet_header *p,
                           uint32_t slot)
{
    uint64_t content = p->content_size / 8;
    if (p->magic != ETCH_PACKET_MAGIC || p->stream_instance_id != slot || content < sizeof(*p) ||
        content > pool->header.packet_size ||
        memcmp(p->uuid, pool->header.uuid, sizeof(p->uuid)) != 0)
        return 0;
    return etch_packet_goes_on(p) ? pool->header.packet_size : (size_t)content;
}

size_t pool_read_packet(const struct pool *pool, const struct pool_item *item, void *buffer)
{
    /* Nobody writes to it: it is a copy, or its process is gone. */
    const struct etch_packet_header *p = buffer;
    if (!read_at(pool->fd, buffer, pool->header.packet_size,
                 packet_offset(&pool->header, item->index)) ||
        p->packet_seq_num != item->seq)
        return 0;
    return check_packet(pool, p, item->slot);
}

static int compare_items(const void *a, const void *b)
{
    const struct pool_item *x = a, *y = b;
    if (x->slot != y->slot)
        return x->slot < y->slot ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Lists the packets that hold something the file does not have. */
static int list_items(struct pool *pool)
{
    const struct etch_pool_header *h = &pool->header;
    uint32_t *states = malloc((size_t)h->packet_count * sizeof(*states) + 1);
    int error = states == NULL ? -ENOMEM : 0;
    if (error == 0 &&
        !read_at(pool->fd, states, h->packet_count * sizeof(*states), h->states_offset))
        error = -EIO;
    for (uint32_t i = 0; i < h->packet_count && error == 0; i++) {
        uint32_t slot = ETCH_PACKET_OWNER(states[i]);
        struct etch_packet_header p;
        if (ETCH_PACKET_STATE(states[i]) == ETCH_PACKET_FREE || slot >= h->slot_count ||
            !read_at(pool->fd, &p, sizeof(p), packet_offset(h, i)))
            continue;
        size_t content = check_packet(pool, &p, slot);
        struct etch_consumed c = pool_consumed(pool, slot);
        bool other = pool->output == ETCH_OUT_SIMPLE && p.stream_id != ETCH_STREAM_EVENTS;
        if (content == 0 || other || p.packet_seq_num < c.seq ||
            (p.packet_seq_num == c.seq && content <= c.offset))
            continue;
        pool->items[pool->n_items++] = (struct pool_item){slot, i, p.packet_seq_num};
    }
    free(states);
    if (error == 0)
        qsort(pool->items, pool->n_items, sizeof(*pool->items), compare_items);
    return error;
}

static int list(struct pool *pool)
{
    const struct etch_pool_header *h = &pool->header;
    size_t size = (size_t)h->slot_count * sizeof(*pool->slots);
    pool->checkpoint = pool_checkpoint(h);
    pool->slots = malloc(size + 1);
    pool->items = calloc((size_t)h->packet_count + 1, sizeof(*pool->items));
    if (pool->slots == NULL || pool->items == NULL)
        return -ENOMEM;
    if (!read_at(pool->fd, pool->slots, size, h->slots_offset) ||
        !read_at(pool->fd, pool->limits, sizeof(pool->limits), h->limits_offset))
        return -EIO;
    uint64_t generation = pool->checkpoint.generation;
    uint64_t told = generation == 0 || pool->output != ETCH_OUT_SIMPLE
                        ? 0
                        : h->discarded_consumed[generation & 1];
    pool->lost = h->discarded > told ? h->discarded - told : 0;
    if (h->quiet) { /* nothing of it is to be kept */
        pool->lost = 0;
        for (uint32_t i = 0; i < h->slot_count; i++)
            pool->slots[i].discarded = pool->slots[i].next_seq = 0;
        return 0;
    }
    return list_items(pool);
}

/* ---- a live pool ---- */

static bool write_state(const struct pool *pool, int to, uint32_t index, uint32_t state)
{
    uint64_t at = pool->header.states_offset + index * sizeof(state);
    return pwrite(to, &state, sizeof(state), (off_t)at) == (ssize_t)sizeof(state);
}

/* Copies a packet. One that was taken for others events meanwhile, which policy
 * overwrite does at any moment, is free in the copy: its new header was there
 * before its first new event. */
static bool copy_packet(const struct pool *pool, int to, uint32_t index, void *buffer)
{
    struct etch_packet_header *p = buffer, after;
    uint64_t at = packet_offset(&pool->header, index);
    uint32_t state;
    if (!read_at(pool->fd, &state, sizeof(state),
                 pool->header.states_offset + index * sizeof(state)))
        return false;
    if (ETCH_PACKET_STATE(state) == ETCH_PACKET_FREE)
        return write_state(pool, to, index, state);
    if (!read_at(pool->fd, p, sizeof(*p), at))
        return false;
    size_t content = check_packet(pool, p, ETCH_PACKET_OWNER(state));
    if (content > sizeof(*p) && !read_at(pool->fd, p + 1, content - sizeof(*p), at + sizeof(*p)))
        return false;
    if (!read_at(pool->fd, &after, sizeof(after), at))
        return false;
    bool same = after.packet_seq_num == p->packet_seq_num &&
                after.stream_instance_id == p->stream_instance_id &&
                after.timestamp_begin == p->timestamp_begin;
    if (!same || content == 0)
        return write_state(pool, to, index, ETCH_PACKET_FREE);
    return pwrite(to, buffer, content, (off_t)at) == (ssize_t)content &&
           write_state(pool, to, index, state);
}

/* Copies what is used of a pool. */
static bool copy_once(const struct pool *pool, int to, void *buffer)
{
    const struct etch_pool_header *h = &pool->header;
    uint64_t head = h->packets_offset;
    for (uint64_t at = 0; at < head; at += PACKET_SIZE_MAX) {
        size_t n = head - at < PACKET_SIZE_MAX ? (size_t)(head - at) : PACKET_SIZE_MAX;
        if (!read_at(pool->fd, buffer, n, at) || pwrite(to, buffer, n, (off_t)at) != (ssize_t)n)
            return false;
    }
    for (uint32_t i = 0; i < h->packet_count; i++)
        if (!copy_packet(pool, to, i, buffer))
            return false;
    return true;
}

/* Whether a copy misses nothing: of all that the pool has now nothing was
 * consumed since it was begun. */
static bool copy_is_whole(const struct pool *pool)
{
    struct etch_pool_header after;
    return pool->output == POOL_ALL ||
           (read_at(pool->fd, &after, sizeof(after), 0) &&
            pool_checkpoint(&after).generation == pool_checkpoint(&pool->header).generation);
}

/* Replaces pool->fd by a copy in which nothing was consumed meanwhile. */
static int copy_live(struct pool *pool)
{
    int to = memfd_create("etch-pool-copy", MFD_CLOEXEC);
    void *buffer = malloc(PACKET_SIZE_MAX);
    int error = to < 0 || buffer == NULL ? -ENOMEM : -EBUSY;
    for (int i = 0; i < COPY_ATTEMPTS && error == -EBUSY; i++) {
        if (pool_peek(pool->fd, &pool->header) < 0)
            error = -EINVAL;
        else if (ftruncate(to, (off_t)pool->header.size) < 0 || !copy_once(pool, to, buffer))
            error = -EIO;
        else if (copy_is_whole(pool))
            error = 0;
    }
    free(buffer);
    if (error == 0) {
        close(pool->fd);
        pool->fd = to;
    } else if (to >= 0) {
        close(to);
    }
    return error;
}

/* ---- life ---- */

static int tell(struct fault *fault, int error, const char *path)
{
    if (error != -EINVAL)
        return fault_system(fault, error, path, "cannot read the pool");
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = path};
    return fault_set(fault, error, &what, "not a pool of this version of etch, or it is damaged");
}

static int adopt(struct pool **pool_out, int fd, const char *path, enum etch_output output,
                 bool live)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        close(fd);
        return -ENOMEM;
    }
    pool->fd = fd;
    pool->output = output;
    pool->live = live;
    pool->path = strdup(path);
    int error = pool->path == NULL ? -ENOMEM : pool_peek(fd, &pool->header);
    if (error == 0 && live)
        error = copy_live(pool);
    if (error == 0)
        error = list(pool);
    if (error < 0) {
        pool_close(pool);
        return error;
    }
    pool_set_clock(pool);
    *pool_out = pool;
    return 0;
}

int pool_adopt(struct pool **pool, int fd, const char *path, enum etch_output output,
               struct fault *fault)
{
    int error = adopt(pool, fd, path, output, false);
    return error < 0 && error != -ENOENT ? tell(fault, error, path) : error;
}

int pool_open(struct pool **pool, const char *path, enum etch_output output, struct fault *fault)
{
    struct etch_pool_header header;
    int fd = pools_open(path, O_RDONLY);
    int error = fd < 0 ? fd : pool_peek(fd, &header);
    if (error == 0)
        error = adopt(pool, fd, path, output, pool_lives(fd, &header));
    else if (fd >= 0)
        close(fd);
    return error < 0 ? tell(fault, error, path) : 0;
}

void pool_close(struct pool *pool)
{
    if (pool == NULL)
        return;
    if (pool->fd >= 0)
        close(pool->fd);
    free(pool->path);
    free(pool->slots);
    free(pool->items);
    free(pool);
}
