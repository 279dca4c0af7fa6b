/* SPDX-License-Identifier: MIT
 *
 * store.h: the memory of a list of declarations: few large blocks, freed at
 * once, so that thousands of declarations cost no thousands of allocations.
 *
 * Reads:  nothing.
 * Writes: its own blocks.
 * Never:  frees or moves a single object.
 */
#ifndef ETCH_DECLARE_STORE_H
#define ETCH_DECLARE_STORE_H

#include <stddef.h>

#include "declare/declare.h"

/* `size` bytes that live as long as the list, aligned for a pointer; NULL: no
 * memory. */
void *etch_store_alloc(struct etch_decl_list *list, size_t size);

/* A copy of `length` bytes, with a NUL behind them. */
char *etch_store_string(struct etch_decl_list *list, const char *text, size_t length);

/* An array of n things with room for one more, by doubling; NULL: no memory, and
 * the array is as it was. */
void *etch_grow(void *v, size_t n, size_t *capacity, size_t size);

/* Makes room for one more declaration and returns it zeroed, not yet counted
 * in list->n. */
struct etch_decl *etch_store_decl(struct etch_decl_list *list);

/* The list's own copy of a file's name. */
const char *etch_store_file(struct etch_decl_list *list, const char *file);

#endif
