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

static bool process_gone(const char *pid)
{
    char *end;
    long number = strtol(pid, &end, 10);
    return number > 0 && *end == '.' && kill((pid_t)number, 0) < 0 && errno == ESRCH;
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
        if ((control || meta) && process_gone(pid + 1) && (control || !has_pool(fd, pid + 1)))
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
