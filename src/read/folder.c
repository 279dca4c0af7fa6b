/* SPDX-License-Identifier: MIT
 *
 * folder.c: all traces of a folder; see folder.h. A trace that cannot be opened
 * is reported by the first next(), and the others are read. With `follow` new
 * processes are looked for whenever there is nothing to read.
 */
#include "read/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/kernel.h"
#include "read/in_ctf.h"
#include "read/in_kernel.h"
#include "read/in_trace.h"
#include "read/merge.h"
#include "read/onward.h"
#include "read/parts.h"
#include "read/pools.h"
#include "read/tsdl.h"
#include "read/twin.h"

/* A side file, and how many of the files that its trace went on in are opened. */
struct side {
    char *name;
    struct meta *meta;
    size_t done;
};

struct folder {
    struct source source;
    struct source *merger;
    char *path;
    struct stat st;
    const struct etch_read_options *options;
    const struct declared *declared;
    char **seen; /* names of trace files, and of pools without one */
    size_t n_seen;
    struct side *sides;
    size_t n_sides;
    struct fault_queue unread; /* about traces that could not be opened */
};

static int remember(struct folder *f, const char *name)
{
    char *copy = strdup(name);
    char **more = copy != NULL ? realloc(f->seen, (f->n_seen + 1) * sizeof(*more)) : NULL;
    if (more == NULL) {
        free(copy);
        return -ENOMEM;
    }
    f->seen = more;
    f->seen[f->n_seen++] = copy;
    return 0;
}

static bool was_seen(const struct folder *f, const char *name)
{
    for (size_t i = 0; i < f->n_seen; i++)
        if (strcmp(f->seen[i], name) == 0)
            return true;
    return false;
}

static int open_trace(struct folder *f, struct source **source, const char *path)
{
    struct fault *fault = f->source.fault;
    const char *name = strrchr(path, '/');
    if (name != NULL && strcmp(name + 1, ETCH_KERNEL_FILE) == 0)
        return kernel_open(source, path, f->options, fault);
    return ctf_is_trace(path) ? ctf_open(source, path, f->options, fault)
                              : trace_open(source, path, NULL, f->options, f->declared, fault);
}

static int open_pool(struct folder *f, struct source **source, const char *path, uint32_t outputs)
{
    struct fault *fault = f->source.fault;
    return outputs & ETCH_OUT_CTF ? ctf_open_pool(source, path, fault)
                                  : trace_open_pool(source, path, f->options, f->declared, fault);
}

/* Opens one trace, or a pool with these outputs; what keeps it from being read
 * is told later. A pool that is gone was recovered. */
static int add(struct folder *f, const char *path, uint32_t outputs)
{
    struct fault *fault = f->source.fault;
    char *message = NULL, **caller = fault->error;
    struct source *source;
    fault->error = &message;
    int error = outputs != 0 ? open_pool(f, &source, path, outputs) : open_trace(f, &source, path);
    fault->error = caller;
    if (error == 0)
        return merge_add(f->merger, source);
    if (error == -ENOENT && outputs != 0) {
        free(message);
        return 0;
    }
    return fault_later(&f->unread, message);
}

/* trace-PID, trace-PID.1, trace-PID.ctf, kernel: no side files, no further files of a trace. */
static bool is_trace(const char *name)
{
    size_t length = strlen(name);
    if (strcmp(name, ETCH_KERNEL_FILE) == 0)
        return true;
    return strncmp(name, "trace-", 6) == 0 && name[6] >= '0' && name[6] <= '9' &&
           (length < 5 || strcmp(name + length - 5, ".meta") != 0) &&
           part_base_length(name) == length;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

/* Whether `etch record` has written its last line. */
static bool session_ended(const struct folder *f)
{
    char path[PATH_MAX], *line = NULL;
    size_t size = 0;
    bool ended = false;
    if (snprintf(path, sizeof(path), "%s/session", f->path) >= (int)sizeof(path))
        return false;
    FILE *file = fopen(path, "re");
    while (file != NULL && !ended && getline(&line, &size, file) > 0)
        ended = strncmp(line, "status ", 7) == 0;
    free(line);
    if (file != NULL)
        fclose(file);
    return ended;
}

static bool is_empty_folder(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL &&
           (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
        ;
    if (dir != NULL)
        closedir(dir);
    return dir != NULL && entry == NULL;
}

/* Whether a folder is a CTF trace with packets, and its metadata are not just being written. */
static bool is_begun(const char *path)
{
    struct fault silent = {NULL, NULL};
    struct tsdl *tsdl = NULL;
    DIR *dir = ctf_is_trace(path) ? opendir(path) : NULL;
    bool found = false;
    for (struct dirent *e; dir != NULL && !found && (e = readdir(dir)) != NULL;)
        found = strncmp(e->d_name, "stream-", 7) == 0;
    if (dir != NULL)
        closedir(dir);
    found = found && tsdl_open(&tsdl, path, &silent) == 0 && !tsdl->headless && !tsdl->cut;
    tsdl_close(tsdl);
    return found;
}

/* For the next scan: a trace without an event, which may be one that its process is only
 * about to go over to, or a file of the kernel's events without its header. Of a CTF trace
 * its process may have been killed before it had made it. */
static bool is_unmade(const struct folder *f, const char *name, const char *path)
{
    struct stat st;
    size_t length = strlen(name);
    if (!f->options->follow)
        return length > 4 && strcmp(name + length - 4, ".ctf") == 0 && is_empty_folder(path);
    if (stat(path, &st) < 0)
        return false;
    return !(S_ISDIR(st.st_mode) ? is_begun(path) : st.st_size != 0) && !session_ended(f);
}

static int scan_files(struct folder *f, size_t *added)
{
    struct dirent **list;
    int n = scandir(f->path, &list, NULL, compare), error = 0;
    if (n < 0)
        return fault_system(f->source.fault, -errno, f->path, "cannot list the folder");
    for (int i = 0; i < n; i++) {
        const char *name = list[i]->d_name;
        char path[PATH_MAX];
        if (error == 0 && is_trace(name) && !was_seen(f, name) &&
            snprintf(path, sizeof(path), "%s/%s", f->path, name) < (int)sizeof(path) &&
            !is_unmade(f, name, path)) {
            error = remember(f, name);
            if (error == 0 && !has_twin(path)) {
                error = add(f, path, 0);
                ++*added;
            }
        }
        free(list[i]);
    }
    free(list);
    return error;
}

/* ---- traces that went on in files elsewhere ---- */

static struct side *find_side(struct folder *f, const char *name)
{
    for (size_t i = 0; i < f->n_sides; i++)
        if (strcmp(f->sides[i].name, name) == 0)
            return &f->sides[i];
    return NULL;
}

/* Opens a side file that is new. What is wrong with it is told with its trace. */
static int add_side(struct folder *f, const char *name)
{
    char path[PATH_MAX];
    struct fault silent = {NULL, NULL};
    struct side side = {.name = strdup(name)};
    struct side *more = realloc(f->sides, (f->n_sides + 1) * sizeof(*more));
    if (more != NULL)
        f->sides = more;
    if (more == NULL || side.name == NULL) {
        free(side.name);
        return -ENOMEM;
    }
    if (snprintf(path, sizeof(path), "%s/%s", f->path, name) < (int)sizeof(path))
        meta_open(&side.meta, path, &silent);
    if (side.meta == NULL) /* not yet written */
        free(side.name);
    else
        f->sides[f->n_sides++] = side;
    return 0;
}

/* What a file is remembered by: one in the folder by its name there. */
static const char *known_as(const struct folder *f, const char *path)
{
    const char *slash = strrchr(path, '/');
    char dir[PATH_MAX];
    struct stat st;
    if (slash == NULL || snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path), path) >= PATH_MAX)
        return path;
    bool here = stat(dir, &st) == 0 && st.st_dev == f->st.st_dev && st.st_ino == f->st.st_ino;
    return here ? slash + 1 : path;
}

/* The next file that a process went on in, which the folder's scan need not find, nor know
 * how to read. What keeps it from being read is told later. */
static int add_onward(struct folder *f, struct side *side, bool now, size_t *added)
{
    struct fault *fault = f->source.fault;
    char *message = NULL, **caller = fault->error;
    struct source *source;
    const char *path = onward_path(&side->meta->files[side->done++], true);
    if (path == NULL || was_seen(f, known_as(f, path)))
        return 0;
    int error = remember(f, known_as(f, path));
    if (error < 0)
        return error;
    ++*added;
    fault->error = &message;
    error = onward_open(&source, path, side->meta, now, f->options, f->declared, fault);
    fault->error = caller;
    return error == 0 ? merge_add(f->merger, source) : fault_later(&f->unread, message);
}

/* Those that a side file tells of since the last look. */
static int scan_side(struct folder *f, struct side *side, size_t *added)
{
    struct fault silent = {NULL, NULL};
    struct etch_pool_header pool;
    int error = 0;
    side->meta->update(side->meta, &silent);
    if (side->done == side->meta->n_files)
        return 0;
    bool lives = onward_pool(side->meta, &pool);
    while (error == 0 && side->done < side->meta->n_files) {
        enum onward_when when = onward_when(side->meta, side->done, lives ? &pool : NULL);
        if (when == ONWARD_LATER)
            break;
        error = add_onward(f, side, when == ONWARD_NOW, added);
    }
    return error;
}

static int scan_onward(struct folder *f, size_t *added)
{
    DIR *dir = opendir(f->path);
    int error = 0;
    for (struct dirent *e; dir != NULL && error == 0 && (e = readdir(dir)) != NULL;) {
        size_t length = strlen(e->d_name);
        if (strncmp(e->d_name, "trace-", 6) == 0 && length > 5 &&
            strcmp(e->d_name + length - 5, ".meta") == 0 && find_side(f, e->d_name) == NULL)
            error = add_side(f, e->d_name);
    }
    if (dir != NULL)
        closedir(dir);
    for (size_t i = 0; i < f->n_sides && error == 0; i++)
        error = scan_side(f, &f->sides[i], added);
    return error;
}

struct pool_scan {
    struct folder *folder;
    size_t *added;
    bool recovered; /* one was, meanwhile: into a trace that is new */
};

/* A pool of this folder whose traces were never made. */
static int take_pool(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct pool_scan *scan = arg;
    struct folder *f = scan->folder;
    (void)fd;
    if (header->outputs == 0 || !pools_is_in(header, &f->st) ||
        access(header->trace_path, F_OK) == 0 || ctf_is_trace(header->ctf_path) ||
        was_seen(f, path))
        return 0;
    ++*scan->added;
    int error = remember(f, path);
    if (error == 0)
        error = add(f, path, header->outputs);
    scan->recovered |= access(path, F_OK) < 0;
    return error;
}

static int scan(struct folder *f, size_t *added)
{
    struct pool_scan pools = {f, added, false};
    *added = 0;
    int error = scan_onward(f, added);
    if (error == 0)
        error = scan_files(f, added);
    if (error == 0)
        error = pools_each(take_pool, &pools);
    return error == 0 && pools.recovered ? scan_files(f, added) : error;
}

static int folder_next(struct source *source, struct etch_record *record)
{
    struct folder *f = (struct folder *)source;
    int told = fault_tell(&f->unread, f->source.fault);
    if (told < 0)
        return told;
    /* Asked before the traces are: what ended then has all its events there. */
    bool open = f->options->follow && !session_ended(f);
    int got = f->merger->ops->next(f->merger, record);
    if (!f->options->follow || (got != 0 && got != -EAGAIN))
        return got;
    size_t added;
    int error = scan(f, &added);
    if (error < 0)
        return error;
    if (added != 0)
        return folder_next(source, record);
    return open ? -EAGAIN : got;
}

static void folder_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct folder *f = (const struct folder *)source;
    f->merger->ops->progress(f->merger, done, all);
}

static void folder_close(struct source *source)
{
    struct folder *f = (struct folder *)source;
    if (f->merger != NULL)
        f->merger->ops->close(f->merger);
    for (size_t i = 0; i < f->n_seen; i++)
        free(f->seen[i]);
    for (size_t i = 0; i < f->n_sides; i++) {
        meta_close(f->sides[i].meta);
        free(f->sides[i].name);
    }
    free(f->sides);
    fault_queue_free(&f->unread);
    free(f->seen);
    free(f->path);
    free(f);
}

static const struct source_ops folder_ops = {folder_next, folder_progress, folder_close};

/* A folder without traces: is it a recording at all? */
static int check_empty(struct folder *f)
{
    char path[PATH_MAX];
    if (f->n_seen != 0)
        return 0;
    snprintf(path, sizeof(path), "%s/session", f->path);
    if (access(path, F_OK) == 0)
        return 0;
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = f->path};
    return fault_set(f->source.fault, -ENOENT, &what,
                     "no recording: the folder has neither a session nor a trace-PID file; "
                     "`etch record -o %s -- PROGRAM` makes one",
                     f->path);
}

int folder_open(struct source **source, const char *path, const struct etch_read_options *options,
                const struct declared *declared, struct fault *fault)
{
    struct folder *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open the folder");
    *f = (struct folder){.source = {&folder_ops, fault}, .options = options, .declared = declared};
    f->path = strdup(path);
    f->merger = merge_new(fault, options->unordered);
    int error = f->path == NULL || f->merger == NULL ? -ENOMEM : 0;
    if (error == 0 && stat(path, &f->st) < 0)
        error = -errno;
    if (error < 0)
        fault_system(fault, error, path, "cannot open the folder");
    size_t added;
    if (error == 0)
        error = scan(f, &added);
    if (error == 0)
        error = check_empty(f);
    if (error < 0)
        folder_close(&f->source);
    else
        *source = &f->source;
    return error;
}
