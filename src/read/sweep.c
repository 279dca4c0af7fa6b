/* SPDX-License-Identifier: MIT
 *
 * sweep.c: a process that is killed, or ends by _exit, leaves its control page
 * and the side file of its pool behind.
 *
 * Reads:  names and heads of files in the runtime folder, /proc.
 * Writes: removes files there.
 * Never:  touches what a living process uses, or a pool.
 */
#include "read/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/control_page.h"

static bool process_gone(const char *pid)
{
    char *end;
    long number = strtol(pid, &end, 10);
    return number > 0 && *end == '.' && kill((pid_t)number, 0) < 0 && errno == ESRCH;
}

/* A page whose number counts in another PID namespace than ours says nothing to
 * us; the runtime folder may be shared with a container. */
static bool is_foreign(int dir, const char *name)
{
    struct etch_control_header h;
    struct stat ours;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return true;
    bool known = pread(fd, &h, sizeof(h), 0) == (ssize_t)sizeof(h) && h.pid_ns != 0 &&
                 stat("/proc/self/ns/pid", &ours) == 0;
    close(fd);
    return known && h.pid_ns != ours.st_ino;
}

/* "meta.PID.N" has a pool as long as "pool.PID.N" or any other of its process
 * is there: the numbers need not agree. */
static bool has_pool(int dir, const char *pid)
{
    char name[64];
    int length = (int)strcspn(pid, ".");
    for (unsigned n = 0; n < 16; n++) {
        snprintf(name, sizeof(name), "pool.%.*s.%u", length, pid, n);
        if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return true;
    }
    return false;
}

static void sweep_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    DIR *dir = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        bool control = strncmp(e->d_name, "control.", 8) == 0;
        bool meta = strncmp(e->d_name, "meta.", 5) == 0;
        const char *pid = strchr(e->d_name, '.');
        if ((control || meta) && process_gone(pid + 1) &&
            !(control ? is_foreign(fd, e->d_name) : has_pool(fd, pid + 1)))
            unlinkat(fd, e->d_name, 0);
    }
    closedir(dir);
}

void etch_sweep(void)
{
    char path[64];
    snprintf(path, sizeof(path), "/run/user/%u/etch", (unsigned)geteuid());
    sweep_folder(path);
    snprintf(path, sizeof(path), "/dev/shm/etch-%u", (unsigned)geteuid());
    sweep_folder(path);
}
