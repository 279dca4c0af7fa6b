/* SPDX-License-Identifier: MIT
 *
 * lent.c: see lent.h. A process connects, sends one message and goes on; what it
 * sent waits in the kernel, after its death, too.
 */
#include "read/lent.h"

#include <errno.h>
#include <fcntl.h>
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
static void hold(int fd)
{
    struct etch_pool_header header;
    int *more = pool_peek(fd, &header) == 0 ? realloc(held, (n_held + 1) * sizeof(*held)) : NULL;
    if (more == NULL) {
        close(fd);
        return;
    }
    held = more;
    held[n_held++] = fd;
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
