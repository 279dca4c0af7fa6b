/* SPDX-License-Identifier: MIT
 *
 * meta.h: the side file of a trace (trace-PID.meta): what is needed to read it
 * without the program. Records of 8 bytes head and a payload padded to 8; the
 * file only grows, and a record cut short by a kill is ignored. Host byte
 * order: the header's magic tells. Unknown types are skipped.
 */
#ifndef ETCH_FORMAT_META_H
#define ETCH_FORMAT_META_H

#include <stdint.h>

#define ETCH_META_MAGIC   UINT64_C(0x4154454d48435445) /* "ETCHMETA" */
#define ETCH_META_VERSION 1

struct etch_meta_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size; /* of this struct; records follow */
    uint8_t uuid[16];     /* of the trace */
    uint8_t boot_id[16];
    uint32_t pid;
    uint32_t ppid;
    uint64_t start_time; /* of pid: field 22 of /proc/PID/stat */
};

enum etch_meta_type {
    ETCH_META_GROUP = 1,   /* u32 first_id, u32 0, then a struct etch_note (note.h) */
    ETCH_META_CLOCK = 2,   /* struct etch_clock_pair (pool.h) */
    ETCH_META_COMMAND = 3, /* argv, each ending in NUL */
    ETCH_META_EXE = 4,     /* absolute path of the executable, NUL */
    ETCH_META_END = 5,     /* struct etch_meta_end: how much there is, once it is complete */
    ETCH_META_FILES = 6,   /* struct etch_pool_next (pool.h): where the trace goes on */
};

struct etch_meta_record {
    uint32_t type;
    uint32_t size; /* of the payload without padding */
};

#define ETCH_META_UNCOUNTED UINT64_MAX

struct etch_meta_end {
    uint64_t events;              /* in the trace; ETCH_META_UNCOUNTED: read it to know */
    uint64_t discarded;           /* not in the trace */
    uint64_t overwritten_packets; /* likewise, of a pool that was overwritten */
    uint64_t overwritten_bytes;
    uint64_t fired;   /* how often triggers did */
    uint64_t rotated; /* in files of the trace that were removed */
    uint64_t quiet;   /* 1: none did, and nothing was kept */
};

#endif
