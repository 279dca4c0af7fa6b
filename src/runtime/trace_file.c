/* SPDX-License-Identifier: MIT
 *
 * trace_file.c: which file a trace goes to, and its side file.
 *
 * Reads:  the settings.
 * Writes: the files' names into the pool; makes the files. The side file is
 *         whole before the trace appears, and the trace's name is in the pool
 *         last: a reader that finds either finds all that belongs to it.
 */
#include <sys/file.h>

#include "format/simple.h"
#include "runtime/folder.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/trace_file.h"

bool etch_file_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return (int)sys6(SYS_fcntl, fd, F_OFD_SETLK, SYS_PTR(&lock), 0, 0, 0) != -EAGAIN;
}

/* An explicit file: replaced, as QEMU's users expect, unless somebody writes
 * it. The descriptor, -EBUSY, or -errno. */
static int open_explicit(const char *path)
{
    int fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return fd;
    if (!etch_file_lock(fd)) {
        sys_close(fd);
        return -EBUSY;
    }
    int r = sys_ftruncate(fd, 0);
    if (r < 0 && r != -EINVAL) { /* EINVAL: a pipe or a terminal */
        sys_close(fd);
        return r;
    }
    return fd;
}

int etch_fresh(struct text *path, const char *suffix, int (*make)(const char *path))
{
    size_t base = path->used;
    int r = -EEXIST;
    for (unsigned n = 0; n < 100000 && r == -EEXIST; n++) {
        path->used = base;
        if (n > 0) {
            text_add(path, ".");
            text_u64(path, n);
        }
        text_add(path, suffix);
        r = path->cut ? -ENAMETOOLONG : make(path->data);
    }
    return r;
}

#define FRESH (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

static int make_file(const char *path)
{
    return sys_openat(AT_FDCWD, path, FRESH, 0600);
}

static int make_side_file(const char *path)
{
    return sys_openat(AT_FDCWD, path, FRESH | O_APPEND, 0600);
}

void etch_own_name(struct text *path, const struct session *s)
{
    text_add(path, "trace-");
    text_u64(path, s->pid);
}

int etch_meta_open(struct session *s)
{
    struct text path = text_in(s->pool->meta_path, sizeof(s->pool->meta_path));
    int fd;
    if (etch_settings.dir[0] == '\0') {
        fd = etch_folder_create("meta", NULL, &path);
    } else {
        text_add(&path, etch_settings.dir);
        text_add(&path, "/");
        etch_own_name(&path, s);
        fd = etch_fresh(&path, META_SUFFIX, make_side_file);
    }
    if (fd < 0)
        s->pool->meta_path[0] = '\0';
    return fd;
}

/* Under `etch record` an output that cannot be opened has its name all the same:
 * what the pool holds goes there when the program has ended, or is read from the
 * pool. Without a side file nobody could. */
bool etch_late_name(const struct session *s)
{
    return etch_settings.dir[0] != '\0' && s->pool->meta_path[0] != '\0';
}

/* Beside its side file, under `etch record`. */
static int open_beside(const struct session *s, struct text *path)
{
    size_t length = text_length(s->pool->meta_path);
    if (length == 0) { /* there is none, which was said */
        text_add(path, etch_settings.dir);
        text_add(path, "/");
        etch_own_name(path, s);
        return etch_fresh(path, "", make_file);
    }
    text_bytes(path, s->pool->meta_path, length - (sizeof(META_SUFFIX) - 1));
    return etch_fresh(path, "", make_file);
}

static int open_where_asked(const struct session *s, struct text *path)
{
    const struct settings *set = &etch_settings;
    if (set->file[0] != '/')
        text_cwd(path);
    if (set->file[0] == '\0') {
        etch_own_name(path, s);
        return etch_fresh(path, "", make_file);
    }
    text_add(path, set->file);
    if (path->cut)
        return -ENAMETOOLONG;
    int fd = set->pid == s->pid ? open_explicit(path->data) : -EBUSY;
    if (fd != -EBUSY)
        return fd;
    text_add(path, ".");
    text_u64(path, s->pid);
    return etch_fresh(path, "", make_file);
}

/* The first byte last. */
void etch_publish(char *to, const struct text *path)
{
    for (size_t i = 1; i <= path->used; i++)
        to[i] = path->data[i];
    __atomic_store_n(to, path->data[0], __ATOMIC_RELEASE);
}

int etch_trace_open(struct session *s)
{
    char name[PATH_SIZE];
    struct text path = text_in(name, sizeof(name));
    s->trace_fd = etch_settings.dir[0] != '\0' ? open_beside(s, &path) : open_where_asked(s, &path);
    if (s->trace_fd < 0) {
        etch_say("cannot open the trace file", name, etch_reason(s->trace_fd));
        if (etch_late_name(s))
            etch_publish(s->pool->trace_path, &path);
        return s->trace_fd;
    }
    etch_file_lock(s->trace_fd);
    etch_publish(s->pool->trace_path, &path);
    /* Of an older trace of that name. */
    text_add(&path, ETCH_TRACE_PART "1");
    if (!path.cut)
        etch_part_remove(path.data);
    return 0;
}
