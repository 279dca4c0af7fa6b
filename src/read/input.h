/* SPDX-License-Identifier: MIT
 *
 * input.h: a file or pipe, read once from front to back through one buffer.
 *
 * Reads:  the file, in large pieces; never maps it, for a file that is cut
 *         while it is mapped kills the reader.
 * Writes: nothing.
 * Never:  seeks, except to skip.
 */
#ifndef ETCH_READ_INPUT_H
#define ETCH_READ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    int fd;
    char *path;
    unsigned char *data;
    size_t begin, end, capacity; /* data[begin..end) is still to be read */
    uint64_t base;               /* the offset of data[0] in the file */
    uint64_t keep;               /* bytes from this offset on stay in the buffer */
    uint64_t limit;              /* offset at which reading stops */
    uint64_t size;               /* of the file when it was opened; 0: a pipe */
    int error;                   /* -errno of a failed read: then the file ends there */
};

/* 0 or -errno. */
int input_open(struct input *in, const char *path);
void input_close(struct input *in);

/* Tries to have `n` bytes behind begin; returns how many there are, fewer only
 * at the end of the file (or of what was written so far), at the limit, or
 * after an error. May move data. */
size_t input_fill(struct input *in, size_t n);

static inline size_t input_need(struct input *in, size_t n)
{
    size_t have = in->end - in->begin;
    return have >= n ? have : input_fill(in, n);
}

/* The offset in the file of the next byte. */
static inline uint64_t input_offset(const struct input *in)
{
    return in->base + in->begin;
}

/* A byte that was kept. */
static inline const unsigned char *input_at(const struct input *in, uint64_t offset)
{
    return in->data + (offset - in->base);
}

#endif
