/* SPDX-License-Identifier: MIT
 *
 * read.h: the decode API of libetch-read: any trace as one stream of events in
 * time order.
 *
 * Not thread-safe: a reader belongs to one thread. Traces are treated as
 * hostile; nothing of them is executed or loaded.
 */
#ifndef ETCH_READ_H
#define ETCH_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ETCH_VALUES_MAX 64

struct etch_decl; /* a declared event: declare/declare.h */

/* What next() returned. */
enum etch_record_type {
    ETCH_RECORD_EVENT,
    ETCH_RECORD_LOST,   /* events are missing here */
    ETCH_RECORD_FRAMES, /* a packet of frames (etch/frame.h), where they are asked for */
};

/* Why events are missing. */
enum etch_lost_reason {
    ETCH_LOST_DROPPED,     /* by the tracer: the format tells no more */
    ETCH_LOST_DISCARDED,   /* policies drop and block: there was no room for them */
    ETCH_LOST_OVERWRITTEN, /* policy overwrite: later ones took their room */
    ETCH_LOST_ROTATED, /* the file that held them was removed: there were max-files newer ones */
    ETCH_LOST_DAMAGED, /* they are in the trace, and cannot be read */
};

/* ETCH_RECORD_LOST: what is missing, and between which moments. */
struct etch_lost {
    enum etch_lost_reason reason;
    uint64_t packets, bytes; /* in which they were; 0: not known */
    uint64_t from_ns, to_ns; /* both 0: not known */
};

/* One event. Pointers are valid until the next call on the same reader. */
struct etch_record {
    enum etch_record_type type;
    uint64_t time_ns; /* CLOCK_MONOTONIC of the traced machine */
    /* The event is declared notime: it fired behind the one before it in its
     * thread, not before time_ns; when is not known. */
    bool not_before;
    uint32_t pid;
    uint32_t tid;  /* 0: the format does not tell */
    uint64_t lost; /* ETCH_RECORD_LOST: events; 0: how many is not known */
    struct etch_lost why;
    /* The path of the executable, or NULL where the trace does not tell. Valid as
     * long as the reader. */
    const char *program;
    const char *name;
    /* The declaration, or NULL where none is known: then the payload is shown
     * raw, a number for each 8 bytes of it with length 0, or, where it is no
     * multiple of 8 bytes, one value with pointer and length of all its bytes.
     * Stable as long as the reader: use it as a key. */
    const struct etch_decl *decl;
    uint32_t n_values;
    /* Numbers are extended to 64 bits by the declared type; strings: a pointer,
     * not ended by NUL, with its bytes in length; 0 for a NULL string, where the
     * format can tell it. Doubles: their bits (under
     * ETCH_SIMPLETRACE_*: the number that stands in the file). Of frames: their
     * address, their bytes, and the address of their dictionary, or 0. */
    uint64_t value[ETCH_VALUES_MAX];
    uint32_t length[ETCH_VALUES_MAX];
};

/* Whose rules hold for damaged files of the simple format. */
enum etch_simpletrace {
    ETCH_SIMPLETRACE_NO = 0, /* ours: every check, and on behind the damage */
    ETCH_SIMPLETRACE_11,     /* simpletrace.py's of QEMU 11: format 4 only, names but no
                              * lengths compared, the first fault ends the trace */
    ETCH_SIMPLETRACE_2_8,    /* of QEMU 2.8: record lengths are not looked at */
};

enum etch_fault_kind {
    ETCH_FAULT_NONE = 0,
    ETCH_FAULT_SYSTEM,         /* open or read failed: the errno was returned */
    ETCH_FAULT_HEADER_CUT,     /* shorter than the file header */
    ETCH_FAULT_HEADER_ID,      /* number: what stands there */
    ETCH_FAULT_HEADER_MAGIC,   /* number: what stands there */
    ETCH_FAULT_HEADER_VERSION, /* number: the version */
    ETCH_FAULT_TYPE_CUT,       /* the file ends in a type word */
    ETCH_FAULT_RECORD_CUT,     /* in the head of an event */
    ETCH_FAULT_MAPPING_CUT,    /* in the id or length of a mapping */
    ETCH_FAULT_PAYLOAD_CUT,    /* the payload ends in a number or string length */
    ETCH_FAULT_LENGTH,         /* number: a record length below 24 */
    ETCH_FAULT_UNMAPPED,       /* number: an id without mapping */
    ETCH_FAULT_UNDECLARED,     /* name: an event that no events file declares */
    ETCH_FAULT_MISMATCH,       /* name: payload and declaration do not fit */
    ETCH_FAULT_DAMAGED,        /* anything else */
};

/* What was wrong, beside the message. */
struct etch_read_fault {
    enum etch_fault_kind kind;
    const char *path; /* valid as name: until the next call on the reader */
    uint64_t offset;  /* in the file */
    uint64_t number;
    const char *name;
};

/* How to open. All zero is the default. */
struct etch_read_options {
    const char *const *events_files; /* trace-events files for bare traces, NULL-ended */
    const char *const *exes;         /* instrumented binaries for bare traces, NULL-ended */
    bool no_header;                  /* simple: no file header, ids are indices into events_files */
    bool follow;                     /* next() returns -EAGAIN at the end of a live trace */
    bool frames;                     /* give packets of frames, too */
    bool unordered;                  /* keep the order of the file (simpletrace) */
    enum etch_simpletrace
        simpletrace;               /* not 0: implies unordered; header faults come from next() */
    struct etch_read_fault *fault; /* filled whenever a function fails; may be NULL */
};

struct etch_reader;

/* Opens traces: a folder made by `etch record`, a trace file of QEMU's simple
 * format, or several of them. Pools that a killed process left are merged.
 * 0 or -errno with *error a malloc'd message that names file, offset and cure. */
int etch_reader_open(struct etch_reader **reader, const char *const *paths, size_t n_paths,
                     const struct etch_read_options *options, char **error);

/* The next event in time order. 1: one; 0: the end; -EAGAIN: the end so far
 * (follow); -errno: damaged, with *error as above; calling on resumes with what
 * can still be read (of other files, say). */
int etch_reader_next(struct etch_reader *reader, struct etch_record *record, char **error);

/* Bytes read so far and in all: for a progress bar. */
void etch_reader_progress(const struct etch_reader *reader, uint64_t *done, uint64_t *all);

void etch_reader_close(struct etch_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
