/* SPDX-License-Identifier: MIT
 *
 * out.c: see out.h.
 *
 * Reads:  nothing.
 * Writes: the descriptor of a struct etch_out.
 * Never:  opens or closes it.
 */
#include "sink/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int etch_out_open(struct etch_out *out, int fd)
{
    *out = (struct etch_out){.fd = fd};
    out->start = malloc(ETCH_OUT_SIZE + ETCH_OUT_SLACK);
    if (!out->start)
        return -ENOMEM;
    out->p = out->start;
    out->end = out->start + ETCH_OUT_SIZE;
    return 0;
}

int etch_out_flush(struct etch_out *out)
{
    const char *from = out->start;
    while (!out->error && from < out->p) {
        ssize_t n = write(out->fd, from, (size_t)(out->p - from));
        if (n >= 0)
            from += n;
        else if (errno != EINTR)
            out->error = errno;
    }
    out->p = out->start;
    return -out->error;
}

int etch_out_close(struct etch_out *out)
{
    int r = etch_out_flush(out);
    free(out->start);
    out->start = out->p = out->end = NULL;
    return r;
}

void etch_out_bytes(struct etch_out *out, const void *bytes, size_t n)
{
    const char *from = bytes;
    while (n) {
        size_t part = n < ETCH_OUT_SIZE / 2 ? n : ETCH_OUT_SIZE / 2;
        char *p = etch_out_room(out, out->p, part);
        memcpy(p, from, part);
        out->p = p + part;
        from += part;
        n -= part;
    }
}

void etch_out_format(struct etch_out *out, const char *format, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    if (n > 0)
        etch_out_bytes(out, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}
