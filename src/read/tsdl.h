/* SPDX-License-Identifier: MIT
 *
 * tsdl.h: the file `metadata` of a CTF trace, as etch writes it: its clock, its
 * environment, and the declarations of its events, by id.
 *
 * Reads:  the file. Of TSDL it knows what etch writes (format/tsdl.h) and
 *         nothing else; a trace of another tracer is refused by name and line.
 * Writes: nothing.
 * Never:  believes a name, a number or an end of a block.
 */
#ifndef ETCH_READ_TSDL_H
#define ETCH_READ_TSDL_H

#include "read/frames.h"
#include "read/in_meta.h"

/* The clock of a CTF trace: ticks a second, and when tick 0 was. */
struct tsdl_clock {
    uint64_t frequency;
    uint64_t seconds, ticks; /* of tick 0 since 1970, to be added */
    uint64_t monotonic;      /* ns that CLOCK_MONOTONIC is behind that clock */
};

struct tsdl {
    struct meta meta; /* declarations, uuid, pid, executable, clock pairs */
    struct tsdl_clock clock;
    struct frame_dict frames;
    uint64_t highest; /* 1 + the highest id of an event that is declared */
    uint64_t size;    /* of the file when it was read */
    uint64_t whole;   /* bytes up to the end of the last whole block */
    bool headless;    /* no clock, no uuid: no trace of etch */
    bool cut;         /* the file ends within a block */
};

/* Reads DIR/metadata. 0, or -errno with a message: -EINVAL and *tsdl not NULL
 * has what could be read. */
int tsdl_open(struct tsdl **tsdl, const char *dir, struct fault *fault);
void tsdl_close(struct tsdl *tsdl);

/* Nanoseconds of CLOCK_MONOTONIC: what other readers of CTF show, less a
 * constant. */
uint64_t tsdl_time(const struct tsdl_clock *clock, uint64_t ticks);

/* The uuid of the trace in a folder: false: it is none of etch's. */
bool tsdl_uuid(const char *dir, uint8_t uuid[16]);

#endif
