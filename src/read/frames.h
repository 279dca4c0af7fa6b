/* SPDX-License-Identifier: MIT
 *
 * frames.h: the dictionary of a trace's frames (etch/frame.h), as its metadata
 * have it.
 *
 * Reads:  the metadata's words.
 * Writes: nothing.
 * Never:  moves an entry's texts.
 */
#ifndef ETCH_READ_FRAMES_H
#define ETCH_READ_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "read/tsdl_lex.h"

struct frame_entry {
    uint32_t id;
    uint32_t size; /* bytes of the fields, without the id */
    char *name;
    char *attributes;
    char *kinds;  /* a letter a field */
    char **field; /* their names */
};

/* In order of ids. */
struct frame_dict {
    struct frame_entry *v;
    size_t n, capacity;
};

/* NULL: there is none. */
const struct frame_entry *frame_find(const struct frame_dict *dict, uint32_t id);

/* How many of `size` bytes are whole frames, and how many those are. */
size_t frames_measure(const struct frame_dict *dict, const unsigned char *p, size_t size,
                      uint64_t *frames);

/* Takes the block of an entry from behind its stream_id on; name, which is malloc'd,
 * is owned. 0; -EINVAL: it is none; -ENOMEM. An id that is known already stays as
 * it is. */
int frame_take(struct frame_dict *dict, struct tsdl_lexer *lexer, uint32_t id, char *name);

void frame_dict_free(struct frame_dict *dict);

#endif
