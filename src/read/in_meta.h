/* SPDX-License-Identifier: MIT
 *
 * in_meta.h: the side file of a trace (format/meta.h): declarations by id,
 * command and clocks.
 *
 * Reads:  the side file, as far as it is written.
 * Writes: nothing.
 * Never:  moves a declaration that it has given out.
 */
#ifndef ETCH_READ_IN_META_H
#define ETCH_READ_IN_META_H

#include "format/meta.h"
#include "format/pool.h"
#include "read/fault.h"
#include "read/in_note.h"

/* The events of one group: list.v[i] has the id first_id + i. */
struct meta_group {
    uint32_t first_id;
    char *name; /* NULL: not known */
    struct note_machine machine;
    struct etch_decl_list list;
};

/* A declaration that was found. */
struct meta_known {
    const struct etch_decl *decl;
    const struct note_machine *machine;
    size_t fixed; /* bytes of its arguments; SIZE_MAX: they differ, or are too many */
};

/* What a trace says of itself: its side file, or its metadata (tsdl.h). */
struct meta {
    char *path;
    int fd; /* of a side file, else -1 */
    /* Reads what was appended since. 0 or -errno. */
    int (*update)(struct meta *meta, struct fault *fault);
    struct meta *fallback; /* tells of ids that are not here; outlives this one, or NULL */
    uint64_t offset;       /* bytes that were read */
    bool swap;
    struct etch_meta_header header;
    struct meta_group **group;
    size_t n_groups;
    struct meta_known *known; /* by id, as they were asked for */
    size_t n_known;
    char *exe;     /* or NULL */
    char *command; /* argv, each ending in NUL; or NULL */
    size_t command_size;
    struct etch_clock_pair first, last; /* all zero: none */
    struct etch_pool_next *files;       /* where the trace went on, in this order */
    size_t n_files;
    bool ended;
    struct etch_meta_end end;
};

/* Opens and reads what is there. 0 or -errno; -ENOENT is silent. Where a record
 * is damaged, -EINVAL and *meta has what stands before it; else it is NULL. */
int meta_open(struct meta **meta, const char *path, struct fault *fault);

/* Appends an empty group, or NULL: out of memory. */
struct meta_group *meta_add_group(struct meta *meta, uint32_t first_id);

void meta_close(struct meta *meta);

/* The declaration of an id and its group's machine, or NULL. Looks for what
 * was appended if it is not there. */
const struct etch_decl *meta_find(struct meta *meta, uint64_t id,
                                  const struct note_machine **machine);

/* The bytes that the arguments of an event take; SIZE_MAX: they differ, or it was
 * not looked for yet. */
static inline size_t meta_fixed_size(const struct meta *meta, uint64_t id)
{
    return id < meta->n_known && meta->known[id].decl != NULL ? meta->known[id].fixed : SIZE_MAX;
}

#endif
