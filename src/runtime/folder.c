/* SPDX-License-Identifier: MIT
 *
 * folder.c: the private runtime folder on tmpfs, where pools and control pages
 * lie. The environment is not asked for it, so that every tool finds it.
 *
 * Writes: the folder, mode 0700, and files in it, mode 0600.
 * Never:  follows a link, uses a folder of somebody else.
 */
#include "runtime/folder.h"
#include "runtime/sys.h"

void text_cwd(struct text *path)
{
    long n = sys6(SYS_getcwd, SYS_PTR(path->data), (long)path->size - 1, 0, 0, 0, 0);
    path->used = n > 0 && path->data[0] == '/' ? (size_t)n - 1 : 0;
    path->data[path->used] = '\0';
    if (path->used != 0)
        text_add(path, "/");
}

static int folder_check(int fd)
{
    struct stat st;
    long r = sys6(SYS_fstat, fd, SYS_PTR(&st), 0, 0, 0, 0);
    if (r < 0)
        return (int)r;
    if (st.st_uid != sys_getuid() || (st.st_mode & 077) != 0)
        return -EPERM;
    return 0;
}

/* Makes and opens one candidate. */
static int folder_try(const char *path)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = sys_openat(AT_FDCWD, path, flags, 0);
    if (fd == -ENOENT) {
        int r = sys_mkdir(path, 0700);
        if (r < 0 && r != -EEXIST)
            return r;
        fd = sys_openat(AT_FDCWD, path, flags, 0);
    }
    if (fd < 0)
        return fd;
    int r = folder_check(fd);
    if (r < 0) {
        sys_close(fd);
        return r;
    }
    return fd;
}

int etch_folder_open(struct text *path)
{
    struct text start = *path;
    text_add(path, "/run/user/");
    text_u64(path, sys_getuid());
    text_add(path, "/etch");
    int fd = folder_try(path->data);
    if (fd >= 0)
        return fd;
    *path = start;
    path->data[path->used] = '\0';
    text_add(path, "/dev/shm/etch-");
    text_u64(path, sys_getuid());
    return folder_try(path->data);
}

int etch_allocate(int fd, uint64_t from, uint64_t size)
{
    int r;
    do
        r = sys_fallocate(fd, 0, from, size);
    while (r == -EINTR);
    if (r == -EFBIG)
        sys_consume_sigxfsz();
    return r;
}

int etch_resize(int fd, uint64_t size)
{
    int r = sys_ftruncate(fd, size);
    if (r == -EFBIG)
        sys_consume_sigxfsz();
    return r;
}

static int create(int dir, const char *name)
{
    return sys_openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int etch_folder_create(const char *name, bool (*remove_former)(int dir, const char *name),
                       struct text *path)
{
    int dir = etch_folder_open(path);
    if (dir < 0)
        return dir;
    text_add(path, "/");
    size_t base = path->used;
    text_add(path, name);
    text_add(path, ".");
    text_u64(path, (uint64_t)sys_getpid());
    text_add(path, ".");
    size_t number = path->used;
    int fd = -EEXIST;
    for (unsigned n = 0; n < 10000 && fd == -EEXIST; n++) {
        path->used = number;
        text_u64(path, n);
        fd = create(dir, path->data + base);
        if (fd == -EEXIST && remove_former != NULL && remove_former(dir, path->data + base))
            fd = create(dir, path->data + base);
    }
    sys_close(dir);
    return fd;
}
