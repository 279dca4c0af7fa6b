/* SPDX-License-Identifier: MIT
 *
 * file.c: whole files in, whole files out.
 *
 * Reads:  the file named.
 * Writes: the file named, by way of a temporary one beside it and a rename, so
 *         that a full disk or a kill leaves the old one as it was.
 * Never:  touches a file whose content would stay the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* Reads to the end of fd. */
static int read_all(int fd, size_t hint, char **text, size_t *size)
{
    size_t capacity = hint + 1, n = 0;
    char *buffer = malloc(capacity + 1);

    while (buffer) {
        ssize_t got = read(fd, buffer + n, capacity - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int error = -errno;
            free(buffer);
            return error;
        }
        if (got == 0)
            break;
        n += (size_t)got;
        if (n < capacity)
            continue;
        char *more = realloc(buffer, 2 * capacity + 1);
        if (!more)
            free(buffer);
        buffer = more;
        capacity *= 2;
    }
    if (!buffer)
        return -ENOMEM;
    buffer[n] = '\0';
    *text = buffer;
    *size = n;
    return 0;
}

int cli_read_file(const char *path, char **text, size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int error = fstat(fd, &st) < 0 ? -errno : 0;
    if (!error)
        error = read_all(fd, st.st_size > 0 ? (size_t)st.st_size : 4096, text, size);
    close(fd);
    return error;
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        text += n;
        size -= (size_t)n;
    }
    return 0;
}

/* In pieces that stay in the cache: most files written are unchanged. */
static bool same_content(const char *path, const char *text, size_t size)
{
    char piece[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    while (size > 0) {
        ssize_t n = read(fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || (size_t)n > size || memcmp(piece, text, (size_t)n) != 0)
            break;
        text += n;
        size -= (size_t)n;
    }
    close(fd);
    return size == 0;
}

/* /dev/stdout, a pipe: there is nothing to keep. */
static int write_special(const char *path, const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int error = write_all(fd, text, size);
    if (close(fd) < 0 && !error)
        error = -errno;
    return error;
}

static int replace(const char *path, const char *text, size_t size, mode_t mode)
{
    char temporary[PATH_MAX];

    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    /* Past `ulimit -f` write() shall fail, not kill with the file half done. */
    void (*former)(int) = signal(SIGXFSZ, SIG_IGN);
    int error = write_all(fd, text, size);
    signal(SIGXFSZ, former);
    if (!error && fchmod(fd, mode) < 0)
        error = -errno;
    if (close(fd) < 0 && !error)
        error = -errno;
    if (!error && rename(temporary, path) < 0)
        error = -errno;
    if (error)
        unlink(temporary);
    return error;
}

int cli_write_file(const char *path, const char *text, size_t size)
{
    char target[PATH_MAX];
    struct stat st;

    if (stat(path, &st) < 0) {
        mode_t mask = umask(0);
        umask(mask);
        return replace(path, text, size, 0666 & ~mask);
    }
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return write_special(path, text, size);
    if ((size_t)st.st_size == size && same_content(path, text, size))
        return 0;
    /* A link stays one: what it leads to is replaced. */
    if (!realpath(path, target))
        return -errno;
    return replace(target, text, size, st.st_mode & 07777);
}
