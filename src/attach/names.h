/* SPDX-License-Identifier: MIT
 *
 * names.h: an open program, as the files of this folder share it, and the names of
 * its events.
 */
#ifndef ETCH_ATTACH_NAMES_H
#define ETCH_ATTACH_NAMES_H

#include "attach/attach.h"
#include "format/note.h"

/* Of one group. */
struct names {
    struct etch_note *note; /* checked; NULL: unloaded */
    size_t first, n;        /* its events among those of the program */
};

struct attach {
    struct attach_process process;
    int fd;
    struct etch_control_header header;
    struct etch_control_cpus cpus;
    struct names names[ETCH_CONTROL_GROUPS]; /* of the first n_loaded groups */
    uint32_t n_loaded;
    size_t n_events; /* of them */
    uint16_t *words;
};

/* The group of event i, which is one of n_events. */
uint32_t names_group(const struct attach *a, size_t i);
void names_free(struct attach *a);

/* What an etch that was killed before the program recorded anything for it has left
 * on is switched off. */
void attach_settle(struct attach *a);

/* Has its drain look at the page now, else it does within a tenth of a second: where the
 * pool has no name. */
void attach_wake(struct attach *a);

/* Opens the process's pool. A descriptor or -ENOENT. */
int attach_pool(const struct attach_process *p, int access);

/* A message in *error, malloc'd, and `code`. */
__attribute__((format(printf, 3, 4))) int attach_fail(char **error, int code, const char *format,
                                                      ...);

#endif
