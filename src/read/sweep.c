/* SPDX-License-Identifier: MIT
 *
 * sweep.c: a process that is killed, or ends by _exit, leaves its control page
 * and the side file of its pool behind, or a file that had not become a pool yet.
 *
 * Reads:  names and heads of files in the runtime folder, /proc.
 * Writes: removes files there.
 * Never:  touches what a living process uses, or a pool with events.
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
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "format/control_page.h"

static bool process_gone(const char *pid)
{
    char *end;
    long number = strtol(pid, &end, 10);
    return number > 0 && *end == '.' && kill((pid_t)number, 0) < 0 && errno == ESRCH;
}

/* Whether no process has the page mapped: it would hold the lock. Nobody else takes its name
 * as long as we hold both. */
static bool is_given_up(int fd)
{
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    return flock(fd, LOCK_SH | LOCK_NB) == 0 && fcntl(fd, F_OFD_SETLK, &first) == 0;
}

/* The same of a page of another version, which may be without a lock, but is mapped to be
 * written as any: the kernel leases a file to be written to the only one who has it open. Who
 * opens it meanwhile has us told by a signal that does nothing. */
static bool is_ours_alone(int fd)
{
    return fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

/* Removes a control page that nobody has mapped, in no PID namespace: the runtime folder
 * may be shared with a container. False: it is no page, or not yet. */
static bool sweep_page(int dir, const char *name)
{
    struct etch_control_header h;
    struct stat st;
    int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    bool page = fd >= 0 && pread(fd, &h, ETCH_CONTROL_COMMON, 0) == (ssize_t)ETCH_CONTROL_COMMON &&
                h.magic == ETCH_CONTROL_MAGIC;
    if (page && (h.version == ETCH_CONTROL_VERSION ? is_given_up(fd) : is_ours_alone(fd)) &&
        fstat(fd, &st) == 0 && st.st_nlink != 0)
        unlinkat(dir, name, 0);
    if (fd >= 0)
        close(fd);
    return page;
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

/* A file without the mark that its process stores last: killed in the middle of
 * making it. Of a while ago, since other namespaces number processes otherwise. */
static bool is_half_made(int dir, const char *name)
{
    uint64_t magic = 0;
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool half = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > 60 &&
                pread(fd, &magic, sizeof(magic), 0) >= 0 && magic == 0;
    close(fd);
    return half;
}

static bool is_left(int dir, const char *name)
{
    const char *pid = strchr(name, '.');
    if (pid == NULL || !process_gone(pid + 1))
        return false;
    if (strncmp(name, "meta.", 5) == 0)
        return !has_pool(dir, pid + 1);
    return (strncmp(name, "pool.", 5) == 0 || strncmp(name, "control.", 8) == 0) &&
           is_half_made(dir, name);
}

static void sweep_folder(const char *path, bool pages)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    DIR *dir = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, "control.", 8) == 0 && (!pages || sweep_page(fd, e->d_name)))
            continue;
        else if (is_left(fd, e->d_name))
            unlinkat(fd, e->d_name, 0);
    closedir(dir);
}

static void sweep(bool pages)
{
    char path[64];
    snprintf(path, sizeof(path), "/run/user/%u/etch", (unsigned)geteuid());
    sweep_folder(path, pages);
    snprintf(path, sizeof(path), "/dev/shm/etch-%u", (unsigned)geteuid());
    sweep_folder(path, pages);
}

void etch_sweep(void)
{
    sweep(true);
}

void etch_sweep_others(void)
{
    sweep(false);
}

void etch_sweep_page(int dir, const char *name)
{
    sweep_page(dir, name);
}
