/* SPDX-License-Identifier: MIT
 *
 * store.c: the memory of a list of declarations.
 *
 * Reads:  nothing.
 * Writes: the blocks, the array of declarations and the names of their files.
 * Never:  frees or moves a single string: all go at once, with the list.
 */
#include "declare/store.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST (16u << 10)
#define BLOCK_MAX   (1u << 20)

struct etch_store {
    struct etch_store *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

static struct etch_store *block_add(struct etch_decl_list *list, size_t least)
{
    size_t size = list->store ? list->store->size * 2 : BLOCK_FIRST;
    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < least)
        size = least;
    struct etch_store *block = malloc(sizeof(*block) + size);
    if (!block)
        return NULL;
    block->next = list->store;
    block->used = 0;
    block->size = size;
    list->store = block;
    return block;
}

static void *take(struct etch_decl_list *list, size_t size, size_t align)
{
    struct etch_store *block = list->store;
    size_t at = block ? (block->used + align - 1) & ~(align - 1) : 0;
    if (!block || at > block->size || size > block->size - at) {
        block = block_add(list, size);
        if (!block)
            return NULL;
        at = 0;
    }
    block->used = at + size;
    return block->bytes + at;
}

void *etch_store_alloc(struct etch_decl_list *list, size_t size)
{
    return take(list, size, alignof(void *));
}

char *etch_store_string(struct etch_decl_list *list, const char *text, size_t length)
{
    char *copy = take(list, length + 1, 1);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void *etch_grow(void *v, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return v;
    size_t more = *capacity ? *capacity * 2 : 32;
    void *moved = reallocarray(v, more, size);
    if (moved)
        *capacity = more;
    return moved;
}

struct etch_decl *etch_store_decl(struct etch_decl_list *list)
{
    struct etch_decl *v = etch_grow(list->v, list->n, &list->capacity, sizeof(*v));
    if (!v)
        return NULL;
    list->v = v;
    struct etch_decl *decl = &list->v[list->n];
    memset(decl, 0, sizeof(*decl));
    return decl;
}

const char *etch_store_file(struct etch_decl_list *list, const char *file)
{
    if (list->n_files && strcmp(list->files[list->n_files - 1], file) == 0)
        return list->files[list->n_files - 1];
    char **files = realloc(list->files, (list->n_files + 1) * sizeof(*files));
    if (!files)
        return NULL;
    list->files = files;
    files[list->n_files] = strdup(file);
    if (!files[list->n_files])
        return NULL;
    return files[list->n_files++];
}

void etch_decl_list_free(struct etch_decl_list *list)
{
    while (list->store) {
        struct etch_store *next = list->store->next;
        free(list->store);
        list->store = next;
    }
    for (size_t i = 0; i < list->n_files; i++)
        free(list->files[i]);
    free(list->files);
    free(list->v);
    memset(list, 0, sizeof(*list));
}
