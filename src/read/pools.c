/* SPDX-License-Identifier: MIT
 *
 * pools.c: finding pools; see pools.h.
 */
#include "read/pools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/lent.h"
#include "read/pool.h"

static int visit_file(int dir, const char *dir_path, const char *name, pools_visit visit, void *arg)
{
    char path[ETCH_POOL_PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", dir_path, name) >= (int)sizeof(path))
        return 0;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return 0;
    struct etch_pool_header header;
    int found = pool_peek(fd, &header) == 0 ? visit(arg, path, fd, &header) : 0;
    close(fd);
    return found;
}

static int visit_folder(const char *path, pools_visit visit, void *arg)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    DIR *dir = NULL;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid())
        dir = fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    int found = 0;
    for (struct dirent *e; found == 0 && (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, "pool.", 5) == 0)
            found = visit_file(dirfd(dir), path, e->d_name, visit, arg);
    closedir(dir);
    return found;
}

int pools_open(const char *path, int access)
{
    /* The name of a lent one is a link by its nature. */
    int link = lent_is(path) ? 0 : O_NOFOLLOW;
    int fd = open(path, access | link | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int pools_each(pools_visit visit, void *arg)
{
    char path[64];
    snprintf(path, sizeof(path), "/run/user/%u/etch", (unsigned)geteuid());
    int found = visit_folder(path, visit, arg);
    if (found != 0)
        return found;
    snprintf(path, sizeof(path), "/dev/shm/etch-%u", (unsigned)geteuid());
    found = visit_folder(path, visit, arg);
    return found != 0 ? found : lent_each(visit, arg);
}

static bool same(const char *path, const struct stat *folder)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_dev == folder->st_dev && st.st_ino == folder->st_ino;
}

static bool lies_in(const char *path, const struct stat *folder)
{
    char copy[ETCH_POOL_PATH_MAX];
    memcpy(copy, path, sizeof(copy));
    return copy[0] != '\0' && (same(path, folder) || same(dirname(copy), folder));
}

bool pools_is_in(const struct etch_pool_header *header, const struct stat *folder)
{
    return lies_in(header->trace_path, folder) || lies_in(header->ctf_path, folder) ||
           lies_in(header->meta_path, folder);
}
