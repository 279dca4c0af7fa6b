/* SPDX-License-Identifier: MIT
 *
 * proc.c: processes by /proc; see proc.h.
 */
#include "attach/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "declare/store.h"

/* The inode that stands for a namespace; 0: we may not look, or it is gone. */
static uint64_t namespace_of(const char *pid, const char *kind)
{
    char path[512];
    struct stat st;
    snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
    return stat(path, &st) < 0 ? 0 : st.st_ino;
}

static int add(struct proc_table *t, struct proc_foreign p)
{
    struct proc_foreign *v = etch_grow(t->v, t->n, &t->capacity, sizeof(*v));
    if (v == NULL)
        return -ENOMEM;
    t->v = v;
    p.first_of_mounts = true;
    for (size_t i = 0; i < t->n && p.first_of_mounts; i++)
        p.first_of_mounts = t->v[i].mount_ns != p.mount_ns;
    t->v[t->n++] = p;
    return 0;
}

static int add_lock(struct proc_table *t, struct proc_lock lock)
{
    struct proc_lock *locks = etch_grow(t->locks, t->n_locks, &t->locks_capacity, sizeof(*locks));
    if (locks == NULL)
        return -ENOMEM;
    t->locks = locks;
    locks[t->n_locks++] = lock;
    return 0;
}

void proc_open(struct proc_table *t)
{
    *t = (struct proc_table){.mount_ns = namespace_of("self", "mnt")};
}

/* The kernel waits here until every processor has passed through it: some 20 ms where one
 * is busy. */
static void read_locks(struct proc_table *t)
{
    char line[256];
    int error = 0;
    FILE *f = fopen("/proc/locks", "re");
    t->locks_read = true;
    while (error == 0 && f != NULL && fgets(line, sizeof(line), f) != NULL) {
        unsigned major, minor;
        unsigned long ino;
        int pid;
        if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %d %x:%x:%lu ", &pid, &major, &minor, &ino) ==
                4 &&
            pid > 0)
            error = add_lock(t, (struct proc_lock){makedev(major, minor), ino, pid});
    }
    t->locks_known = f != NULL && error == 0;
    if (f != NULL)
        fclose(f);
}

int proc_look_at(struct proc_table *t, pid_t pid)
{
    char name[16];
    snprintf(name, sizeof(name), "%d", pid);
    uint64_t mount_ns = namespace_of(name, "mnt");
    return mount_ns == 0 || mount_ns == t->mount_ns
               ? 0
               : add(t, (struct proc_foreign){.pid = pid, .mount_ns = mount_ns});
}

int proc_scan(struct proc_table *t, bool (*skip)(void *arg, pid_t pid), void *arg)
{
    DIR *dir = opendir("/proc");
    if (dir == NULL)
        return 0;
    int error = 0;
    for (struct dirent *e; error == 0 && (e = readdir(dir)) != NULL;) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 0 && !skip(arg, pid))
            error = proc_look_at(t, pid);
    }
    closedir(dir);
    return error;
}

void proc_free(struct proc_table *t)
{
    free(t->v);
    free(t->locks);
    *t = (struct proc_table){0};
}

/* Reads a small file of a process; the bytes, or -1. */
static ssize_t read_file(pid_t pid, const char *name, char *data, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, data, size - 1);
    close(fd);
    data[n < 0 ? 0 : n] = '\0';
    return n;
}

/* Reads /proc/PID/stat; what follows the command, which may hold anything and is in
 * parentheses, or NULL. */
static char *read_stat(pid_t pid, char *stat, size_t size)
{
    return read_file(pid, "stat", stat, size) <= 0 ? NULL : strrchr(stat, ')');
}

/* Whether the process started before; at field 2 of its stat. */
static bool started_before(const char *p, uint64_t created_ns)
{
    for (int field = 2; p != NULL && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p == NULL)
        return false;
    uint64_t ticks = strtoull(p, NULL, 10);
    return ticks * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK)) <= created_ns;
}

bool proc_was_there(pid_t pid, uint64_t created_ns)
{
    char stat[1024];
    return started_before(read_stat(pid, stat, sizeof(stat)), created_ns);
}

bool proc_is_it(pid_t pid, uint64_t created_ns, char command[16])
{
    char stat[1024];
    char *end = read_stat(pid, stat, sizeof(stat));
    if (!started_before(end, created_ns))
        return false;
    *end = '\0';
    const char *name = strchr(stat, '(');
    snprintf(command, 16, "%.15s", name != NULL ? name + 1 : "");
    return true;
}

bool proc_memory(pid_t pid, void *data, size_t size, uint64_t address)
{
    struct iovec here = {data, size}, there = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* Whether a line of maps, which ends in a newline, is of that file: its device and inode, as the
 * kernel writes them, are the fourth and the fifth word. */
static bool is_of_file(const char *line, const char *file)
{
    for (int word = 1; word < 4 && line != NULL; word++) {
        line = strchr(line, ' ');
        line = line != NULL ? line + 1 : NULL;
    }
    return line != NULL && strncmp(line, file, strlen(file)) == 0;
}

bool proc_maps(pid_t pid, dev_t dev, ino_t ino)
{
    char path[32], file[64], text[16384 + 1];
    size_t kept = 0;
    ssize_t n;
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    snprintf(file, sizeof(file), "%02x:%02x %lu ", major(dev), minor(dev), (unsigned long)ino);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (!found && fd >= 0 && (n = read(fd, text + kept, sizeof(text) - 1 - kept)) > 0) {
        char *line = text, *end;
        kept += (size_t)n;
        text[kept] = '\0';
        for (; !found && (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            found = is_of_file(line, file);
        }
        kept -= (size_t)(line - text);
        memmove(text, line, kept);
    }
    if (fd >= 0)
        close(fd);
    return found;
}

pid_t proc_locker(struct proc_table *t, dev_t dev, ino_t ino)
{
    if (!t->locks_read)
        read_locks(t);
    if (!t->locks_known)
        return -1;
    for (size_t i = 0; i < t->n_locks; i++)
        if (t->locks[i].dev == dev && t->locks[i].ino == ino)
            return t->locks[i].pid;
    return 0;
}
