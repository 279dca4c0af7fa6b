/* SPDX-License-Identifier: MIT
 *
 * onward.c: traces that go on in other files; see onward.h.
 */
#include "read/onward.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/in_ctf.h"
#include "read/in_trace.h"
#include "read/merge.h"
#include "read/pool.h"
#include "read/pools.h"
#include "read/tsdl.h"

const char *onward_path(const struct etch_pool_next *files, bool ctf)
{
    if (files->outputs & (ctf ? ETCH_OUT_CTF : ETCH_OUT_SIMPLE))
        return ctf ? files->ctf_path : files->trace_path;
    return files->outputs == 0 ? NULL : ctf ? files->trace_path : files->ctf_path;
}

/* Another program may have a trace of that name by now. */
static bool is_its(const char *path, const struct meta *side)
{
    struct fault silent = {NULL, NULL};
    struct tsdl *tsdl = NULL;
    struct stat st;
    if (!ctf_is_trace(path)) /* an empty file shows nothing, whosever it is */
        return (stat(path, &st) == 0 && st.st_size == 0) ||
               trace_is_of(path, UINT64_MAX, side->header.pid);
    tsdl_open(&tsdl, path, &silent);
    bool same = tsdl != NULL && memcmp(tsdl->meta.header.uuid, side->header.uuid, 16) == 0;
    tsdl_close(tsdl);
    return same;
}

int onward_open(struct source **source, const char *path, struct meta *side, bool now,
                const struct etch_read_options *options, const struct declared *declared,
                struct fault *fault)
{
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = path};
    if (access(path, R_OK) < 0)
        return fault_set(fault, -errno, &what,
                         "process %u went on here (`trace-file`), which cannot be read: %s",
                         side->header.pid, strerror(errno));
    if (!now && !is_its(path, side)) {
        what.kind = ETCH_FAULT_MISMATCH;
        return fault_set(fault, -ENOENT, &what,
                         "process %u went on here (`trace-file`), but this is another trace by now",
                         side->header.pid);
    }
    return ctf_is_trace(path) ? ctf_open(source, path, options, fault)
                              : trace_open(source, path, side, options, declared, fault);
}

static bool names(const struct etch_pool_header *header, const struct etch_pool_next *files)
{
    return header->outputs == files->outputs &&
           (header->outputs == 0 || (strcmp(header->trace_path, files->trace_path) == 0 &&
                                     strcmp(header->ctf_path, files->ctf_path) == 0));
}

enum onward_when onward_when(const struct meta *side, size_t n, const struct etch_pool_header *pool)
{
    if (pool == NULL || n + 1 != side->n_files)
        return ONWARD_PAST;
    return names(pool, &side->files[n]) ? ONWARD_NOW : ONWARD_LATER;
}

static bool same_file(const char *path, const struct stat *st)
{
    struct stat other;
    return path[0] != '\0' && stat(path, &other) == 0 && other.st_dev == st->st_dev &&
           other.st_ino == st->st_ino;
}

struct search_side {
    struct stat side;
    struct etch_pool_header *header;
};

static int is_of_side(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct search_side *search = arg;
    (void)path;
    if (!same_file(header->meta_path, &search->side) || !pool_lives(fd, header))
        return 0;
    *search->header = *header;
    return 1;
}

bool onward_pool(const struct meta *side, struct etch_pool_header *header)
{
    struct search_side search = {.header = header};
    return fstat(side->fd, &search.side) == 0 && pools_each(is_of_side, &search) == 1;
}

/* ---- a process that is followed ---- */

struct onward {
    struct source source;
    struct source *merger;
    const struct etch_read_options *options;
    const struct declared *declared;
    bool ctf;
    int pool_fd;
    struct meta *side;
    size_t n; /* records of it that are done */
};

/* What the process has gone over to since is opened: 1; 0: nothing, -errno. What is told
 * of before it counts waits. */
static int go_over(struct onward *o, const struct etch_pool_header *header, bool lives)
{
    int found = 0;
    int error = o->side->update(o->side, o->source.fault);
    while (error == 0 && o->n < o->side->n_files) {
        const struct etch_pool_next *files = &o->side->files[o->n];
        struct source *source;
        enum onward_when when = onward_when(o->side, o->n, lives ? header : NULL);
        if (when == ONWARD_LATER)
            break;
        o->n++;
        const char *path = onward_path(files, o->ctf);
        if (path == NULL)
            continue;
        error = onward_open(&source, path, o->side, when == ONWARD_NOW, o->options, o->declared,
                            o->source.fault);
        if (error == 0)
            error = merge_add(o->merger, source);
        found = 1;
    }
    return error < 0 ? error : found;
}

static int onward_next(struct source *source, struct etch_record *record)
{
    struct onward *o = (struct onward *)source;
    for (;;) {
        int got = o->merger->ops->next(o->merger, record);
        if ((got != 0 && got != -EAGAIN) || o->pool_fd < 0)
            return got;
        struct etch_pool_header header;
        bool lives = pool_peek(o->pool_fd, &header) == 0 &&
                     header.drain_state != ETCH_DRAIN_ENDED && pool_lives(o->pool_fd, &header);
        int more = go_over(o, &header, lives);
        if (more < 0)
            return more;
        if (more == 0 && lives)
            return -EAGAIN;
        if (!lives) {
            close(o->pool_fd);
            o->pool_fd = -1;
        }
    }
}

static void onward_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct onward *o = (const struct onward *)source;
    o->merger->ops->progress(o->merger, done, all);
}

static void onward_close(struct source *source)
{
    struct onward *o = (struct onward *)source;
    if (o->merger != NULL)
        o->merger->ops->close(o->merger);
    meta_close(o->side);
    if (o->pool_fd >= 0)
        close(o->pool_fd);
    free(o);
}

static const struct source_ops onward_ops = {onward_next, onward_progress, onward_close};

struct search {
    struct stat trace;
    struct onward *onward;
};

/* The pool that is drained into the trace, and how far its side file has told of it. */
static int take_pool(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct search *search = arg;
    struct onward *o = search->onward;
    struct fault silent = {NULL, NULL};
    const char *named = o->ctf ? header->ctf_path : header->trace_path;
    if (!same_file(named, &search->trace) || !pool_lives(fd, header) ||
        meta_open(&o->side, header->meta_path, &silent) < 0)
        return 0;
    for (size_t i = 0; i < o->side->n_files; i++) {
        const char *file = onward_path(&o->side->files[i], o->ctf);
        if (file != NULL && strcmp(file, named) == 0)
            o->n = i + 1;
    }
    o->pool_fd = pools_open(path, O_RDONLY);
    return 1;
}

int onward_follow(struct source **source, const char *path, bool ctf,
                  const struct etch_read_options *options, const struct declared *declared,
                  struct fault *fault)
{
    struct onward *o = calloc(1, sizeof(*o));
    struct search search = {.onward = o};
    struct source *first;
    if (o == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open the trace");
    *o = (struct onward){.source = {&onward_ops, fault},
                         .options = options,
                         .declared = declared,
                         .ctf = ctf,
                         .pool_fd = -1};
    o->merger = merge_new(fault, false);
    /* Before the trace is opened: it may be left meanwhile. */
    if (stat(path, &search.trace) == 0)
        pools_each(take_pool, &search);
    int error = o->merger == NULL ? fault_system(fault, -ENOMEM, path, "cannot open the trace")
                : ctf             ? ctf_open(&first, path, options, fault)
                                  : trace_open(&first, path, NULL, options, declared, fault);
    if (error == 0)
        error = merge_add(o->merger, first);
    if (error < 0)
        onward_close(&o->source);
    else
        *source = &o->source;
    return error;
}
