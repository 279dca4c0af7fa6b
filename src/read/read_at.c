/* SPDX-License-Identifier: MIT
 *
 * read_at.c: see read_at.h.
 */
#include "read/read_at.h"

#include <errno.h>
#include <unistd.h>

bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
    char *p = to;
    while (size > 0) {
        ssize_t got = pread(fd, p, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}
