/* SPDX-License-Identifier: MIT
 *
 * shared.h: what the worker and its tracer share: a page of memory, the calls
 * by which the worker asks for something, and what event n holds.
 *
 * The worker marks each event before its call and after its return; with these
 * marks the tracer knows at any instruction what has to be in the trace.
 */
#ifndef PROOF_SHARED_H
#define PROOF_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#define PROOF_EVENTS    4096u
#define PROOF_SHARED_AT 0x10000000ul /* where the worker maps it */
#define PROOF_PATH      128
#define PROOF_TEXT_MAX  280u /* three fill a packet */

enum proof_state { PROOF_NONE, PROOF_BEGUN, PROOF_RETURNED };

enum proof_kind { PROOF_NUMBER, PROOF_TEXT, PROOF_MIXED, PROOF_LARGE, PROOF_SIGNAL };

struct proof_shared {
    uint32_t next; /* the number of the next event */
    uint8_t state[PROOF_EVENTS];
    uint8_t kind[PROOF_EVENTS];
    bool may_drop;       /* events may be missing where they are counted */
    uint32_t keeps;      /* policy overwrite: so many of the last are there at least, 0: all */
    uint32_t interleave; /* instructions of the drain after each of the worker's, at most */
    int64_t jump;        /* what the clock jumps by when it is read next */
    int64_t slip;        /* what it shows too little, once */
    char clock_source[PROOF_PATH]; /* files that the worker reads in place of the kernel's */
    char boot_id[PROOF_PATH];
};

/* Numbers of system calls that there are not: the tracer answers. */
enum proof_call {
    PROOF_CALL_BEGIN = 0x7e7c4000, /* from here on every instruction counts */
    PROOF_CALL_END,
    PROOF_CALL_ROUND,  /* the drain runs until it sleeps */
    PROOF_CALL_SIGNAL, /* (signal, n): delivered before the n-th instruction from here */
};

static inline uint64_t proof_check(uint64_t n)
{
    return (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The text of event n is a part of one that goes on for ever: its length, and
 * where it begins. */
static inline uint32_t proof_text_length(uint32_t n)
{
    return n * 37u % PROOF_TEXT_MAX;
}

static inline uint32_t proof_text_from(uint32_t n, uint32_t salt)
{
    return (n * 7 + salt) % 26;
}

static inline char proof_text_at(uint32_t i)
{
    return (char)('a' + i % 26);
}

#endif
