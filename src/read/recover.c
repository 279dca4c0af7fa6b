/* SPDX-License-Identifier: MIT
 *
 * recover.c: see recover.h. The file is cut to the checkpoint, what the pool
 * has is appended and brought to the disk, and only then the pool is marked as
 * drained and removed. Up to that mark everything can be done again.
 */
#include "read/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/in_meta.h"
#include "read/in_pool.h"
#include "read/in_trace.h"
#include "read/lent.h"
#include "read/out_simple.h"
#include "read/parts.h"
#include "read/pools.h"
#include "read/recover_ctf.h"

/* Opens a pool and keeps others from recovering it; the lock belongs to the
 * open file, so that closing another descriptor of it does not lift it. */
static int lock_pool(const char *path, struct etch_pool_header *header)
{
    int fd = pools_open(path, O_RDWR);
    if (fd < 0)
        return fd;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat opened, named;
    int error = pool_peek(fd, header);
    if (error == 0 && pool_lives(fd, header))
        error = -EBUSY;
    if (error == 0 && fcntl(fd, F_OFD_SETLK, &lock) < 0)
        error = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
    /* Somebody may have recovered and removed it just before. */
    if (error == 0 && (fstat(fd, &opened) < 0 || stat(path, &named) < 0 ||
                       opened.st_ino != named.st_ino || opened.st_dev != named.st_dev))
        error = -ENOENT;
    if (error == 0)
        error = pool_peek(fd, header);
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

/* Whether the file can be the one that the pool was drained into: its first
 * event is of that process. A program may have replaced it since. */
static int check_trace(const struct pool *pool, const char *path, int fd, struct fault *fault)
{
    const struct etch_pool_header *h = &pool->header;
    uint64_t limit = pool->checkpoint.file_offset;
    struct etch_read_fault what = {.kind = ETCH_FAULT_MISMATCH, .path = path};
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fault_system(fault, -errno, path, "cannot look at the trace");
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < limit)
        return fault_set(fault, -EINVAL, &what,
                         "the trace was replaced or cut since its program was killed; what is "
                         "left of it is in %s",
                         pool->path);
    if (limit == 0 || trace_is_of(path, limit, h->pid))
        return 0;
    return fault_set(fault, -EINVAL, &what,
                     "the trace is another program's by now; what is left of process %u is in %s",
                     h->pid, pool->path);
}

/* Opens the trace's last file, ready to be appended to at the checkpoint. */
static int open_trace(const struct pool *pool, struct fault *fault)
{
    struct parts_end end = parts_end_of(&pool->header);
    char *path = part_path(pool->header.trace_path, end.file);
    if (path == NULL)
        return fault_system(fault, -ENOMEM, pool->path, "cannot recover the pool");
    int fd = open(
        path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (end.limit == 0 ? O_CREAT : 0), 0600);
    int error = fd < 0 ? fault_system(fault, -errno, path, "cannot open the trace")
                       : check_trace(pool, path, fd, fault);
    if (error == 0 && ftruncate(fd, (off_t)end.limit) < 0)
        error = fault_system(fault, -errno, path, "cannot cut the trace");
    if (error < 0 && fd >= 0)
        close(fd);
    free(path);
    return error < 0 ? error : fd;
}

/* Appends all that the pool has. */
static int append_events(struct pool *pool, struct meta *meta, int fd, struct fault *fault,
                         struct etch_recovered *result)
{
    uint64_t offset = pool->checkpoint.file_offset;
    struct etch_pool_header header = pool->header;
    struct source *source;
    int error = pool_source_new(&source, pool, meta, fault);
    if (error < 0)
        return fault_system(fault, error, header.trace_path, "cannot recover");
    struct out_simple *out = out_simple_new(fd, offset, meta);
    struct etch_record *record = malloc(sizeof(*record));
    error = out == NULL || record == NULL ? -ENOMEM : 0;
    int got = 1;
    while (error == 0 && (got = source->ops->next(source, record)) == 1) {
        error = out_simple_record(out, record);
        result->events += record->type == ETCH_RECORD_EVENT;
        result->lost += record->lost;
    }
    if (error == 0 && got == 0)
        error = out_simple_finish(out);
    if (error < 0)
        fault_system(fault, error, header.trace_path, "cannot append to the trace");
    out_simple_free(out);
    free(record);
    source->ops->close(source);
    return error < 0 ? error : got;
}

/* Says in the side file how many events the trace has, so that nobody needs to
 * count them; written twice, the last one counts, and cut short, none does. */
static void append_end(const struct etch_pool_header *header, const struct etch_recovered *found)
{
    struct etch_checkpoint c = pool_checkpoint(header);
    const struct {
        struct etch_meta_record head;
        struct etch_meta_end end;
    } record = {{ETCH_META_END, sizeof(struct etch_meta_end)},
                {.events = header->outputs & ETCH_OUT_SIMPLE
                               ? c.events + found->events - header->rotated_events
                               : ETCH_META_UNCOUNTED,
                 .discarded = c.discarded + found->lost,
                 .overwritten_packets = found->packets,
                 .overwritten_bytes = found->bytes,
                 .fired = header->trigger.count,
                 .quiet = header->quiet,
                 .rotated = header->rotated_events}};
    int fd = open(header->meta_path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, &record, sizeof(record));
    (void)written;
    close(fd);
}

/* Brings a new name in a folder to the disk; best effort. */
static void sync_folder(const char *path)
{
    char copy[ETCH_POOL_PATH_MAX];
    snprintf(copy, sizeof(copy), "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* A side file that lies beside the pool goes with it. */
static void remove_pool(const char *path, int fd, const struct etch_pool_header *header)
{
    char pool_folder[ETCH_POOL_PATH_MAX], meta_folder[ETCH_POOL_PATH_MAX];
    uint32_t ended = ETCH_DRAIN_ENDED;
    ssize_t done =
        pwrite(fd, &ended, sizeof(ended), offsetof(struct etch_pool_header, drain_state));
    snprintf(pool_folder, sizeof(pool_folder), "%s", path);
    snprintf(meta_folder, sizeof(meta_folder), "%s", header->meta_path);
    if (done == (ssize_t)sizeof(ended) && header->meta_path[0] != '\0' &&
        strcmp(dirname(pool_folder), dirname(meta_folder)) == 0)
        unlink(header->meta_path);
    unlink(path);
    lent_release(path);
}

/* The simple half. */
static int recover_simple(struct pool *pool, struct meta *meta,
                          const struct etch_pool_header *header, struct fault *fault,
                          struct etch_recovered *result)
{
    int fd = open_trace(pool, fault);
    if (fd < 0) {
        pool_close(pool);
        return fd;
    }
    int error = append_events(pool, meta, fd, fault, result);
    if (error == 0 && fsync(fd) < 0)
        error = fault_system(fault, -errno, header->trace_path, "cannot write the trace");
    close(fd);
    if (error == 0)
        error = parts_tidy(header, fault);
    if (error == 0 && header->quiet && pool_checkpoint(header).file_offset == 0)
        unlink(header->trace_path);
    if (error == 0)
        sync_folder(header->trace_path);
    return error;
}

static void count_overwritten(const struct pool *pool, struct etch_recovered *result)
{
    for (uint32_t i = 0; i < pool->header.slot_count; i++) {
        result->packets += pool->slots[i].overwritten_packets;
        result->bytes += pool->slots[i].overwritten_bytes;
    }
}

/* One output of a pool that is locked. */
static int recover_output(const char *path, int lock, enum etch_output output, struct meta *meta,
                          struct fault *fault, struct etch_recovered *result)
{
    struct pool *pool;
    int error = pool_adopt(&pool, dup(lock), path, output, fault);
    if (error < 0)
        return error;
    struct etch_pool_header header = pool->header;
    if (output == ETCH_OUT_SIMPLE || header.trace_path[0] == '\0')
        count_overwritten(pool, result);
    if (meta == NULL && pool->n_items != 0 && output == ETCH_OUT_SIMPLE) {
        pool_close(pool);
        return fault_system(fault, -ENOENT, header.meta_path, "the side file is missing");
    }
    if (output == ETCH_OUT_SIMPLE)
        return recover_simple(pool, meta, &header, fault, result);
    error = recover_ctf(pool, meta, fault, result);
    pool_close(pool);
    return error;
}

/* Whether a pool has no packet with events. */
static bool is_empty(const char *path, int lock)
{
    struct fault silent = {NULL, NULL};
    struct pool *pool;
    if (pool_adopt(&pool, dup(lock), path, ETCH_OUT_CTF, &silent) < 0)
        return false;
    bool empty = pool->n_items == 0;
    pool_close(pool);
    return empty;
}

static int recover_locked(const char *path, int lock, const struct etch_pool_header *header,
                          struct fault *fault, struct etch_recovered *result)
{
    struct meta *meta = NULL;
    bool simple = header->trace_path[0] != '\0', ctf = header->ctf_path[0] != '\0';
    /* Switched off, all is in its files; or killed before it had made one. */
    if (!simple && !ctf && (header->quiet || is_empty(path, lock)))
        return 0;
    if (!simple && !ctf) {
        struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = path};
        return fault_set(fault, -ENOENT, &what,
                         "the pool names no trace: it could not be opened when the program "
                         "ran; `etch print %s` shows what is there",
                         path);
    }
    int error = header->meta_path[0] != '\0' ? meta_open(&meta, header->meta_path, fault) : 0;
    error = error == -ENOENT ? 0 : error;
    if (error == 0 && ctf)
        error = recover_output(path, lock, ETCH_OUT_CTF, meta, fault, result);
    if (error == 0 && simple)
        error = recover_output(path, lock, ETCH_OUT_SIMPLE, meta, fault, result);
    meta_close(meta);
    if (error == 0)
        append_end(header, result);
    return error;
}

int etch_recover(const char *path, struct etch_recovered *result, char **error)
{
    struct etch_pool_header header;
    struct fault fault = {NULL, error};
    struct etch_recovered found = {0};
    *error = NULL;
    int lock = lock_pool(path, &header);
    if (lock == -EBUSY) {
        result->busy++;
        return lock;
    }
    if (lock < 0)
        return fault_system(&fault, lock, path, "cannot recover the pool");
    int code = header.drain_state == ETCH_DRAIN_ENDED
                   ? 0
                   : recover_locked(path, lock, &header, &fault, &found);
    if (code == 0) {
        remove_pool(path, lock, &header);
        result->pools++;
        result->events += found.events;
        result->lost += found.lost;
        result->packets += found.packets;
        result->bytes += found.bytes;
    }
    close(lock);
    return code;
}

struct folder_search {
    struct stat folder;
    struct etch_recovered *result;
    char **error;
    int first;
};

static int recover_one(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct folder_search *search = arg;
    (void)fd;
    if (!pools_is_in(header, &search->folder))
        return 0;
    char *error = NULL;
    int code = etch_recover(path, search->result, &error);
    if (code < 0 && code != -EBUSY && search->first == 0) {
        search->first = code;
        *search->error = error;
        error = NULL;
    }
    free(error);
    return 0;
}

int etch_recover_folder(const char *path, struct etch_recovered *result, char **error)
{
    struct folder_search search = {.result = result, .error = error};
    struct fault fault = {NULL, error};
    *error = NULL;
    if (stat(path, &search.folder) < 0)
        return fault_system(&fault, -errno, path, "cannot open the folder");
    pools_each(recover_one, &search);
    return search.first;
}
