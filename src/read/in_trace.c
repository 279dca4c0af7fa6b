/* SPDX-License-Identifier: MIT
 *
 * in_trace.c: a trace file with its side file and pool; see in_trace.h.
 *
 * The trace of a live process is read up to the last checkpoint, and what its
 * pool has from a copy. With `follow` the pool is left alone until the process
 * has gone: the drain brings the events into the file.
 */
#include "read/in_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/in_meta.h"
#include "read/in_pool.h"
#include "read/merge.h"
#include "read/parts.h"
#include "read/pools.h"

struct trace {
    struct source source;
    struct source *merger;
    struct parts *file; /* in the merger; NULL: no trace file yet */
    struct meta *meta;
    bool lent; /* it is another's */
    char *path;
    char *pool_path;           /* NULL: none */
    int pool_fd;               /* of a live pool that is followed, else -1 */
    struct fault_queue unread; /* what is wrong with the side file */
};

/* 1: there is one, 0: the file has none, -errno. */
static int first_event(const char *path, uint64_t limit, struct simple_event *event)
{
    static const struct etch_read_options plain = {.unordered = true};
    static const struct declared nothing;
    struct fault silent = {NULL, NULL};
    struct simple_config config = {.options = &plain, .declared = &nothing, .limit = limit};
    struct source *source;
    int error = simple_open(&source, path, &config, &silent);
    if (error < 0)
        return error;
    int found = simple_scan((struct simple *)source, event);
    source->ops->close(source);
    return found;
}

bool trace_is_of(const char *path, uint64_t limit, uint32_t pid)
{
    struct simple_event event;
    int found = first_event(path, limit, &event);
    return found == 0 || (found == 1 && event.pid == pid);
}

bool trace_first_event(const char *path, uint64_t limit, uint32_t *pid, uint64_t *time_ns)
{
    struct simple_event event;
    if (first_event(path, limit, &event) != 1)
        return false;
    *pid = event.pid;
    *time_ns = event.time;
    return true;
}

struct search {
    const char *trace_path;
    struct stat trace;
    bool there; /* trace is valid */
    char *pool_path;
};

static int is_pool_of(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct search *search = arg;
    struct stat st;
    (void)fd;
    if (header->trace_path[0] == '\0' || header->drain_state == ETCH_DRAIN_ENDED)
        return 0;
    if (search->there ? stat(header->trace_path, &st) < 0 || st.st_dev != search->trace.st_dev ||
                            st.st_ino != search->trace.st_ino
                      : strcmp(header->trace_path, search->trace_path) != 0)
        return 0;
    /* A killed program's pool is not of a file that another one has replaced. */
    struct parts_end end = parts_end_of(header);
    uint64_t limit = end.file == 0 ? end.limit : 0;
    if (search->there && ((uint64_t)search->trace.st_size < limit ||
                          (limit != 0 && !trace_is_of(search->trace_path, limit, header->pid))))
        return 0;
    search->pool_path = strdup(path);
    return 1;
}

/* The pool that belongs to a trace file, malloc'd, or NULL. */
static char *find_pool(const char *trace_path)
{
    struct search search = {.trace_path = trace_path};
    search.there = stat(trace_path, &search.trace) == 0;
    pools_each(is_pool_of, &search);
    return search.pool_path;
}

static const struct etch_decl *by_id(void *arg, uint64_t id, const char *name)
{
    struct trace *t = arg;
    const struct etch_decl *d = meta_find(t->meta, id, NULL);
    return d != NULL && strcmp(d->name, name) == 0 ? d : NULL;
}

/* Opens a side file. What is wrong with it is told with the first event: the
 * trace can be read without, only less well. */
static int open_meta_file(struct trace *t, const char *path)
{
    char *message = NULL;
    struct fault fault = {NULL, &message};
    int error = meta_open(&t->meta, path, &fault);
    int queued = fault_later(&t->unread, message);
    return error == -ENOENT ? error : queued;
}

/* The side file beside the trace, else the one that the pool names. */
static int open_meta(struct trace *t, const char *pool_meta)
{
    char *path;
    if (t->meta != NULL)
        return 0;
    if (t->path != NULL) {
        if (asprintf(&path, "%.*s.meta", (int)part_base_length(t->path), t->path) < 0)
            return -ENOMEM;
        int error = open_meta_file(t, path);
        free(path);
        if (error == 0)
            return 0;
    }
    if (pool_meta != NULL && pool_meta[0] != '\0')
        open_meta_file(t, pool_meta);
    return 0;
}

static int add_file(struct trace *t, const struct etch_read_options *options,
                    const struct declared *declared, const struct parts_end *end)
{
    struct simple_config config = {.options = options, .declared = declared};
    if (t->meta != NULL) {
        config.by_id = by_id;
        config.by_id_arg = t;
    }
    int error = parts_open(&t->file, t->path, &config, end, t->source.fault);
    return error < 0 ? error : merge_add(t->merger, parts_source(t->file));
}

static int add_pool(struct trace *t, struct pool *pool)
{
    struct source *source;
    int error = pool_source_new(&source, pool, t->meta, t->source.fault);
    if (error == 0)
        error = merge_add(t->merger, source);
    return error < 0 ? fault_system(t->source.fault, error, t->path, "cannot read the pool") : 0;
}

/* Whether the pool is of this trace still: it may go on in other files. */
static bool is_ours(const struct trace *t, const struct etch_pool_header *header)
{
    struct stat theirs, ours;
    return (header->outputs & ETCH_OUT_SIMPLE) &&
           (strcmp(header->trace_path, t->path) == 0 ||
            (stat(header->trace_path, &theirs) == 0 && stat(t->path, &ours) == 0 &&
             theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino));
}

/* A live trace that is followed: up to the checkpoint of now. False: it is that
 * of before. */
static bool follow_end_of(struct trace *t, const struct etch_pool_header *header)
{
    struct parts_end end = parts_end_of(header);
    end.growing = true;
    return parts_reach(t->file, &end);
}

/* The traced process has gone, or has left the file for another: what it left is final. */
static int follow_end(struct trace *t)
{
    struct etch_pool_header header;
    bool whole = pool_peek(t->pool_fd, &header) < 0 || header.drain_state == ETCH_DRAIN_ENDED ||
                 !is_ours(t, &header);
    close(t->pool_fd);
    t->pool_fd = -1;
    parts_reach(t->file, &(struct parts_end){.file = PARTS_ALL, .limit = UINT64_MAX});
    if (whole || access(t->pool_path, F_OK) < 0)
        return 0; /* drained or recovered */
    struct pool *pool;
    int error = pool_open(&pool, t->pool_path, ETCH_OUT_SIMPLE, t->source.fault);
    if (error < 0)
        return error == -ENOENT ? 0 : error; /* recovered */
    struct parts_end end = parts_end_of(&pool->header);
    parts_reach(t->file, &end);
    return add_pool(t, pool);
}

/* The next event, and whose it is. */
static int merged_next(struct trace *t, struct etch_record *record)
{
    int got = t->merger->ops->next(t->merger, record);
    record->program = t->meta != NULL ? t->meta->exe : NULL;
    return got;
}

static int trace_next(struct source *source, struct etch_record *record)
{
    struct trace *t = (struct trace *)source;
    int told = fault_tell(&t->unread, t->source.fault);
    if (told < 0)
        return told;
    int got = merged_next(t, record);
    if (got != -EAGAIN || t->pool_fd < 0)
        return got;
    struct etch_pool_header header;
    bool lives = pool_peek(t->pool_fd, &header) == 0 && is_ours(t, &header) &&
                 pool_lives(t->pool_fd, &header);
    int error = lives ? 0 : follow_end(t);
    if (error < 0 || (lives && !follow_end_of(t, &header)))
        return error < 0 ? error : -EAGAIN;
    return merged_next(t, record);
}

static void trace_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct trace *t = (const struct trace *)source;
    t->merger->ops->progress(t->merger, done, all);
}

static void trace_close(struct source *source)
{
    struct trace *t = (struct trace *)source;
    if (t->merger != NULL)
        t->merger->ops->close(t->merger);
    if (!t->lent)
        meta_close(t->meta);
    if (t->pool_fd >= 0)
        close(t->pool_fd);
    free(t->path);
    free(t->pool_path);
    fault_queue_free(&t->unread);
    free(t);
}

static const struct source_ops trace_ops = {trace_next, trace_progress, trace_close};

static struct trace *trace_new(struct fault *fault, const char *path, char *pool_path)
{
    struct trace *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    *t = (struct trace){.source = {&trace_ops, fault}, .pool_path = pool_path, .pool_fd = -1};
    t->path = path != NULL ? strdup(path) : NULL;
    t->merger = merge_new(fault, false);
    if (t->merger != NULL && (path == NULL || t->path != NULL))
        return t;
    t->pool_path = NULL;
    trace_close(&t->source);
    return NULL;
}

/* Follows a live trace file. */
static int start_following(struct trace *t, const struct etch_read_options *options,
                           const struct declared *declared)
{
    struct etch_pool_header header;
    int fd = pools_open(t->pool_path, O_RDONLY);
    if (fd < 0 || pool_peek(fd, &header) < 0 || !is_ours(t, &header) || !pool_lives(fd, &header)) {
        if (fd >= 0)
            close(fd);
        return -ESRCH;
    }
    t->pool_fd = fd;
    int error = open_meta(t, header.meta_path);
    struct parts_end end = parts_end_of(&header);
    end.growing = true;
    return error < 0 ? error : add_file(t, options, declared, &end);
}

/* The pool as it stands, and the file up to its checkpoint. -ESRCH: it is gone, or of
 * another file by now. */
static int merge_pool(struct trace *t, const struct etch_read_options *options,
                      const struct declared *declared)
{
    struct pool *pool;
    int error = pool_open(&pool, t->pool_path, ETCH_OUT_SIMPLE, t->source.fault);
    if (error < 0)
        return error == -ENOENT ? -ESRCH : error;
    error = open_meta(t, pool->header.meta_path);
    struct parts_end end = parts_end_of(&pool->header);
    if (error == 0 && t->path != NULL && !is_ours(t, &pool->header))
        error = -ESRCH;
    if (error == 0 && (end.file != 0 || end.limit != 0) && t->path != NULL)
        error = add_file(t, options, declared, &end);
    if (error < 0) {
        pool_close(pool);
        return error;
    }
    return add_pool(t, pool);
}

/* Whether the process was killed after it had made its files and before the first
 * write: a trace of no events. */
static bool never_written(const struct trace *t)
{
    struct stat st;
    return t->meta != NULL && stat(t->path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

int trace_open(struct source **source, const char *path, struct meta *side,
               const struct etch_read_options *options, const struct declared *declared,
               struct fault *fault)
{
    bool ours = options->simpletrace == ETCH_SIMPLETRACE_NO && !options->unordered;
    char *pool_path = ours ? find_pool(path) : NULL;
    struct trace *t = trace_new(fault, path, pool_path);
    if (t == NULL) {
        free(pool_path);
        return fault_system(fault, -ENOMEM, path, "cannot open the trace");
    }
    t->meta = side;
    t->lent = side != NULL;
    int error = -ESRCH;
    if (pool_path != NULL && options->follow)
        error = start_following(t, options, declared);
    if (pool_path != NULL && error == -ESRCH)
        error = merge_pool(t, options, declared);
    if (error == -ESRCH) {
        /* A bare file may be written by a QEMU that we cannot ask. */
        bool parts = options->simpletrace == ETCH_SIMPLETRACE_NO;
        error = ours ? open_meta(t, NULL) : 0;
        struct parts_end end = {.file = parts ? PARTS_ALL : 0,
                                .limit = UINT64_MAX,
                                .growing = options->follow && t->meta == NULL};
        if (error == 0 && !never_written(t))
            error = add_file(t, options, declared, &end);
    }
    if (error < 0)
        trace_close(&t->source);
    else
        *source = &t->source;
    return error;
}

int trace_open_pool(struct source **source, const char *path,
                    const struct etch_read_options *options, const struct declared *declared,
                    struct fault *fault)
{
    struct etch_pool_header header;
    int fd = pools_open(path, O_RDONLY);
    int error = fd < 0 ? fd : pool_peek(fd, &header);
    if (fd >= 0)
        close(fd);
    if (error < 0)
        return fault_system(fault, error, path, "cannot read the pool");
    char *pool_path = strdup(path);
    bool there = header.trace_path[0] != '\0' && access(header.trace_path, R_OK) == 0;
    struct trace *t = trace_new(fault, there ? header.trace_path : NULL, pool_path);
    if (t == NULL || pool_path == NULL) {
        free(pool_path);
        return fault_system(fault, -ENOMEM, path, "cannot open the pool");
    }
    error = merge_pool(t, options, declared);
    if (error == -ESRCH)
        error = fault_system(fault, -ENOENT, path, "cannot read the pool");
    if (error < 0)
        trace_close(&t->source);
    else
        *source = &t->source;
    return error;
}
