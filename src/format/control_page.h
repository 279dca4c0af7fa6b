/* SPDX-License-Identifier: MIT
 *
 * control_page.h: the control page of a process: a file in the runtime folder,
 * mapped over the enable words of its groups, so that another process of the
 * same user switches events by writing a word. A header and blocks, whole largest
 * pages, then each group's words, whole largest pages, at the offset that its entry
 * names. Host byte order; hostile to its readers, on either side.
 *
 * As long as the process has it mapped it holds flock(2), exclusively: the sign that
 * it lives. Which process it is its memory proves, by `address`; where `pid` is of
 * another PID namespace, /proc/locks tells. Who
 * removes a page that nobody holds has an OFD write lock on its first byte meanwhile.
 *
 * Nothing is written to the blocks at the start, so that they take no memory: the
 * program has them backed before it first looks there. Besides the words etch writes
 * two of them, each under an OFD write lock on the
 * byte at its own offset, so that one etch at a time does: a command for the drain,
 * and rules (conditions and limits of events) for the thread that fires the first
 * event with ETCH_CONTROL_RULED. A block has two halves. Who writes fills the one
 * that does not count, then stores `turn`, one byte, which chooses: whoever is
 * killed in between has written nothing. The program takes each serial once.
 */
#ifndef ETCH_FORMAT_CONTROL_PAGE_H
#define ETCH_FORMAT_CONTROL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/pool.h"

#define ETCH_CONTROL_MAGIC   UINT64_C(0x4c54434843544500) /* "\0ETCHCTL" */
#define ETCH_CONTROL_VERSION 5
#define ETCH_CONTROL_GROUPS  118u

/* An enable word's bits 2 to 6: the timer that switches it off; 0: none. The
 * first two are ETCH_WORD_ON and ETCH_WORD_ASKED, both set with a timer. */
#define ETCH_CONTROL_TIMERS       32u
#define ETCH_CONTROL_TIMER(word)  ((word) >> 2 & (ETCH_CONTROL_TIMERS - 1))
#define ETCH_CONTROL_TIMED(timer) ((uint16_t)(3u | (timer) << 2))

/* Bits 7 to 10: the set of CPUs for which an event with the property vcpu is off
 * though it is on; 0: on for all. ETCH_WORD_ASKED is set with it. */
#define ETCH_CONTROL_SETS      16u
#define ETCH_CONTROL_SET_SHIFT 7
#define ETCH_CONTROL_SET(word) ((word) >> ETCH_CONTROL_SET_SHIFT & (ETCH_CONTROL_SETS - 1))

/* CPUs that can be told apart; others have every event that is on for one. */
#define ETCH_CONTROL_CPUS 1024u

/* A CPU is a bit of one of these words. */
#define ETCH_CONTROL_CPU_WORDS (ETCH_CONTROL_CPUS / 64)

struct etch_control_set {
    uint32_t event; /* 1 + id of the event that had it last; 0: not in use */
    uint32_t reserved;
    uint64_t off[ETCH_CONTROL_CPU_WORDS];
};

struct etch_control_cpus {
    uint64_t there[ETCH_CONTROL_CPU_WORDS];
    struct etch_control_set set[ETCH_CONTROL_SETS]; /* the first is none */
};
/* Bit 11: the event has a condition, a limit or a trigger, which the program knows,
 * or finds in the rules. Set with the first two bits. */
#define ETCH_CONTROL_RULED 2048u

/* Bit 15: on for `etch record -p`, whatever the others say. If it is on for nobody else,
 * the first bit is not set; for some of its events bits 1 and 11 are. */
#define ETCH_CONTROL_RECORDED 32768u

static inline bool etch_control_lent(unsigned word)
{
    return (word & (ETCH_CONTROL_RECORDED | 1u)) == ETCH_CONTROL_RECORDED;
}

/* A word once it records no more. */
static inline uint16_t etch_control_returned(unsigned word)
{
    return etch_control_lent(word) ? 0 : (uint16_t)(word & ~ETCH_CONTROL_RECORDED);
}

struct etch_control_group {
    uint32_t first_id;
    uint32_t n_events;
    uint64_t offset;       /* of its words: uint16_t[n_events] */
    uint64_t note_address; /* in the process, of its struct etch_note; 0: unloaded */
    uint32_t note_offset;  /* in this file, of a copy; 0: in the binary alone */
    uint32_t backends;     /* ETCH_BACKEND_ bits */
};

/* What the program does with what its events store; written by its drain, and
 * where there is none by who would start it. */
enum etch_recording_state {
    ETCH_RECORDING_NONE = 0,    /* no event was recorded yet: no drain */
    ETCH_RECORDING_RUNNING = 1, /* its drain runs, and answers */
    ETCH_RECORDING_FAILED = 2,  /* it could not begin, which was said */
    ETCH_RECORDING_ENDED = 3,
};

struct etch_control_recording {
    uint32_t state;   /* enum etch_recording_state */
    uint32_t policy;  /* enum etch_policy */
    uint32_t kinds;   /* ETCH_OUT_ bits: what is written while it is on */
    uint32_t outputs; /* what is written; 0: switched off */
    uint32_t packet_size;
    uint32_t packet_count;
    uint32_t packets_used;
    uint32_t threads; /* with a stream of their own */
    uint64_t bytes;   /* in the files that are written now */
    uint64_t packets; /* recorded in all */
    uint64_t discarded;
    uint64_t overwritten_packets;
    uint64_t overwritten_bytes;
    char trace_path[ETCH_POOL_PATH_MAX];
    char ctf_path[ETCH_POOL_PATH_MAX];
};

/* A command: `flush`, `on`, `off`, `set PATH`, `snapshot PATH`, or, where no drain
 * runs yet, `start on|off [PATH]`, which stays until there is one. Paths are
 * absolute. */
#define ETCH_CONTROL_TEXT 1528u

struct etch_control_half {
    uint64_t serial; /* of its last line */
    char text[ETCH_CONTROL_TEXT];
};

/* The half that counts, of a block in mapped memory. False: it is written to
 * meanwhile; the next time. */
static inline bool etch_control_half_read(const uint8_t *turn,
                                          const struct etch_control_half half[2],
                                          struct etch_control_half *to)
{
    uint8_t now = __atomic_load_n(turn, __ATOMIC_ACQUIRE);
    const struct etch_control_half *from = &half[now & 1];
    to->serial = __atomic_load_n(&from->serial, __ATOMIC_RELAXED);
    for (size_t i = 0; i < sizeof(to->text); i++)
        to->text[i] = __atomic_load_n(&from->text[i], __ATOMIC_ACQUIRE);
    to->text[sizeof(to->text) - 1] = '\0';
    return __atomic_load_n(turn, __ATOMIC_RELAXED) == now;
}

static inline uint64_t etch_control_serial(const uint8_t *turn,
                                           const struct etch_control_half half[2])
{
    return __atomic_load_n(&half[__atomic_load_n(turn, __ATOMIC_ACQUIRE) & 1].serial,
                           __ATOMIC_RELAXED);
}

struct etch_control_command {
    uint8_t turn; /* its lowest bit: the half that counts */
    uint8_t reserved[7];
    struct etch_control_half half[2];
    /* the program's */
    uint64_t answered;              /* the serial; stored last */
    int32_t status;                 /* 0 or -errno */
    uint32_t begun;                 /* the low bits of the serial of the last one that it began */
    char answer[ETCH_CONTROL_TEXT]; /* a message, or empty */
};

/* Lines `SERIAL NAME if EXPR limit N/s`, the oldest first. */
struct etch_control_rules {
    uint8_t turn;
    uint8_t reserved[7];
    struct etch_control_half half[2];
    uint64_t taken; /* the program's: the serial of the last line that it knows */
};

/* What `etch record -p` asks for. */
enum etch_control_asked {
    ETCH_ATTACH_NOTHING = 0,
    ETCH_ATTACH_RECORD = 1, /* that the next session is as said here */
    ETCH_ATTACH_FINISH = 2, /* that it ends, and its trace is finished */
    ETCH_ATTACH_LEAVE = 3,  /* that it ends; the pool is left to etch */
};

/* It counts as long as its writer holds an OFD write lock on the byte at its
 * offset: who is killed asks for nothing any more. */
struct etch_control_attach {
    uint32_t asked;    /* stored last, of what etch writes */
    uint32_t attached; /* the program's: 1 while its session is the one that was asked for */
    int32_t error;     /* the program's: why that could not begin, 0 or -errno */
    uint32_t policy;   /* enum etch_policy */
    uint64_t buffer;
    uint64_t max_size;
    uint64_t max_files;
    char dir[ETCH_POOL_PATH_MAX]; /* absolute; as dir= of ETCH_TRACE */
};

/* All that a program writes at its start: one page, where pages are smallest. */
struct etch_control_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size; /* with the blocks: whole largest pages */
    uint32_t pid;         /* in the process's PID namespace */
    uint32_t n_groups;    /* read with acquire */
    uint64_t created_ns;  /* CLOCK_BOOTTIME: a process that is younger is another one */
    uint64_t reserved0;
    uint32_t pool; /* it records: 1 + N of pool.PID.N; 0: it does not, or without a name */
    uint32_t reserved1;
    uint64_t address; /* of this in the process, which so proves that it is its; 0: not told */
    uint64_t reserved;
    struct etch_control_group group[ETCH_CONTROL_GROUPS];
    uint64_t until_ns[ETCH_CONTROL_TIMERS]; /* CLOCK_MONOTONIC; 0: not in use */
};

/* What begins a page of every version. */
#define ETCH_CONTROL_COMMON offsetof(struct etch_control_header, reserved0)

struct etch_control_blocks {
    struct etch_control_cpus cpus;
    struct etch_control_attach attach;
    struct etch_control_recording recording;
    struct etch_control_command command;
    struct etch_control_rules rules;
};

/* Where they are in the file, and where one of them is. */
#define ETCH_CONTROL_BLOCKS      4096u
#define ETCH_CONTROL_BLOCK(name) (ETCH_CONTROL_BLOCKS + offsetof(struct etch_control_blocks, name))

/* Of both, without largest pages of more. */
#define ETCH_CONTROL_HEADER_SIZE 20480u

_Static_assert(sizeof(struct etch_control_header) == ETCH_CONTROL_BLOCKS, "one page");
_Static_assert(ETCH_CONTROL_BLOCKS + sizeof(struct etch_control_blocks) <= ETCH_CONTROL_HEADER_SIZE,
               "its pages");

#endif
