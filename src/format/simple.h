/* SPDX-License-Identifier: MIT
 *
 * simple.h: QEMU's binary trace file, format 4 (QEMU 2.8 and later). Host byte
 * order, no padding. Header; then records that begin with a type word.
 */
#ifndef ETCH_FORMAT_SIMPLE_H
#define ETCH_FORMAT_SIMPLE_H

#include <stdint.h>

#define ETCH_SIMPLE_HEADER_ID UINT64_C(0xffffffffffffffff)
#define ETCH_SIMPLE_MAGIC     UINT64_C(0xf2b177cb0aa429b4)
#define ETCH_SIMPLE_VERSION   4
#define ETCH_SIMPLE_DROPPED   UINT64_C(0xfffffffffffffffe)

/* A trace in several files: PATH, then PATH.part1 and so on. */
#define ETCH_TRACE_PART ".part"

enum etch_simple_type {
    ETCH_SIMPLE_MAPPING = 0, /* u64 id, u32 length, the name without NUL */
    ETCH_SIMPLE_EVENT = 1,   /* struct etch_simple_record, then the payload */
};

struct etch_simple_header {
    uint64_t id;
    uint64_t magic;
    uint64_t version;
};

/* Behind the type word of an event. The payload: a number is a u64 (signed
 * ones extended), a string u32 length and its bytes without NUL. */
struct etch_simple_record {
    uint64_t id;
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    uint32_t length;  /* of this struct and the payload, the type word not counted */
    uint32_t pid;
};

_Static_assert(sizeof(struct etch_simple_record) == 24, "no padding");

/* What stays of the first file of a trace when it is removed: as many events are
 * missing as were in all files that were. */
struct etch_simple_stub {
    struct etch_simple_header header;
    uint64_t type;
    struct etch_simple_record record;
    uint64_t count;
};

_Static_assert(sizeof(struct etch_simple_stub) == 64, "no padding");

static inline struct etch_simple_stub etch_simple_stub_make(uint64_t time_ns, uint32_t pid,
                                                            uint64_t count)
{
    return (struct etch_simple_stub){
        .header = {ETCH_SIMPLE_HEADER_ID, ETCH_SIMPLE_MAGIC, ETCH_SIMPLE_VERSION},
        .type = ETCH_SIMPLE_EVENT,
        .record = {.id = ETCH_SIMPLE_DROPPED,
                   .time_ns = time_ns,
                   .length = sizeof(struct etch_simple_record) + sizeof(uint64_t),
                   .pid = pid},
        .count = count,
    };
}

#endif
