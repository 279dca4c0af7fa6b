/* SPDX-License-Identifier: MIT
 *
 * ctf_folder.c: which folder a CTF trace goes to.
 *
 * Reads:  the settings; what lies in a folder that is there already.
 * Writes: the folder's name into the pool; the folder, and its metadata before
 *         the name.
 * Never:  removes what is not a trace of ours, or one that is being written.
 */
#include <sys/file.h>

#include "runtime/ctf_metadata.h"
#include "runtime/folder.h"
#include "runtime/outputs.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/trace_file.h"

/* Held by whoever writes the trace, as long as he lives. */
static bool folder_lock(int fd)
{
    return (int)sys6(SYS_flock, fd, LOCK_EX | LOCK_NB, 0, 0, 0, 0) != -EAGAIN;
}

static int folder_open(const char *path)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd >= 0 && !folder_lock(fd)) {
        sys_close(fd);
        return -EBUSY;
    }
    return fd;
}

static int make_folder(const char *path)
{
    int r = sys_mkdir(path, 0700);
    return r < 0 ? r : folder_open(path);
}

/* ---- a folder that is there already ---- */

static bool is_stream_name(const char *name)
{
    static const char begin[] = "stream-";
    for (size_t i = 0; i < sizeof(begin) - 1; i++)
        if (name[i] != begin[i])
            return false;
    return true;
}

/* The kernel's struct linux_dirent64. */
struct entry {
    uint64_t inode;
    int64_t next;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* Calls `each` for every file of the folder until it returns not 0. */
static int folder_walk(int fd, int (*each)(int fd, const char *name))
{
    _Alignas(8) char data[4096];
    long n;
    int r = 0;
    sys6(SYS_lseek, fd, 0, 0 /* SEEK_SET */, 0, 0, 0);
    while (r == 0 && (n = sys6(SYS_getdents64, fd, SYS_PTR(data), sizeof(data), 0, 0, 0)) > 0)
        for (long at = 0; r == 0 && at < n;) {
            const struct entry *e = (const struct entry *)(const void *)(data + at);
            at += e->length;
            if (!text_equal(e->name, ".") && !text_equal(e->name, ".."))
                r = each(fd, e->name);
        }
    return r;
}

static int refuse_any(int fd, const char *name)
{
    (void)fd;
    (void)name;
    return -EEXIST;
}

int etch_ctf_folder_new(const char *path)
{
    int r = sys_mkdir(path, 0777);
    if (r < 0 && r != -EEXIST)
        return r;
    int fd = folder_open(path);
    if (fd < 0 || r == 0)
        return fd < 0 && r < 0 ? -EEXIST : fd;
    r = folder_walk(fd, refuse_any);
    if (r == 0)
        return fd;
    sys_close(fd);
    return r;
}

static int refuse_foreign(int fd, const char *name)
{
    (void)fd;
    return text_equal(name, "metadata") || is_stream_name(name) ? 0 : -EEXIST;
}

static int remove_stream(int fd, const char *name)
{
    return is_stream_name(name) ? sys_unlinkat(fd, name) : 0;
}

/* Whether the folder's metadata are of etch; true, too, if there are none. */
static bool metadata_ours(int folder)
{
    static const char mark[] = "tracer_name = \"etch\";";
    char head[4096];
    int fd = sys_openat(folder, "metadata", O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return fd == -ENOENT;
    long n = sys_read(fd, head, sizeof(head));
    sys_close(fd);
    for (long i = 0; i + (long)sizeof(mark) <= n; i++) {
        size_t k = 0;
        while (k < sizeof(mark) - 1 && head[i + (long)k] == mark[k])
            k++;
        if (k == sizeof(mark) - 1)
            return true;
    }
    return n == 0;
}

/* Makes room in a folder that the user named: an empty one, or a trace of ours
 * that nobody writes. */
static int folder_take(const char *path)
{
    int r = sys_mkdir(path, 0777);
    if (r < 0 && r != -EEXIST)
        return r;
    int fd = folder_open(path);
    if (fd < 0 || r == 0)
        return fd;
    r = metadata_ours(fd) ? folder_walk(fd, refuse_foreign) : -EEXIST;
    /* The metadata last: until then it is known as ours. */
    if (r == 0)
        r = folder_walk(fd, remove_stream);
    if (r == 0)
        r = sys_unlinkat(fd, "metadata");
    if (r == 0 || r == -ENOENT)
        return fd;
    sys_close(fd);
    return r;
}

/* ---- which ---- */

/* Beside its side file, under `etch record`. */
static int open_beside(const struct session *s, struct text *path)
{
    size_t length = text_length(s->pool->meta_path);
    if (length != 0) {
        text_bytes(path, s->pool->meta_path, length - (sizeof(META_SUFFIX) - 1));
    } else { /* there is none, which was said */
        text_add(path, etch_settings.dir);
        text_add(path, "/");
        etch_own_name(path, s);
    }
    return etch_fresh(path, ".ctf", make_folder);
}

/* The folder that the settings name, or NULL. */
static const char *folder_name(void)
{
    const struct settings *set = &etch_settings;
    if (set->ctf[0] != '\0')
        return set->ctf;
    if (set->file[0] != '\0' && !etch_backends_have(ETCH_BACKEND_SIMPLE | ETCH_BACKEND_LOG))
        return set->file;
    return NULL;
}

static int open_where_asked(const struct session *s, struct text *path)
{
    const char *name = folder_name();
    if (name == NULL || name[0] != '/')
        text_cwd(path);
    if (name == NULL) {
        etch_own_name(path, s);
        return etch_fresh(path, ".ctf", make_folder);
    }
    text_add(path, name);
    if (path->cut)
        return -ENAMETOOLONG;
    int fd = etch_settings.pid == s->pid ? folder_take(path->data) : -EBUSY;
    if (fd != -EBUSY)
        return fd;
    text_add(path, ".");
    text_u64(path, s->pid);
    return etch_fresh(path, "", make_folder);
}

int etch_ctf_open(struct session *s)
{
    char name[PATH_SIZE];
    struct text path = text_in(name, sizeof(name));
    int r = s->ctf_fd =
        etch_settings.dir[0] != '\0' ? open_beside(s, &path) : open_where_asked(s, &path);
    if (r < 0) {
        etch_say("cannot open the folder of the CTF trace", name,
                 r == -EEXIST ? "it holds other files; choose another one" : etch_reason(r));
        if (etch_late_name(s))
            etch_publish(s->pool->ctf_path, &path);
        return r;
    }
    sys_sigset signals;
    etch_registry_lock(&signals);
    /* What fails now is tried again by the drain. */
    (void)etch_ctf_metadata(s, s->ctf_fd);
    etch_publish(s->pool->ctf_path, &path);
    etch_registry_unlock(signals);
    return 0;
}
