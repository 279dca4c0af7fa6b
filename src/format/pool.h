/* SPDX-License-Identifier: MIT
 *
 * pool.h: the pool file of a process, on tmpfs, shared by its threads and its
 * drain, and what SIGKILL leaves. Header, limits, packet states, stream slots, packets;
 * host byte order. Never grown. Readers treat it as hostile: every index is
 * checked against its count, every size against its bound.
 *
 * Exactly once: the drain writes a batch to the trace file, stores for every
 * slot how far it is consumed in copy [generation & 1], then the checkpoint of
 * that generation (store-release), then frees packets. What a reader adds to
 * the file is: the file up to checkpoint.file_offset, then of every slot what
 * lies behind consumed[generation & 1]. For CTF the same by whole packets, with
 * written[generation & 1] of each slot.
 */
#ifndef ETCH_FORMAT_POOL_H
#define ETCH_FORMAT_POOL_H

#include <stdint.h>

#include "format/suppressed.h"

#define ETCH_POOL_MAGIC   UINT64_C(0x4c4f4f5048435445) /* "ETCHPOOL" */
#define ETCH_POOL_VERSION 4                            /* 3: without struct etch_pool_next */

#ifndef ETCH_POOL_PACKET_SIZE
#define ETCH_POOL_PACKET_SIZE 16384u /* as fast as 64 KiB; 4 KiB is slower; tests take less */
#endif
#define ETCH_POOL_PACKET_MAX  (1u << 20) /* of packet= */
#define ETCH_POOL_PACKETS     256u       /* by default; buffer= sets it */
#define ETCH_POOL_PACKETS_MIN 4u
#define ETCH_POOL_PACKETS_MAX (1u << 20)
#define ETCH_POOL_SLOTS       4096u
#define ETCH_TRACE_SIZE_MIN   65536u /* of max-size= */
#define ETCH_TRACE_FILES_MAX  1000000u
#define ETCH_POOL_PATH_MAX    1024u
#define ETCH_POOL_HEADER_SIZE 8192u
#define ETCH_POOL_NEXT_OFFSET 4096u

/* What a pool without a name is called in /proc. */
#define ETCH_POOL_MEMFD "etch-pool"

/* In the folder of `etch record`: takes the descriptors of pools that have no
 * name, one a connection, with one byte. */
#define ETCH_POOL_SOCKET "pools"

enum etch_policy {
    ETCH_POLICY_DROP = 0,
    ETCH_POLICY_BLOCK = 1,
    ETCH_POLICY_OVERWRITE = 2,
};

/* What a session writes; bits. */
enum etch_output {
    ETCH_OUT_SIMPLE = 1,
    ETCH_OUT_CTF = 2,
};

enum etch_clock_kind {
    ETCH_CLOCK_RAW = 0,       /* invariant TSC, cntvct */
    ETCH_CLOCK_MONOTONIC = 1, /* clock_gettime, nanoseconds */
};

/* The same moment on three clocks. */
struct etch_clock_pair {
    uint64_t ticks;
    uint64_t monotonic_ns;
    uint64_t realtime_ns;
};

struct etch_checkpoint {
    uint64_t generation;  /* the newer of the two counts; 0: none yet */
    uint64_t file_offset; /* bytes of the trace file that are whole */
    uint64_t newest_ns;   /* time of the last event in them */
    uint64_t events;      /* in them */
    uint64_t discarded;   /* that they tell of */
};

/* How far a slot is consumed: all packets below seq, and of packet seq the
 * bytes below offset (0: nothing of it). */
struct etch_consumed {
    uint64_t seq;
    uint64_t offset;
    uint64_t discarded; /* of the slot's count, what the file tells already */
};

/* How far a slot is in its CTF stream file: all packets below seq, which are the
 * bytes below offset of the file of that number (rotation). */
struct etch_written {
    uint64_t seq;
    uint64_t offset;
    uint64_t file;
};

enum etch_slot_state {
    ETCH_SLOT_FREE = 0,
    ETCH_SLOT_LIVE = 1,
    ETCH_SLOT_TAKEN = 2, /* for a moment, before tid is set */
};

/* A stream: one live thread and nesting level; recycled after the thread. */
struct etch_pool_slot {
    uint32_t state; /* enum etch_slot_state */
    uint32_t tid;   /* 0: its thread is known to be gone */
    uint32_t level;
    uint32_t packet;                  /* 1 + index of its open packet, 0: none */
    uint64_t next_seq;                /* the next packet's; counts on when recycled */
    uint64_t discarded;               /* events, over all its threads */
    struct etch_consumed consumed[2]; /* simple */
    struct etch_written written[2];   /* ctf */
    uint64_t overwritten_packets;     /* policy overwrite: lost before they were written */
    uint64_t overwritten_bytes;       /* of events in them */
    uint64_t trace_seq;               /* packets below are in files of before `trace-file` */
    uint64_t trace_discarded;         /* discarded events that these tell, or nobody */
    uint64_t reserved[4];
};

_Static_assert(sizeof(struct etch_pool_slot) == 192, "three cache lines");

/* A packet's state word: state in the low 2 bits, the owner's slot above. */
enum etch_packet_state {
    ETCH_PACKET_FREE = 0,
    ETCH_PACKET_OPEN = 1,
    ETCH_PACKET_SEALED = 2,
    ETCH_PACKET_HELD = 3, /* sealed, and the drain reads it: not to be overwritten */
};
#define ETCH_PACKET_STATE(word)      ((word)&3u)
#define ETCH_PACKET_OWNER(word)      ((word) >> 2)
#define ETCH_PACKET_WORD(state, own) ((uint32_t)(state) | (uint32_t)(own) << 2)

/* What triggers fired ask for, in nanoseconds of CLOCK_MONOTONIC. */
struct etch_trigger_state {
    uint64_t fired_ns; /* the last time that one did; 0: never */
    uint64_t from_ns;  /* the earliest moment that is to be kept */
    uint64_t until_ns; /* then it is written; 0: nothing is asked for */
    uint64_t count;    /* how often they fired */
};

enum etch_drain_state {
    ETCH_DRAIN_NONE = 0,    /* not yet started; its creator locks byte 0 */
    ETCH_DRAIN_RUNNING = 1, /* holds a POSIX write lock on byte 1 */
    ETCH_DRAIN_ENDED = 2,   /* all is in the file: the pool may be removed */
};

struct etch_pool_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size; /* ETCH_POOL_HEADER_SIZE */
    uint32_t packet_size;
    uint32_t packet_count;
    uint32_t slot_count;
    uint32_t clock; /* enum etch_clock_kind */
    uint64_t slots_offset;
    uint64_t states_offset; /* uint32_t[packet_count] */
    uint64_t packets_offset;
    uint64_t size; /* of the file */
    uint32_t pid;
    uint32_t policy;     /* enum etch_policy */
    uint64_t start_time; /* of pid: field 22 of /proc/PID/stat */
    uint8_t boot_id[16];
    uint8_t uuid[16]; /* of the trace, also in every packet */

    uint32_t drain_state;   /* enum etch_drain_state */
    uint32_t drain_futex;   /* the drain sleeps on it */
    uint32_t free_futex;    /* writers that block sleep on it; counts frees */
    uint32_t free_waiters;  /* how many do */
    uint32_t packet_hint;   /* the lowest packet that may be free */
    uint32_t sealed;        /* packets that wait for the drain, roughly */
    uint32_t slots_used;    /* slots from here on were never taken */
    uint32_t slots_ready;   /* slots and packets from here on have no memory yet: they are */
    uint32_t packets_ready; /* holes in the file, and read as zeros */
    uint32_t outputs;       /* ETCH_OUT_ bits; 0: switched off, nothing of it is to be kept */
    uint64_t discarded;     /* events of threads that got no slot */
    uint64_t discarded_consumed[2];

    struct etch_clock_pair first, last;
    struct etch_checkpoint checkpoint[2];

    char trace_path[ETCH_POOL_PATH_MAX]; /* absolute; "" until it is open */
    char meta_path[ETCH_POOL_PATH_MAX];  /* side file, absolute */
    char ctf_path[ETCH_POOL_PATH_MAX];   /* folder of the CTF trace, absolute */

    uint32_t triggers; /* declared; without one a pool is written at its end */
    uint32_t quiet;    /* 1: it ended in order and no trigger fired: nothing is kept */
    struct etch_trigger_state trigger;

    uint64_t limits_offset; /* struct etch_pool_limit[ETCH_POOL_LIMITS]: suppressed.h */

    /* Rotation of the simple file, which is number 0; number K is PATH.partK. */
    uint64_t trace_file[2]; /* which one the checkpoint's offset is of */
    uint64_t rotated_files; /* those below are removed; of number 0 a stub is left */
    uint64_t rotated_events;

    uint64_t newest[2]; /* the checkpoint's newest_ns in ticks; 0: not known (older writers) */
};

_Static_assert(sizeof(struct etch_pool_header) <= ETCH_POOL_NEXT_OFFSET, "page 0");

/* Page 1: where a trace goes from a checkpoint on, while it is being switched to
 * other files: from `generation` on this counts in place of the fields of those
 * names in page 0, and what was rotated of a new file is nothing. */
struct etch_pool_next {
    uint64_t generation; /* 0: page 0 counts */
    uint32_t outputs;
    uint32_t reserved;
    char trace_path[ETCH_POOL_PATH_MAX];
    char ctf_path[ETCH_POOL_PATH_MAX];
};

_Static_assert(sizeof(struct etch_pool_next) <= ETCH_POOL_HEADER_SIZE - ETCH_POOL_NEXT_OFFSET,
               "page 1");

#endif
