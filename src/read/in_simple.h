/* SPDX-License-Identifier: MIT
 *
 * in_simple.h: QEMU's binary trace file, formats 0, 2, 3 and 4, either byte
 * order.
 *
 * Reads:  one file or pipe, once from front to back.
 * Writes: nothing.
 * Never:  trusts a length or an id; keeps more than a window of events.
 */
#ifndef ETCH_READ_IN_SIMPLE_H
#define ETCH_READ_IN_SIMPLE_H

#include "read/declared.h"
#include "read/input.h"
#include "read/plan.h"
#include "read/source.h"

/* The longest record that is believed; real ones stay below 40 KiB. */
#define SIMPLE_RECORD_MAX (1u << 20)
/* The longest name of an event that is believed. */
#define SIMPLE_NAME_MAX 4096u

/* What a file is read with. */
struct simple_config {
    const struct etch_read_options *options;
    const struct declared *declared;
    /* Declarations by id, from the side file; NULL: none. */
    const struct etch_decl *(*by_id)(void *arg, uint64_t id, const char *name);
    void *by_id_arg;
    uint64_t limit; /* bytes of the file that count; UINT64_MAX: all */
    bool growing;   /* a live process appends: the end is the end so far */
};

/* One event, located. */
struct simple_event {
    uint64_t time;
    uint64_t payload; /* its offset in the file */
    uint32_t size;    /* of the payload */
    uint32_t pid;
    struct plan *plan; /* NULL: a dropped record */
};

struct simple {
    struct source source;
    struct input in;
    struct simple_config config;
    struct plan_table plans;
    uint64_t version;
    bool swap;
    bool started;  /* the header was read */
    bool headless; /* what is there is no header, which was told */
    bool over;     /* nothing more comes: a failed read, or simpletrace's first fault */
    bool again;    /* `repeat` was refused with a message and comes next, raw */
    struct simple_event repeat;
    unsigned unmapped; /* ids without mapping so far */
    struct window *window;
};

/* Opens a file; see simple_config. 0 or -errno with a message. */
int simple_open(struct source **source, const char *path, const struct simple_config *config,
                struct fault *fault);

/* Whether the 24 bytes are the header of a simple file, in either byte order. */
bool simple_is_header(const unsigned char *bytes);

/* ---- between in_simple.c and its parts ---- */

/* Reads the header. 0 or -errno. */
int simple_header(struct simple *s);

/* Reports a fault `at` bytes behind the current position. */
int simple_fault(struct simple *s, enum etch_fault_kind kind, uint64_t number, const char *name,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Enters a mapping. `name` is not ended by NUL. 0 or -ENOMEM. */
int simple_map(struct simple *s, uint64_t id, const char *name, size_t size);

/* Reports damage `kind` at the current position and steps to the next place
 * where a record can begin. Returns -errno. */
int simple_resync(struct simple *s, enum etch_fault_kind kind, const char *text);

/* Whether a record can begin `skip` bytes ahead, or the file ends there;
 * `strict`: a whole record of a known event. */
bool simple_plausible(struct simple *s, size_t skip, bool strict);

/* Locates the next event and steps over it: 1, 0, -EAGAIN or -errno. */
int simple_scan(struct simple *s, struct simple_event *event);

/* Fills a record from a located event: 1 or -errno. */
int simple_decode(struct simple *s, const struct simple_event *event, struct etch_record *record);

/* The next event by simpletrace.py's rules (in_simpletrace.c). */
int simple_next_simpletrace(struct simple *s, struct etch_record *record);

/* The next event in order of time, within a window (window.c). */
struct window *window_new(void);
void window_free(struct window *window);
int simple_next_ordered(struct simple *s, struct etch_record *record);

#endif
