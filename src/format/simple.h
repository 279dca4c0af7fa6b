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

#endif
