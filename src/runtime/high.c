/* SPDX-License-Identifier: MIT
 *
 * high.c: descriptors that stay open beside the program's own.
 */
#include "runtime/line.h"
#include "runtime/sys.h"

#define HIGH_FD 900

/* Under a high number, where the program does not look for one: it may close
 * what it did not open, and take the number for a file of its own. */
int etch_open_high(const char *path, int flags)
{
    int fd = sys_openat(AT_FDCWD, path, O_CLOEXEC | flags, 0666);
    if (fd < 0)
        return fd;
    int high = (int)sys6(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIGH_FD, 0, 0, 0);
    if (high < 0)
        return fd;
    sys_close(fd);
    return high;
}
