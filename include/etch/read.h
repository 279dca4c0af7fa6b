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
    ETCH_RECORD_LOST, /* `lost` events are missing here (dropped by the tracer) */
};

/* One event. Pointers are valid until the next call on the same reader. */
struct etch_record {
    enum etch_record_type type;
    uint64_t time_ns; /* CLOCK_MONOTONIC of the traced machine */
    uint32_t pid;
    uint32_t tid;  /* 0: the format does not tell */
    uint64_t lost; /* ETCH_RECORD_LOST */
    const char *name;
    /* The declaration, or NULL where none is known: then all values are shown
     * raw. Stable as long as the reader: use it as a key. */
    const struct etch_decl *decl;
    uint32_t n_values;
    /* Numbers are extended to 64 bits by the declared type; strings: a pointer,
     * not ended by NUL, with its bytes in length. Doubles: their bits. */
    uint64_t value[ETCH_VALUES_MAX];
    uint32_t length[ETCH_VALUES_MAX];
};

/* How to open. All zero is the default. */
struct etch_read_options {
    const char *const *events_files; /* trace-events files for bare traces, NULL-ended */
    const char *const *exes;         /* instrumented binaries for bare traces, NULL-ended */
    bool no_header;                  /* simple: no file header, ids are indices into events_files */
    bool follow;                     /* next() returns -EAGAIN at the end of a live trace */
    bool unordered;                  /* keep the order of the file (simpletrace) */
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
