/* SPDX-License-Identifier: MIT
 *
 * sys_file.c: system calls on files whose structs differ between the guest's
 * kernel and the host's, and those with paths.
 *
 * Reads and writes the guest's memory through access.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "access.h"
#include "memory.h"
#include "syscall.h"
#include "thread.h"

const char *guest_sysroot;
const char *guest_executable;

bool guest_path_is_self(const char *path)
{
    char own[32];
    snprintf(own, sizeof(own), "/proc/%d/exe", getpid());
    return strcmp(path, "/proc/self/exe") == 0 || strcmp(path, "/proc/thread-self/exe") == 0 ||
           strcmp(path, own) == 0;
}

const char *guest_path(const char *path, char found[PATH_MAX])
{
    if (path[0] != '/')
        return path;
    if (guest_path_is_self(path))
        return guest_executable;
    if (guest_sysroot == NULL)
        return path;
    int n = snprintf(found, PATH_MAX, "%s%s", guest_sysroot, path);
    return n > 0 && n < PATH_MAX && faccessat(AT_FDCWD, found, F_OK, AT_SYMLINK_NOFOLLOW) == 0
               ? found
               : path;
}

/* The path at `address` as the host has it: 0 or -errno. */
static int64_t read_path(uint64_t address, char path[PATH_MAX], const char **found_path)
{
    char given[PATH_MAX];
    int64_t length = guest_read_string(given, address, sizeof(given));
    if (length < 0)
        return length;
    const char *at = guest_path(given, path);
    if (at != path)
        memmove(path, at, strlen(at) + 1);
    *found_path = path;
    return 0;
}

/* The guest's struct stat. */
struct guest_stat {
    uint64_t dev;
    uint64_t ino;
    uint32_t mode;
    uint32_t nlink;
    uint32_t uid;
    uint32_t gid;
    uint64_t rdev;
    uint64_t pad1;
    int64_t size;
    int32_t blksize;
    int32_t pad2;
    int64_t blocks;
    int64_t times[6]; /* access, modification, change: seconds, nanoseconds */
    uint32_t pad3[2];
};
_Static_assert(sizeof(struct guest_stat) == 128, "the guest's kernel's struct stat");

static int64_t write_stat(uint64_t to, const struct stat *st)
{
    struct guest_stat out = {
        .dev = st->st_dev,
        .ino = st->st_ino,
        .mode = st->st_mode,
        .nlink = st->st_nlink,
        .uid = st->st_uid,
        .gid = st->st_gid,
        .rdev = st->st_rdev,
        .size = st->st_size,
        .blksize = st->st_blksize,
        .blocks = st->st_blocks,
        .times = {st->st_atim.tv_sec, st->st_atim.tv_nsec, st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                  st->st_ctim.tv_sec, st->st_ctim.tv_nsec},
    };
    return guest_write(to, &out, sizeof(out));
}

int64_t sys_fstat(struct guest_cpu *cpu, const uint64_t *a)
{
    struct stat st;
    (void)cpu;
    return fstat(a[0], &st) < 0 ? -errno : write_stat(a[1], &st);
}

int64_t sys_newfstatat(struct guest_cpu *cpu, const uint64_t *a)
{
    char path[PATH_MAX];
    const char *found;
    struct stat st;
    (void)cpu;
    int64_t code = read_path(a[1], path, &found);
    if (code < 0)
        return code;
    return fstatat(a[0], found, &st, a[3]) < 0 ? -errno : write_stat(a[2], &st);
}

int64_t sys_readlinkat(struct guest_cpu *cpu, const uint64_t *a)
{
    char given[PATH_MAX], path[PATH_MAX], target[PATH_MAX];
    (void)cpu;
    int64_t length = guest_read_string(given, a[1], sizeof(given));
    if (length < 0)
        return length;
    if ((int64_t)a[3] <= 0)
        return -EINVAL;
    if (guest_path_is_self(given)) {
        length = strlen(guest_executable);
        memcpy(target, guest_executable, length);
    } else {
        length = readlinkat(a[0], guest_path(given, path), target, sizeof(target));
    }
    if (length < 0)
        return -errno;
    if ((uint64_t)length > a[3])
        length = a[3];
    int code = guest_write(a[2], target, length);
    return code < 0 ? code : length;
}

/* Its third argument is a number or a pointer, by the command. */
int64_t sys_fcntl(struct guest_cpu *cpu, const uint64_t *a)
{
    switch (a[1]) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
    case F_GETOWN_EX:
    case F_SETOWN_EX:
    case F_GET_RW_HINT:
    case F_SET_RW_HINT:
    case F_GET_FILE_RW_HINT:
    case F_SET_FILE_RW_HINT:
        if (a[2] >= GUEST_TOP)
            return -EFAULT;
    }
    return guest_host_call(cpu, SYS_fcntl, a);
}

/* The guest's: on x86-64 it is packed. */
struct guest_epoll_event {
    uint32_t events;
    uint32_t pad;
    uint64_t data;
};

int64_t sys_epoll_ctl(struct guest_cpu *cpu, const uint64_t *a)
{
    struct guest_epoll_event in = {0};
    (void)cpu;
    if (a[1] != EPOLL_CTL_DEL && guest_read(&in, a[3], sizeof(in)) < 0)
        return -EFAULT;
    struct epoll_event event = {.events = in.events, .data.u64 = in.data};
    return epoll_ctl(a[0], a[1], a[2], &event) < 0 ? -errno : 0;
}

int64_t sys_epoll_pwait(struct guest_cpu *cpu, const uint64_t *a)
{
    enum { MOST = 1024 };
    struct epoll_event *events;
    int count = (int)a[2] < MOST ? (int)a[2] : MOST;
    if (count <= 0)
        return -EINVAL;
    if (a[4] >= GUEST_TOP)
        return -EFAULT;
    events = calloc(count, sizeof(*events));
    if (events == NULL)
        return -ENOMEM;
    uint64_t arguments[6] = {a[0], (uintptr_t)events, count, a[3], a[4], a[5]};
    int64_t n = guest_host_call(cpu, SYS_epoll_pwait, arguments);
    for (int64_t i = 0; i < n; i++) {
        struct guest_epoll_event out = {events[i].events, 0, events[i].data.u64};
        if (guest_write(a[1] + i * sizeof(out), &out, sizeof(out)) < 0)
            n = -EFAULT;
    }
    free(events);
    return n;
}
