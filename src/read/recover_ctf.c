/* SPDX-License-Identifier: MIT
 *
 * recover_ctf.c: see recover_ctf.h. The metadata first, so that no packet stands
 * in the folder whose events are not declared.
 */
#include "read/recover_ctf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/ctf_files.h"
#include "read/ctf_stream.h"
#include "read/out_ctf.h"
#include "read/out_metadata.h"
#include "read/tsdl.h"

/* Whether the drain wrote packets. */
static bool has_written(const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->header.slot_count; i++)
        if (pool_written(pool, i).offset != 0)
            return true;
    return false;
}

/* Of a program that ended without that a trigger fired: there are but metadata. */
static void remove_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    unlinkat(fd, "metadata", 0);
    close(fd);
    rmdir(path);
}

/* The folder; made anew where it is gone and nothing was in it. */
static int open_folder(const struct pool *pool, struct fault *fault)
{
    const char *path = pool->header.ctf_path;
    if (!has_written(pool) && mkdir(path, 0700) < 0 && errno != EEXIST)
        return fault_system(fault, -errno, path, "cannot make the folder of the trace");
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd : fault_system(fault, -errno, path, "cannot open the trace");
}

/* What there is of the metadata: *old is NULL where they are to be made anew. */
static int open_old(const struct pool *pool, struct tsdl **old, struct fault *fault)
{
    struct fault silent = {NULL, NULL};
    const struct etch_pool_header *h = &pool->header;
    int error = tsdl_open(old, h->ctf_path, &silent);
    struct tsdl *tsdl = *old;
    if (tsdl != NULL && !tsdl->headless &&
        memcmp(tsdl->meta.header.uuid, h->uuid, sizeof(h->uuid)) != 0) {
        struct etch_read_fault what = {.kind = ETCH_FAULT_MISMATCH, .path = h->ctf_path};
        return fault_set(fault, -EINVAL, &what,
                         "the trace is another program's by now; what is left of process %u is "
                         "in %s",
                         h->pid, pool->path);
    }
    if (tsdl != NULL && (tsdl->headless || error < 0)) {
        tsdl_close(tsdl);
        *old = NULL;
    }
    return 0;
}

static void trace_free(struct packet_trace *trace)
{
    (void)trace; /* on the stack */
}

static int write_trace(const struct pool *pool, int dir, struct tsdl *old, struct meta *meta,
                       struct fault *fault, struct etch_recovered *result)
{
    const struct etch_pool_header *h = &pool->header;
    struct tsdl_trace clock = {h->uuid, h->clock, h->first};
    int error = out_metadata(dir, h->ctf_path, &clock, &h->last, old, meta, fault);
    if (error < 0)
        return error;
    if (old != NULL)
        old->meta.fallback = meta;
    struct packet_trace trace = {.refs = 1,
                                 .meta = old != NULL ? &old->meta : meta,
                                 .pid = h->pid,
                                 .free = trace_free,
                                 .frames = old != NULL ? &old->frames : NULL};
    struct out_ctf out = {
        .dir = dir, .path = h->ctf_path, .pool = pool, .trace = &trace, .fault = fault};
    error = out_ctf_streams(&out);
    if (error == 0 && fsync(dir) < 0)
        error = fault_system(fault, -errno, h->ctf_path, "cannot write the trace");
    if (!(h->outputs & ETCH_OUT_SIMPLE)) { /* there each is counted already */
        result->events += out.events;
        result->lost += out.discarded;
    }
    return error < 0 ? error : out.damaged;
}

int recover_ctf(const struct pool *pool, struct meta *meta, struct fault *fault,
                struct etch_recovered *result)
{
    if (pool->header.quiet && !has_written(pool)) {
        remove_folder(pool->header.ctf_path);
        return 0;
    }
    struct tsdl *old = NULL;
    int dir = open_folder(pool, fault);
    if (dir < 0)
        return dir;
    int error = open_old(pool, &old, fault);
    if (error == 0)
        error = write_trace(pool, dir, old, meta, fault, result);
    tsdl_close(old);
    close(dir);
    return error;
}

/* ---- a trace without a pool ---- */

/* Cuts a file; how much that was, or -errno with a message. */
static int64_t cut_file(const char *path, uint64_t whole, uint64_t size, struct fault *fault)
{
    if (whole >= size)
        return 0;
    if (truncate(path, (off_t)whole) < 0)
        return fault_system(fault, -errno, path, "cannot cut what is not whole");
    return (int64_t)(size - whole);
}

static int64_t cut_stream(const struct ctf_file *file, const uint8_t uuid[16], struct fault *fault)
{
    uint64_t whole, size;
    int error = ctf_whole(file->path, file->stream, uuid, &whole, &size);
    if (error < 0)
        return fault_system(fault, error, file->path, "cannot read the stream");
    if (size - whole <= CTF_PACKET_MAX)
        return cut_file(file->path, whole, size, fault);
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = file->path, .offset = whole};
    return fault_set(fault, -EINVAL, &what,
                     "no packet begins here, and more than one could follow: nothing was cut; "
                     "`etch print` shows what can be read");
}

static int64_t cut_streams(const char *dir, const uint8_t uuid[16], struct fault *fault)
{
    struct ctf_files files;
    int64_t cut = 0, more = 0;
    int error = ctf_files_list(&files, dir, uuid);
    if (error < 0)
        return fault_system(fault, error, dir, "cannot list the trace");
    for (size_t i = 0; i < files.n && more >= 0; i++) {
        more = cut_stream(&files.v[i], uuid, fault);
        cut += more;
    }
    ctf_files_free(&files);
    return more < 0 ? more : cut;
}

int64_t ctf_tidy(const char *dir, struct fault *fault)
{
    struct tsdl *tsdl;
    /* Whoever writes the trace holds the lock. */
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fault_system(fault, -errno, dir, "cannot open the trace");
    int64_t cut = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : tsdl_open(&tsdl, dir, fault);
    if (cut != 0) {
        tsdl_close(cut != -EBUSY ? tsdl : NULL);
        close(fd);
        return cut;
    }
    cut = cut_streams(dir, tsdl->meta.header.uuid, fault);
    if (cut >= 0 && tsdl->cut) {
        int64_t more = cut_file(tsdl->meta.path, tsdl->whole, tsdl->size, fault);
        cut = more < 0 ? more : cut + more;
    }
    tsdl_close(tsdl);
    close(fd);
    return cut;
}

/* trace-PID.ctf, trace-PID.1.ctf */
static int is_own_folder(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t length = strlen(name);
    return strncmp(name, "trace-", 6) == 0 && length > 4 && strcmp(name + length - 4, ".ctf") == 0;
}

void ctf_remove_unmade(const char *dir)
{
    struct dirent **list;
    int n = scandir(dir, &list, is_own_folder, NULL);
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            rmdir(path); /* fails where anything is in it */
        if (fd >= 0)
            close(fd);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}
