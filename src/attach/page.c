/* SPDX-License-Identifier: MIT
 *
 * page.c: a control page, opened and checked; see page.h.
 *
 * Never:  maps it: its process may cut it, and a store to what is gone kills.
 */
#include "attach/page.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/read_at.h"

/* What is wrong with a header of our version, or NULL. */
static const char *header_fault(const struct etch_control_header *h, uint64_t size)
{
    if (h->n_groups > ETCH_CONTROL_GROUPS || h->header_size > size)
        return "damaged: its groups lie outside";
    for (uint32_t i = 0; i < h->n_groups; i++) {
        const struct etch_control_group *g = &h->group[i];
        if (g->offset < h->header_size || g->offset % sizeof(uint16_t) != 0 || g->offset > size ||
            g->n_events > (size - g->offset) / sizeof(uint16_t))
            return "damaged: its groups lie outside";
    }
    return NULL;
}

int page_reread(int fd, struct etch_control_header *header, const char **why)
{
    struct stat st;
    *why = NULL;
    if (fstat(fd, &st) < 0)
        return -errno;
    bool whole = read_at(fd, header, sizeof(*header), 0);
    if (!whole && !read_at(fd, header, ETCH_CONTROL_COMMON, 0))
        *why = "damaged: cut in its header";
    else if (header->magic != ETCH_CONTROL_MAGIC)
        *why = "not a control page";
    else if (header->version != ETCH_CONTROL_VERSION)
        return -EPROTO;
    else if (!whole)
        *why = "damaged: cut in its header";
    else
        *why = header_fault(header, (uint64_t)st.st_size);
    return *why != NULL ? -EINVAL : 0;
}

static const char *file_fault(const struct stat *st, uid_t owner)
{
    if (!S_ISREG(st->st_mode))
        return "not a regular file";
    if (st->st_uid != owner)
        return "it belongs to somebody else than its folder";
    if ((st->st_mode & 077) != 0)
        return "others may read or write it";
    if (st->st_nlink != 1)
        return "it has another name, too";
    return NULL;
}

int page_open(int dir, const char *name, uid_t owner, struct stat *st,
              struct etch_control_header *header, const char **why)
{
    int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *why = NULL;
    if (fd < 0) {
        *why = errno == ELOOP ? "a symbolic link" : NULL;
        return -errno;
    }
    int error = fstat(fd, st) < 0 ? -errno : 0;
    if (error == 0)
        *why = file_fault(st, owner);
    if (error == 0)
        error = *why != NULL ? -EPERM : page_reread(fd, header, why);
    if (error == 0)
        return fd;
    close(fd);
    return error;
}
