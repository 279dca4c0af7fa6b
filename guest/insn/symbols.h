/* SPDX-License-Identifier: MIT
 *
 * symbols.h: names for addresses, from the symbol tables of ELF files.
 *
 * Reads:  the files, which may be anything.
 * Writes: nothing.
 * Never:  runs or maps them.
 */
#ifndef ETCH_GUEST_INSN_SYMBOLS_H
#define ETCH_GUEST_INSN_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
    uint64_t start, size;
    const char *name;
};

struct symbols {
    struct symbol *v; /* in order of their start */
    size_t n, capacity;
    char **texts;
    size_t n_texts;
    bool sorted;
};

/* Adds a file's, which is loaded `base` above its own addresses. 0 or -errno. */
int symbols_add(struct symbols *symbols, const char *path, uint64_t base);

/* The one in which an address lies, or NULL. */
const struct symbol *symbols_at(struct symbols *symbols, uint64_t address);

/* An address by its name; false: there is none. */
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *address);

void symbols_free(struct symbols *symbols);

#endif
