/* SPDX-License-Identifier: MIT
 *
 * elf.h: a guest's executable, or its dynamic loader, as a file and in memory.
 */
#ifndef ETCH_GUEST_ELF_H
#define ETCH_GUEST_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define ELF_SEGMENTS 64

struct elf_file {
    int fd;
    Elf64_Ehdr header;
    Elf64_Phdr segments[ELF_SEGMENTS];
    uint64_t low; /* what its PT_LOADs span, of whole pages */
    uint64_t high;
    char interpreter[256]; /* "": it is static */
    /* Once it is mapped: what is added to the addresses of the file. */
    uint64_t bias;
};

/* Reads what has to be known, and checks it: 0, or -errno with the reason (a text
 * without an end) in *error. `fd` stays the caller's. */
int elf_read(struct elf_file *file, int fd, const char **error);

/* Maps its segments, 0 or -errno; one that may lie anywhere, at `wish` if there is
 * room. */
int elf_map(struct elf_file *file, uint64_t wish, const char **error);

/* In memory: where the program headers are; 0: they are not loaded. */
uint64_t elf_headers(const struct elf_file *file);

#endif
