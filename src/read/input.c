/* SPDX-License-Identifier: MIT
 *
 * input.c: the sliding buffer; see input.h.
 */
#include "read/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small enough to stay in the second-level cache, large enough that system
 * calls do not count. */
#define INPUT_PIECE (256u << 10)

int input_open(struct input *in, const char *path)
{
    *in = (struct input){.fd = -1, .keep = UINT64_MAX, .limit = UINT64_MAX};
    in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0)
        return -errno;
    struct stat st;
    int error = 0;
    if (fstat(in->fd, &st) < 0)
        error = -errno;
    else if (S_ISDIR(st.st_mode))
        error = -EISDIR;
    else if (S_ISREG(st.st_mode))
        in->size = (uint64_t)st.st_size;
    if (error == 0) {
        in->path = strdup(path);
        in->data = malloc(INPUT_PIECE);
        in->capacity = INPUT_PIECE;
        if (in->path == NULL || in->data == NULL)
            error = -ENOMEM;
        posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    if (error < 0)
        input_close(in);
    return error;
}

void input_close(struct input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    free(in->path);
    free(in->data);
    *in = (struct input){.fd = -1};
}

/* Makes room for `n` bytes behind begin: first by moving what is kept to the
 * front, then by growing. */
static int make_room(struct input *in, size_t n)
{
    size_t first = in->begin;
    if (in->keep < in->base + first)
        first = in->keep < in->base ? 0 : (size_t)(in->keep - in->base);
    memmove(in->data, in->data + first, in->end - first);
    in->base += first;
    in->begin -= first;
    in->end -= first;
    if (n > SIZE_MAX / 2 - in->begin)
        return -ENOMEM;
    size_t want = in->begin + n;
    if (want <= in->capacity && in->capacity - in->end >= INPUT_PIECE / 4)
        return 0;
    size_t capacity = in->capacity * 2;
    if (capacity < want)
        capacity = want;
    unsigned char *data = realloc(in->data, capacity);
    if (data == NULL)
        return want <= in->capacity ? 0 : -ENOMEM;
    in->data = data;
    in->capacity = capacity;
    return 0;
}

size_t input_fill(struct input *in, size_t n)
{
    /* A length word may ask for gigabytes that the file does not have. */
    if (in->size != 0 && n > INPUT_PIECE) {
        struct stat st;
        uint64_t at = input_offset(in);
        uint64_t size = fstat(in->fd, &st) == 0 ? (uint64_t)st.st_size : in->size;
        uint64_t left = size > at ? size - at : 0;
        if (n > left)
            n = left > in->end - in->begin ? (size_t)left : in->end - in->begin;
    }
    while (in->end - in->begin < n && in->error == 0) {
        uint64_t at = in->base + in->end;
        if (at >= in->limit)
            break;
        in->error = make_room(in, n);
        if (in->error < 0)
            break;
        size_t room = in->capacity - in->end;
        if (room > in->limit - at)
            room = (size_t)(in->limit - at);
        ssize_t got = read(in->fd, in->data + in->end, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            in->error = -errno;
        if (got <= 0)
            break;
        in->end += (size_t)got;
    }
    return in->end - in->begin;
}
