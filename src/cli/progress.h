/* SPDX-License-Identifier: MIT
 *
 * progress.h: a bar on stderr while a trace is read that takes longer than a
 * second, if stderr is a terminal and stdout is none.
 *
 * Reads:  how far the reader is.
 * Writes: stderr.
 * Never:  reads the clock for each event.
 */
#ifndef ETCH_CLI_PROGRESS_H
#define ETCH_CLI_PROGRESS_H

#include <etch/read.h>

struct cli_progress {
    bool wanted, shown;
    uint32_t steps;
    uint64_t next_ns; /* when the bar is drawn again */
};

void cli_progress_begin(struct cli_progress *progress, bool endless);
void cli_progress_draw(struct cli_progress *progress, const struct etch_reader *reader);

static inline void cli_progress_step(struct cli_progress *progress,
                                     const struct etch_reader *reader)
{
    if ((++progress->steps & 0xffff) == 0 && progress->wanted)
        cli_progress_draw(progress, reader);
}

/* Wipes it; steps may follow. */
void cli_progress_end(struct cli_progress *progress);

#endif
