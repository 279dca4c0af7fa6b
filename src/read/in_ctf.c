/* SPDX-License-Identifier: MIT
 *
 * in_ctf.c: the streams of a CTF trace, as one in order of time; see in_ctf.h.
 *
 * The trace of a live process is read up to the last checkpoint, and what its
 * pool has from a copy. With `follow` the pool is left alone until the process
 * has gone: the drain brings the packets into the files.
 */
#include "read/in_ctf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/ctf.h"
#include "read/merge.h"
#include "read/pools.h"

/* Whether there is a stream's file; also where the metadata were lost. */
static bool has_streams(const char *path)
{
    DIR *dir = opendir(path);
    bool found = false;
    for (struct dirent *e; dir != NULL && !found && (e = readdir(dir)) != NULL;)
        found = strncmp(e->d_name, "stream-", 7) == 0;
    if (dir != NULL)
        closedir(dir);
    return found;
}

bool ctf_is_trace(const char *path)
{
    char *name;
    struct stat st;
    bool found = asprintf(&name, "%s/metadata", path) >= 0;
    if (found) {
        found = (stat(name, &st) == 0 && S_ISREG(st.st_mode)) || has_streams(path);
        free(name);
    }
    return found;
}

/* ---- what belongs together ---- */

struct search {
    const struct ctf *ctf;
    char *pool_path;
};

static bool is_folder(const struct ctf *c, const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_dev == c->folder.st_dev && st.st_ino == c->folder.st_ino;
}

bool ctf_is_there(const struct ctf *c)
{
    return is_folder(c, c->path);
}

bool ctf_is_of(const struct ctf *c, const struct etch_pool_header *header)
{
    return (header->outputs & ETCH_OUT_CTF) && is_folder(c, header->ctf_path);
}

static bool same_trace(const struct ctf *c, const uint8_t uuid[16])
{
    return c->tsdl == NULL || memcmp(c->uuid, uuid, 16) == 0;
}

static int is_pool_of(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct search *search = arg;
    (void)fd;
    if (header->drain_state == ETCH_DRAIN_ENDED || !ctf_is_of(search->ctf, header) ||
        !same_trace(search->ctf, header->uuid))
        return 0;
    search->pool_path = strdup(path);
    return 1;
}

static char *find_pool(const struct ctf *c)
{
    struct search search = {.ctf = c};
    pools_each(is_pool_of, &search);
    return search.pool_path;
}

/* Reads the metadata; what is wrong with them is told with the first event, for
 * a side file may have the same. */
static int open_metadata(struct ctf *c)
{
    char *message = NULL;
    struct fault fault = {NULL, &message};
    int error = tsdl_open(&c->tsdl, c->path, &fault);
    if (c->tsdl != NULL && c->tsdl->headless) {
        tsdl_close(c->tsdl);
        c->tsdl = NULL;
    }
    if (c->tsdl != NULL)
        memcpy(c->uuid, c->tsdl->meta.header.uuid, sizeof(c->uuid));
    int queued = fault_later(&c->later, message);
    return error == -EINVAL || error == -ENOENT ? queued : error;
}

static bool try_side(struct ctf *c, const char *path)
{
    struct fault silent = {NULL, NULL};
    struct meta *meta;
    meta_open(&meta, path, &silent);
    if (meta == NULL || !same_trace(c, meta->header.uuid)) {
        meta_close(meta);
        return false;
    }
    c->side = meta;
    return true;
}

/* The side file: beside the folder (trace-1.meta beside trace-1.ctf), else the
 * one that the pool names. */
static void open_side(struct ctf *c, const char *pool_meta)
{
    char path[PATH_MAX];
    size_t length = c->path != NULL ? strlen(c->path) : 0;
    while (length > 1 && c->path[length - 1] == '/')
        length--;
    bool beside =
        length > 4 && memcmp(c->path + length - 4, ".ctf", 4) == 0 &&
        snprintf(path, sizeof(path), "%.*s.meta", (int)(length - 4), c->path) < (int)sizeof(path) &&
        try_side(c, path);
    if (!beside && pool_meta != NULL && pool_meta[0] != '\0')
        try_side(c, pool_meta);
    c->meta = c->tsdl != NULL ? &c->tsdl->meta : c->side;
    if (c->tsdl != NULL)
        c->tsdl->meta.fallback = c->side;
}

/* ---- the source ---- */

static int ctf_next(struct source *source, struct etch_record *record)
{
    struct ctf *c = (struct ctf *)source;
    int told = fault_tell(&c->later, c->source.fault);
    if (told < 0)
        return told;
    for (;;) {
        int got = c->merger->ops->next(c->merger, record);
        record->program = c->meta != NULL ? c->meta->exe : NULL;
        if ((got != -EAGAIN && got != 0) || c->pool_fd < 0)
            return got;
        int more = ctf_follow(c);
        if (more <= 0)
            return more < 0 ? more : -EAGAIN;
    }
}

static void ctf_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct ctf *c = (const struct ctf *)source;
    c->merger->ops->progress(c->merger, done, all);
}

static void ctf_close(struct source *source)
{
    struct ctf *c = (struct ctf *)source;
    if (c->merger != NULL)
        c->merger->ops->close(c->merger);
    if (c->trace != NULL)
        packet_trace_drop(c->trace);
    tsdl_close(c->tsdl);
    meta_close(c->side);
    pool_close(c->pool);
    if (c->pool_fd >= 0)
        close(c->pool_fd);
    fault_queue_free(&c->later);
    free(c->streams);
    free(c->path);
    free(c->pool_path);
    free(c);
}

static const struct source_ops ctf_ops = {ctf_next, ctf_progress, ctf_close};

/* Metadata's clock, or else the pool's. */
static uint64_t trace_time(const void *ctf, uint64_t ticks)
{
    const struct ctf *c = ctf;
    return c->tsdl != NULL ? tsdl_time(&c->tsdl->clock, ticks) : pool_time(c->pool, ticks);
}

static void trace_free(struct packet_trace *trace)
{
    free(trace);
}

static struct ctf *ctf_new(const char *path, struct fault *fault)
{
    struct ctf *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return NULL;
    c->source = (struct source){&ctf_ops, fault};
    c->pool_fd = -1;
    c->path = path != NULL ? strdup(path) : NULL;
    if (path != NULL && stat(path, &c->folder) < 0)
        c->folder = (struct stat){0};
    c->merger = merge_new(fault, false);
    c->trace = calloc(1, sizeof(*c->trace));
    if (c->merger != NULL && c->trace != NULL && (path == NULL || c->path != NULL)) {
        *c->trace = (struct packet_trace){
            .refs = 1, .overwrites = true, .time = trace_time, .clock = c, .free = trace_free};
        return c;
    }
    free(c->trace);
    c->trace = NULL;
    ctf_close(&c->source);
    return NULL;
}

/* ---- opening ---- */

/* What the streams share, from the metadata, else from the pool. */
static void set_trace(struct ctf *c)
{
    struct packet_trace *t = c->trace;
    t->meta = c->meta;
    t->frames = c->tsdl != NULL ? &c->tsdl->frames : NULL;
    if (c->meta != NULL) {
        t->pid = c->meta->header.pid;
        t->first_ticks = c->meta->first.ticks;
        t->last_ticks = c->meta->last.ticks;
    }
    if (c->pool == NULL)
        return;
    const struct etch_pool_header *h = &c->pool->header;
    t->pid = h->pid;
    t->first_ticks = h->first.ticks;
    t->last_ticks = h->last.ticks;
    t->overwrites = pool_overwrites(c->pool);
    if (c->tsdl == NULL)
        memcpy(c->uuid, h->uuid, sizeof(c->uuid));
}

/* Follows a live process: -ESRCH if there is none. */
static int start_following(struct ctf *c)
{
    struct etch_pool_header header;
    int fd = pools_open(c->pool_path, O_RDONLY);
    if (fd < 0 || c->tsdl == NULL || pool_peek(fd, &header) < 0 || !ctf_is_of(c, &header) ||
        !pool_lives(fd, &header)) {
        if (fd >= 0)
            close(fd);
        return -ESRCH;
    }
    c->pool_fd = fd;
    open_side(c, header.meta_path);
    set_trace(c);
    return 0;
}

/* Whether the folder is as its process made it: killed before the metadata were
 * written, which is before the first event. */
static bool never_written(const struct ctf *c)
{
    char name[PATH_MAX];
    struct stat st;
    if (snprintf(name, sizeof(name), "%s/metadata", c->path) >= (int)sizeof(name) ||
        stat(name, &st) < 0 || st.st_size != 0)
        return false;
    return !has_streams(c->path);
}

/* The files, and the pool if there is one, as they stand. */
static int open_all(struct ctf *c)
{
    int error = 0;
    if (c->pool_path != NULL)
        error = pool_open(&c->pool, c->pool_path, ETCH_OUT_CTF, c->source.fault);
    if (error < 0 && error != -ENOENT)
        return error;
    if (c->pool != NULL && c->path != NULL && !ctf_is_of(c, &c->pool->header)) {
        pool_close(c->pool); /* it goes on elsewhere by now */
        c->pool = NULL;
    }
    open_side(c, c->pool != NULL ? c->pool->header.meta_path : NULL);
    if (c->tsdl == NULL && c->pool == NULL && !never_written(c)) /* why stands in the queue */
        return -EINVAL;
    if (c->tsdl == NULL && c->pool == NULL) {
        fault_queue_free(&c->later);
        return 0;
    }
    /* A process that was killed while it wrote them: recovery will make them whole. */
    if (c->pool != NULL && c->side != NULL)
        fault_queue_free(&c->later);
    set_trace(c);
    error = ctf_scan_files(c);
    if (error == 0 && c->pool != NULL)
        error = ctf_add_pool_streams(c);
    return error < 0 ? fault_system(c->source.fault, error, c->path, "cannot open the trace") : 0;
}

/* Hands the trace over, or says why there is none. */
static int opened(struct ctf *c, int error, struct source **source)
{
    if (error == 0) {
        *source = &c->source;
        return 0;
    }
    if (c->tsdl == NULL && c->pool == NULL)
        fault_tell(&c->later, c->source.fault);
    ctf_close(&c->source);
    return error;
}

/* A metadata file that ends within a block, and no process that writes it. */
static int tell_cut(struct ctf *c)
{
    char *message = NULL;
    struct fault fault = {NULL, &message};
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = c->tsdl->meta.path};
    fault_set(&fault, -EINVAL, &what,
              "the metadata end within the block of an event; packets with later events cannot be "
              "read");
    return fault_later(&c->later, message);
}

int ctf_open(struct source **source, const char *path, const struct etch_read_options *options,
             struct fault *fault)
{
    struct ctf *c = ctf_new(path, fault);
    if (c == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open the trace");
    int error = open_metadata(c);
    if (error == 0)
        c->pool_path = find_pool(c);
    bool live = error == 0 && c->pool_path != NULL && options->follow && start_following(c) == 0;
    if (error == 0 && !live)
        error = open_all(c);
    if (error == 0 && c->tsdl != NULL && c->tsdl->cut && c->pool_path == NULL)
        error = tell_cut(c);
    return opened(c, error, source);
}

int ctf_open_pool(struct source **source, const char *pool_path, struct fault *fault)
{
    struct etch_pool_header header;
    int fd = pools_open(pool_path, O_RDONLY);
    int error = fd < 0 ? fd : pool_peek(fd, &header);
    if (fd >= 0)
        close(fd);
    if (error < 0)
        return fault_system(fault, error, pool_path, "cannot read the pool");
    bool there = header.ctf_path[0] != '\0' && ctf_is_trace(header.ctf_path);
    struct ctf *c = ctf_new(there ? header.ctf_path : NULL, fault);
    if (c == NULL)
        return fault_system(fault, -ENOMEM, pool_path, "cannot open the pool");
    c->pool_path = strdup(pool_path);
    if (there)
        error = open_metadata(c);
    /* A folder that another trace has taken since. */
    if (error == 0 && c->tsdl != NULL && !same_trace(c, header.uuid)) {
        tsdl_close(c->tsdl);
        c->tsdl = NULL;
        free(c->path);
        c->path = NULL;
    }
    if (error == 0)
        error = c->pool_path == NULL ? -ENOMEM : open_all(c);
    return opened(c, error, source);
}
