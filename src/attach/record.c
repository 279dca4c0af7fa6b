/* SPDX-License-Identifier: MIT
 *
 * record.c: a recording of a program that runs: asked for by a block of its control
 * page; see attach.h.
 *
 * Reads:  the page.
 * Writes: the block, the words' bit ETCH_CONTROL_RECORDED; wakes the drain.
 * Never:  touches what it maps: that is for the kernel, which finds it cut without
 *         dying of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach/names.h"
#include "attach/page.h"
#include "read/read_at.h"

#define PLACE      ETCH_CONTROL_BLOCK(attach)
#define PATIENCE_S 2
#define KILLED_MS  100

static bool store(const struct attach *a, size_t at, const void *data, size_t size)
{
    return pwrite(a->fd, data, size, (off_t)(PLACE + at)) == (ssize_t)size;
}

static bool ask(const struct attach *a, uint32_t what)
{
    return store(a, offsetof(struct etch_control_attach, asked), &what, sizeof(what));
}

/* The lock by which the block counts. */
static bool lock(const struct attach *a)
{
    struct flock place = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = PLACE, .l_len = 1};
    return fcntl(a->fd, F_OFD_SETLK, &place) == 0;
}

/* An etch that is killed has it a moment longer. */
static bool lock_soon(const struct attach *a)
{
    static const struct timespec pause = {0, 1000000};
    for (unsigned tries = 0; !lock(a); tries++) {
        if (tries == KILLED_MS)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static void unlock(const struct attach *a)
{
    struct flock place = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = PLACE, .l_len = 1};
    fcntl(a->fd, F_OFD_SETLK, &place);
}

/* The block as it is now; false: the program has cut its page. */
static bool look(const struct attach *a, struct etch_control_attach *block)
{
    return read_at(a->fd, block, sizeof(*block), PLACE);
}

/* Clears the mark in words of one group, of which `n` from `from` on are `word`. */
static bool clear(const struct attach *a, const struct etch_control_group *g, uint32_t from,
                  uint32_t n, uint16_t word)
{
    uint16_t words[1024];
    bool done = true;
    for (uint32_t i = 0; i < 1024 && i < n; i++)
        words[i] = etch_control_returned(word);
    for (uint32_t at = 0, part; done && at < n; at += part) {
        part = n - at < 1024 ? n - at : 1024;
        size_t size = part * sizeof(words[0]);
        off_t place = (off_t)(g->offset + sizeof(words[0]) * (from + at));
        done = pwrite(a->fd, words, size, place) == (ssize_t)size;
    }
    return done;
}

static bool clear_group(const struct attach *a, const struct etch_control_group *g)
{
    uint16_t *words = malloc((size_t)g->n_events * sizeof(*words) + 1);
    bool done = words != NULL && read_at(a->fd, words, g->n_events * sizeof(*words), g->offset);
    for (uint32_t i = 0, end; done && i < g->n_events; i = end) {
        for (end = i + 1; end < g->n_events && words[end] == words[i];)
            end++;
        if (words[i] & ETCH_CONTROL_RECORDED)
            done = clear(a, g, i, end - i, words[i]);
    }
    free(words);
    return done;
}

/* Nothing is on for us any more. */
static bool clear_all(struct attach *a)
{
    const char *why;
    bool done = page_reread(a->fd, &a->header, &why) == 0;
    for (uint32_t i = 0; done && i < a->header.n_groups; i++)
        done = clear_group(a, &a->header.group[i]);
    return done;
}

/* ---- the drain ---- */

static void wake_by(int pool)
{
    const size_t at = offsetof(struct etch_pool_header, drain_futex);
    uint32_t awake = 0;
    char *page = mmap(NULL, ETCH_POOL_HEADER_SIZE, PROT_READ, MAP_SHARED, pool, 0);
    if (pwrite(pool, &awake, sizeof(awake), (off_t)at) == (ssize_t)sizeof(awake) &&
        page != MAP_FAILED)
        syscall(SYS_futex, page + at, FUTEX_WAKE, 1, NULL, NULL, 0);
    if (page != MAP_FAILED)
        munmap(page, ETCH_POOL_HEADER_SIZE);
}

void attach_wake(struct attach *a)
{
    struct stat st;
    const char *why;
    if (page_reread(a->fd, &a->header, &why) < 0)
        return;
    a->process.pool = a->header.pool;
    int pool = attach_pool(&a->process, O_RDWR);
    if (pool >= 0 && fstat(pool, &st) == 0 && st.st_size >= (off_t)ETCH_POOL_HEADER_SIZE)
        wake_by(pool);
    if (pool >= 0)
        close(pool);
}

/* Waits until its session is not ours any more. False: it is still. */
static bool wait_for_end(struct attach *a)
{
    struct etch_control_attach block;
    struct timespec now, end, pause = {0, 200000};
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += PATIENCE_S;
    attach_wake(a);
    while (look(a, &block) && block.attached != 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (!attach_lives(a))
            return true;
        if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec > end.tv_nsec))
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* ---- what is asked for ---- */

void attach_settle(struct attach *a)
{
    struct etch_control_attach block;
    if (!look(a, &block) || block.asked != ETCH_ATTACH_RECORD || block.attached != 0 || !lock(a))
        return;
    clear_all(a);
    ask(a, ETCH_ATTACH_FINISH);
    unlock(a);
}

static int refuse_busy(struct attach *a, char **error)
{
    struct etch_control_recording r = {0};
    char waiting[ETCH_CONTROL_TEXT];
    attach_status(a, &r, waiting);
    const char *trace = attach_output(&r);
    return attach_fail(error, -EBUSY,
                       "process %d records already, into %s: `etch print -f %d` follows it, `etch "
                       "ctl %d trace-event NAME on` adds events",
                       a->process.pid, trace[0] ? trace : "a trace of its own", a->process.pid,
                       a->process.pid);
}

static int refuse_other(const struct attach *a, char **error)
{
    return attach_fail(error, -EBUSY, "another etch records process %d", a->process.pid);
}

int attach_record_check(struct attach *a, char **error)
{
    struct etch_control_attach block;
    const char *why;
    if (!lock_soon(a))
        return refuse_other(a, error);
    unlock(a);
    /* What a killed etch has begun is for attach_record(). */
    if (!look(a, &block) || block.attached != 0 || page_reread(a->fd, &a->header, &why) < 0)
        return 0;
    return a->header.pool != 0 ? refuse_busy(a, error) : 0;
}

int attach_record(struct attach *a, const struct attach_recording *r, char **error)
{
    struct etch_control_attach block;
    const char *why;
    if (!lock_soon(a))
        return refuse_other(a, error);
    /* Of one that was killed just now. */
    bool left = look(a, &block) && block.attached != 0;
    if (left && (!ask(a, ETCH_ATTACH_FINISH) || !wait_for_end(a)))
        return attach_fail(error, -ETIMEDOUT, "process %d does not end its last recording",
                           a->process.pid);
    int code = page_reread(a->fd, &a->header, &why);
    if (code < 0)
        return attach_fail(error, code, "%s: %s", a->process.page, why ? why : strerror(-code));
    if (a->header.pool != 0)
        return refuse_busy(a, error);
    block = (struct etch_control_attach){.policy = r->policy,
                                         .buffer = r->buffer,
                                         .max_size = r->max_size,
                                         .max_files = r->max_files};
    if (strlen(r->dir) + 64 > sizeof(block.dir))
        return attach_fail(error, -ENAMETOOLONG, "%s: the name is too long", r->dir);
    strcpy(block.dir, r->dir);
    if (!store(a, 0, &block, sizeof(block)) || !ask(a, ETCH_ATTACH_RECORD))
        return attach_fail(error, -EIO, "%s: the program has cut it", a->process.page);
    return 0;
}

int attach_record_error(struct attach *a)
{
    struct etch_control_attach block;
    return look(a, &block) ? block.error : 0;
}

int attach_record_end(struct attach *a, bool leave, char **error)
{
    /* First nothing fires for us any more. */
    if (!clear_all(a) || !ask(a, leave ? ETCH_ATTACH_LEAVE : ETCH_ATTACH_FINISH))
        return attach_fail(error, -EIO, "%s: the program has cut it", a->process.page);
    if (!wait_for_end(a))
        return attach_fail(error, -ETIMEDOUT,
                           "process %d does not detach: a thread of it stays in the middle of an "
                           "event; it does so once that thread goes on",
                           a->process.pid);
    return 0;
}
