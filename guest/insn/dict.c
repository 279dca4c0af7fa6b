/* SPDX-License-Identifier: MIT
 *
 * dict.c: the dictionary of a trace, by id, as paths.
 *
 * Reads:  its entries in the metadata, which may be anything.
 * Writes: nothing.
 * Never:  believes a size that the path's layout does not give.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"

#define IDS_MAX (1u << 26)

/* The part of a path that is used. */
static struct frame_path *path_keep(const struct frame_path *path)
{
    size_t size = offsetof(struct frame_path, insn) + path->count * sizeof(path->insn[0]);
    struct frame_path *kept = malloc(size);
    if (kept != NULL)
        memcpy(kept, path, size);
    return kept;
}

static struct frame_path *path_full(const struct frame_path *stored)
{
    static struct frame_path full;
    frame_begin(&full, FRAME_FULL);
    for (unsigned i = 0; i < stored->count; i++)
        if (!frame_add(&full, stored->insn[i].pc, &stored->insn[i].insn))
            return NULL;
    return path_keep(&full);
}

/* Sizes of frames that are no paths. */
static uint32_t fixed_size(uint32_t id)
{
    static const uint32_t sizes[] = {[FRAME_CUT] = FRAME_CUT_SIZE,
                                     [FRAME_STATE] = FRAME_STATE_SIZE,
                                     [FRAME_SYSCALL] = FRAME_SYSCALL_SIZE,
                                     [FRAME_RESULT] = FRAME_RESULT_SIZE,
                                     [FRAME_SIGNAL] = FRAME_SIGNAL_SIZE};
    return id < sizeof(sizes) / sizeof(sizes[0]) ? sizes[id] : 0;
}

static bool entry_fill(struct entry *e, const struct frame_entry *from)
{
    static struct frame_path path;
    e->size = from->size + 4;
    if (from->id < FRAME_PATHS)
        return e->size == fixed_size(from->id);
    if (!frame_parse(&path, from->attributes) || path.count == 0 ||
        e->size != frame_size(&path, path.count))
        return false;
    e->stored = path_keep(&path);
    if ((path.level == FRAME_REPLAY || path.level == FRAME_RESULTS) && e->stored != NULL)
        e->full = path_full(e->stored);
    else if (path.level != FRAME_BLOCKS)
        e->full = e->stored; /* values are where the path says */
    return e->stored != NULL && (path.level == FRAME_BLOCKS || e->full != NULL);
}

static void entry_free(struct entry *e)
{
    if (e == NULL)
        return;
    for (unsigned i = 0; e->text != NULL && i < e->stored->count; i++)
        free(e->text[i]);
    free(e->text);
    if (e->full != e->stored)
        free(e->full);
    free(e->stored);
    free(e);
}

/* Room for an id. */
static bool grow(struct dict *dict, uint32_t id)
{
    size_t n = dict->n == 0 ? 1024 : dict->n;
    while (n <= id)
        n *= 2;
    struct entry **v = n == dict->n ? dict->v : realloc(dict->v, n * sizeof(struct entry *));
    if (v == NULL)
        return false;
    memset(v + dict->n, 0, (n - dict->n) * sizeof(struct entry *));
    dict->v = v;
    dict->n = n;
    return true;
}

struct entry *dict_find(struct dict *dict, uint32_t id)
{
    if (id < dict->n && dict->v[id] != NULL)
        return dict->v[id];
    const struct frame_entry *found = dict->from != NULL ? frame_find(dict->from, id) : NULL;
    if (found == NULL || id > IDS_MAX || !grow(dict, id))
        return NULL;
    struct entry *e = calloc(1, sizeof(*e));
    if (e == NULL)
        return NULL;
    e->id = id;
    if (!entry_fill(e, found)) {
        entry_free(e);
        return NULL;
    }
    dict->v[id] = e;
    return e;
}

void dict_images(struct dict *dict, struct symbols *symbols)
{
    for (; dict->from != NULL && dict->seen < dict->from->n; dict->seen++) {
        const struct frame_entry *e = &dict->from->v[dict->seen];
        char *path;
        if (strncmp(e->attributes, "image ", 6) != 0)
            continue;
        uint64_t base = strtoull(e->attributes + 6, &path, 16);
        if (*path == ' ')
            symbols_add(symbols, path + 1, base);
    }
}

void dict_free(struct dict *dict)
{
    for (size_t i = 0; i < dict->n; i++)
        entry_free(dict->v[i]);
    free(dict->v);
}
