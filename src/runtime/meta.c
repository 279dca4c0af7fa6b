/* SPDX-License-Identifier: MIT
 *
 * meta.c: the side file (format/meta.h): the declarations of the groups, the
 * command, the clocks. Under `etch record` it lies beside the trace; else in
 * the runtime folder, for the readers of a pool that a kill leaves, and goes
 * with the pool.
 *
 * Never:  calls libc: the drain tells by it where the trace goes on.
 */
#include "format/meta.h"
#include "runtime/meta.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/trace_file.h"

/* One record in one write, so that a kill leaves a whole one or none. */
static bool append(int fd, uint32_t type, const void *head, size_t head_size, const void *data,
                   size_t size)
{
    static const char zero[8];
    struct etch_meta_record r = {type, (uint32_t)(head_size + size)};
    struct iovec v[4] = {
        {&r, sizeof(r)},
        {(void *)(uintptr_t)head, head_size},
        {(void *)(uintptr_t)data, size},
        {(void *)(uintptr_t)zero, -(head_size + size) & 7},
    };
    long n = sys6(SYS_writev, fd, SYS_PTR(v), 4, 0, 0, 0);
    if (n == -EFBIG)
        sys_consume_sigxfsz();
    return n == (long)(sizeof(r) + head_size + size + v[3].iov_len);
}

void etch_meta_groups(struct session *s, int fd)
{
    for (struct group_entry *g = etch_groups; g != NULL; g = g->next) {
        if (g->first_id < s->meta_next_id || g->n_events == 0)
            continue;
        uint32_t head[2] = {g->first_id, 0};
        append(fd, ETCH_META_GROUP, head, sizeof(head), g->note, etch_note_size(g->note));
        s->meta_next_id = g->first_id + g->n_events;
    }
}

static int open_again(const struct session *s)
{
    const char *path = s->pool->meta_path;
    return path[0] == '\0'
               ? -ENOENT
               : sys_openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0);
}

void etch_meta_late_groups(struct session *s)
{
    int fd = open_again(s);
    if (fd < 0)
        return;
    etch_meta_groups(s, fd);
    sys_close(fd);
}

bool etch_meta_files(const struct session *s, const struct etch_pool_next *next)
{
    struct stat st;
    int fd = open_again(s);
    bool done = fd >= 0 && sys6(SYS_fstat, fd, SYS_PTR(&st), 0, 0, 0, 0) == 0;
    if (done && !append(fd, ETCH_META_FILES, next, sizeof(*next), NULL, 0)) {
        /* What stands behind a part of a record is lost, too. */
        sys6(SYS_ftruncate, fd, st.st_size, 0, 0, 0, 0);
        done = false;
    }
    if (fd >= 0)
        sys_close(fd);
    return done;
}

/* Copies a small file of /proc as one record. */
static void append_file(int fd, uint32_t type, const char *path, bool link)
{
    char data[4096];
    long n;
    if (link) {
        n = sys6(SYS_readlinkat, AT_FDCWD, SYS_PTR(path), SYS_PTR(data), sizeof(data) - 1, 0, 0);
    } else {
        int in = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (in < 0)
            return;
        n = sys_read(in, data, sizeof(data) - 1);
        sys_close(in);
    }
    if (n <= 0)
        return;
    if (data[n - 1] != '\0')
        data[n++] = '\0';
    append(fd, type, data, (size_t)n, NULL, 0);
}

int etch_meta_create(struct session *s)
{
    struct etch_pool_header *pool = s->pool;
    s->meta_fd = -1;
    if (etch_settings.dir[0] == '\0' && s->pool_path[0] == '\0')
        return 0; /* nobody finds the pool after a kill */
    s->meta_fd = etch_meta_open(s);
    if (s->meta_fd < 0)
        return s->meta_fd;
    struct etch_meta_header h = {
        .magic = ETCH_META_MAGIC,
        .version = ETCH_META_VERSION,
        .header_size = sizeof(h),
        .pid = pool->pid,
        .ppid = (uint32_t)sys_getppid(),
        .start_time = pool->start_time,
    };
    __builtin_memcpy(h.uuid, pool->uuid, sizeof(h.uuid));
    __builtin_memcpy(h.boot_id, pool->boot_id, sizeof(h.boot_id));
    long n = sys_write(s->meta_fd, &h, sizeof(h));
    if (n == -EFBIG)
        sys_consume_sigxfsz();
    append_file(s->meta_fd, ETCH_META_EXE, "/proc/self/exe", true);
    append_file(s->meta_fd, ETCH_META_COMMAND, "/proc/self/cmdline", false);
    append(s->meta_fd, ETCH_META_CLOCK, &pool->first, sizeof(pool->first), NULL, 0);
    sys_sigset signals;
    etch_registry_lock(&signals);
    etch_meta_groups(s, s->meta_fd);
    s->meta_ready = true;
    etch_registry_unlock(signals);
    return n == (long)sizeof(h) ? 0 : n < 0 ? (int)n : -ENOSPC;
}
