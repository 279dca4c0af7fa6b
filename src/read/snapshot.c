/* SPDX-License-Identifier: MIT
 *
 * snapshot.c: see snapshot.h. A copy of the pool is written as recovery writes
 * the pool of a killed process of which nothing is in a trace yet.
 */
#include "read/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/out_ctf.h"
#include "read/out_metadata.h"
#include "read/tsdl.h"

/* Where the declarations are: the side file, or the metadata of its trace. */
struct sources {
    struct meta *side;
    struct tsdl *tsdl;
};

/* The folder may be another program's by now. */
static bool same_trace(const struct tsdl *tsdl, const struct etch_pool_header *h)
{
    return memcmp(tsdl->meta.header.uuid, h->uuid, sizeof(h->uuid)) == 0;
}

static void open_sources(struct sources *s, const struct etch_pool_header *h)
{
    struct fault silent = {0};
    *s = (struct sources){0};
    if (h->meta_path[0] != '\0')
        meta_open(&s->side, h->meta_path, &silent);
    if (h->ctf_path[0] != '\0')
        tsdl_open(&s->tsdl, h->ctf_path, &silent);
    if (s->tsdl != NULL && (s->tsdl->headless || !same_trace(s->tsdl, h))) {
        tsdl_close(s->tsdl);
        s->tsdl = NULL;
    }
}

static struct meta *declarations(const struct sources *s)
{
    return s->side != NULL ? s->side : s->tsdl != NULL ? &s->tsdl->meta : NULL;
}

static void close_sources(struct sources *s)
{
    meta_close(s->side);
    tsdl_close(s->tsdl);
}

static void trace_free(struct packet_trace *trace)
{
    (void)trace; /* on the stack */
}

static int write_trace(const struct pool *pool, int fd, const char *dir,
                       const struct sources *sources, struct fault *fault,
                       struct etch_snapshot *result)
{
    struct meta *meta = declarations(sources);
    const struct etch_pool_header *h = &pool->header;
    struct etch_clock_pair last = pool_last_moment(pool);
    struct tsdl_trace clock = {h->uuid, h->clock, h->first};
    struct packet_trace trace = {.refs = 1, .meta = meta, .pid = h->pid, .free = trace_free};
    if (sources->tsdl != NULL)
        trace.frames = &sources->tsdl->frames;
    struct out_ctf out = {.dir = fd, .path = dir, .pool = pool, .trace = &trace, .fault = fault};
    int error = out_metadata(fd, dir, &clock, &last, sources->tsdl, meta, fault);
    if (error == 0)
        error = out_ctf_streams(&out);
    result->events = out.events;
    result->discarded = h->discarded;
    if (out.events != 0) {
        result->first_ns = pool_time(pool, out.first_ticks);
        result->last_ns = pool_time(pool, out.last_ticks);
    }
    for (uint32_t i = 0; i < h->slot_count; i++) {
        result->discarded += pool->slots[i].discarded;
        result->overwritten_packets += pool->slots[i].overwritten_packets;
        result->overwritten_bytes += pool->slots[i].overwritten_bytes;
    }
    return error < 0 ? error : out.damaged;
}

int etch_snapshot(const char *pool_path, const char *dir, struct etch_snapshot *result,
                  char **message)
{
    struct fault fault = {NULL, message};
    struct sources sources;
    struct pool *pool;
    *message = NULL;
    *result = (struct etch_snapshot){0};
    int error = pool_open(&pool, pool_path, POOL_ALL, &fault);
    if (error < 0)
        return error == -ENOENT ? fault_system(&fault, error, pool_path, "cannot read the pool")
                                : error;
    open_sources(&sources, &pool->header);
    int fd = mkdir(dir, 0700) < 0 ? -errno : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        error = fd == -EEXIST ? fd : fault_system(&fault, fd, dir, "cannot make the folder");
    else
        error = write_trace(pool, fd, dir, &sources, &fault, result);
    if (fd >= 0)
        close(fd);
    close_sources(&sources);
    pool_close(pool);
    return error;
}
