/* SPDX-License-Identifier: MIT
 *
 * lent.c: see lent.h. A process connects, sends one message and goes on; what it
 * sent waits in the kernel, after its death, too.
 */
#include "read/lent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "read/pool.h"

#define HELD_PATH "/proc/self/fd/"

static int lender = -1; /* the socket */
static int *held;
static size_t n_held;

/* By the folder's descriptor, for an address has no room for long paths. */
static int bind_in(int socket, int folder)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof(at.sun_path), HELD_PATH "%d/" ETCH_POOL_SOCKET, folder);
    mode_t mask = umask(0177); /* only we may connect */
    int error = bind(socket, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
    umask(mask);
    return error == 0 && listen(socket, SOMAXCONN) < 0 ? -errno : error;
}

int lent_open(const char *folder)
{
    int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? -errno : bind_in(fd, dir);
    close(dir);
    if (error == 0)
        lender = fd;
    else if (fd >= 0)
        close(fd);
    return error;
}

/* The descriptor of a message, or -1. */
static int receive(int from)
{
    char byte;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int fd = -1;
    if (recvmsg(from, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1)
        return -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    return fd;
}

/* Keeps it if it is a pool. */
static bool hold(int fd)
{
    struct etch_pool_header header;
    int *more = pool_peek(fd, &header) == 0 ? realloc(held, (n_held + 1) * sizeof(*held)) : NULL;
    if (more == NULL) {
        close(fd);
        return false;
    }
    held = more;
    held[n_held++] = fd;
    return true;
}

static void take(void)
{
    int from;
    while (lender >= 0 && (from = accept4(lender, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        int fd = receive(from);
        if (fd >= 0)
            hold(fd);
        close(from);
    }
}

static bool is_left(int fd)
{
    struct etch_pool_header header;
    return pool_peek(fd, &header) == 0 && header.drain_state != ETCH_DRAIN_ENDED &&
           !pool_lives(fd, &header);
}

unsigned lent_close(const char *folder)
{
    char path[ETCH_POOL_PATH_MAX + 16];
    unsigned left = 0;
    if (lender < 0)
        return 0;
    take();
    for (size_t i = 0; i < n_held; i++)
        left += is_left(held[i]);
    close(lender);
    lender = -1;
    snprintf(path, sizeof(path), "%s/" ETCH_POOL_SOCKET, folder);
    unlink(path);
    return left;
}

/* Whether a descriptor of that folder is a pool's; then it is held. */
static bool take_from(int folder, const char *name)
{
    static const char target[] = "/memfd:" ETCH_POOL_MEMFD " (deleted)";
    char link[sizeof(target)];
    if (readlinkat(folder, name, link, sizeof(link)) != (ssize_t)sizeof(target) - 1 ||
        memcmp(link, target, sizeof(target) - 1) != 0)
        return false;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0 && hold(fd);
}

/* The descriptors of a thread: the drain has a table of its own. */
static bool ask_thread(int tasks, const char *tid)
{
    char path[NAME_MAX + 4];
    snprintf(path, sizeof(path), "%s/fd", tid);
    int fd = openat(tasks, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *fds = fd < 0 ? NULL : fdopendir(fd);
    bool found = false;
    for (struct dirent *e; fds != NULL && !found && (e = readdir(fds)) != NULL;)
        found = take_from(fd, e->d_name);
    if (fds != NULL)
        closedir(fds);
    return found;
}

void lent_ask(uint32_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", pid);
    DIR *tasks = opendir(path);
    bool found = false;
    for (struct dirent *e; tasks != NULL && !found && (e = readdir(tasks)) != NULL;)
        found = e->d_name[0] != '.' && ask_thread(dirfd(tasks), e->d_name);
    if (tasks != NULL)
        closedir(tasks);
}

/* From the last to the first: a visitor may release the one that it sees. */
int lent_each(pools_visit visit, void *arg)
{
    int found = 0;
    take();
    for (size_t i = n_held; i-- > 0 && found == 0;) {
        char path[64];
        struct etch_pool_header header;
        snprintf(path, sizeof(path), HELD_PATH "%d", held[i]);
        if (pool_peek(held[i], &header) == 0)
            found = visit(arg, path, held[i], &header);
    }
    return found;
}

/* Its index, or n_held. */
static size_t find(const char *path)
{
    size_t i = n_held;
    if (strncmp(path, HELD_PATH, sizeof(HELD_PATH) - 1) == 0)
        for (i = 0; i < n_held && held[i] != atoi(path + sizeof(HELD_PATH) - 1); i++)
            ;
    return i;
}

bool lent_is(const char *path)
{
    return find(path) < n_held;
}

void lent_release(const char *path)
{
    size_t i = find(path);
    if (i == n_held)
        return;
    close(held[i]);
    held[i] = held[--n_held];
}
