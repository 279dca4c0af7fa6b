/* SPDX-License-Identifier: MIT
 *
 * lend.c: gives a pool without a name to `etch record`, which holds it so that a
 * kill loses nothing: its memory lasts as long as anybody has it open.
 *
 * Writes: one message to the socket in the folder of dir=, with the descriptor.
 * Never:  waits: the kernel queues the message whether or not etch listens just
 *         now. Leaves no descriptor open.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "format/text.h"
#include "runtime/pool.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

/* The socket's address: by its path, or where that is too long for an address
 * by the folder's descriptor, which *folder becomes. */
static int address(struct sockaddr_un *to, int *folder)
{
    struct text path = text_in(to->sun_path, sizeof(to->sun_path));
    to->sun_family = AF_UNIX;
    text_add(&path, etch_settings.dir);
    text_add(&path, "/" ETCH_POOL_SOCKET);
    if (!path.cut)
        return 0;
    *folder = sys_openat(AT_FDCWD, etch_settings.dir, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (*folder < 0)
        return *folder;
    path = text_in(to->sun_path, sizeof(to->sun_path));
    text_add(&path, "/proc/self/fd/");
    text_u64(&path, (uint64_t)*folder);
    text_add(&path, "/" ETCH_POOL_SOCKET);
    return 0;
}

static int send_descriptor(int to, int fd)
{
    char byte = 0;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    __builtin_memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    long n = sys6(SYS_sendmsg, to, SYS_PTR(&message), MSG_NOSIGNAL, 0, 0, 0);
    return n == 1 ? 0 : n < 0 ? (int)n : -EIO;
}

int etch_pool_lend(int fd)
{
    struct sockaddr_un to = {0};
    int folder = -1;
    int r = address(&to, &folder);
    if (r == 0)
        r = (int)sys6(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0, 0, 0);
    int socket = r;
    if (socket >= 0) {
        r = (int)sys6(SYS_connect, socket, SYS_PTR(&to), sizeof(to), 0, 0, 0);
        if (r == 0)
            r = send_descriptor(socket, fd);
        sys_close(socket);
    }
    if (folder >= 0)
        sys_close(folder);
    return r;
}
