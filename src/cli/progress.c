/* SPDX-License-Identifier: MIT
 *
 * progress.c: see progress.h.
 *
 * Reads:  how far the reader is.
 * Writes: stderr.
 * Never:  reads the clock for each event.
 */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WAIT_NS   UINT64_C(1000000000)
#define REDRAW_NS UINT64_C(200000000)
#define WIDTH     40

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void cli_progress_begin(struct cli_progress *progress, bool endless)
{
    *progress = (struct cli_progress){.wanted = !endless && isatty(STDERR_FILENO) &&
                                                !isatty(STDOUT_FILENO)};
    if (progress->wanted)
        progress->next_ns = now_ns() + WAIT_NS;
}

void cli_progress_draw(struct cli_progress *progress, const struct etch_reader *reader)
{
    static const char bar[] = "########################################";
    uint64_t now = now_ns(), done, all;
    if (now < progress->next_ns)
        return;
    progress->next_ns = now + REDRAW_NS;
    etch_reader_progress(reader, &done, &all);
    if (all == 0)
        return;
    double part = done < all ? (double)done / (double)all : 1;
    fprintf(stderr, "\r[%-*.*s] %3.0f %%  %.1f MB", WIDTH, (int)(part * WIDTH), bar, part * 100,
            (double)done / 1e6);
    progress->shown = true;
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
