/* SPDX-License-Identifier: MIT
 *
 * cost_probe.c: a uprobe on an SDT probe of this very program, with its semaphore.
 *
 * Reads:  the program's own file.
 * Writes: nothing; the kernel counts until the process ends.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cost.h"

enum { NOTE_TYPE = 3 };

static const char self[] = "/proc/self/exe";

struct program {
    const unsigned char *bytes;
    size_t size;
};

static const ElfW(Shdr) * section(const struct program *p, const char *name)
{
    const ElfW(Ehdr) *head = (const void *)p->bytes;
    const ElfW(Shdr) *sections = (const void *)(p->bytes + head->e_shoff);
    const char *names = (const char *)p->bytes + sections[head->e_shstrndx].sh_offset;
    for (unsigned i = 0; i < head->e_shnum; i++)
        if (strcmp(names + sections[i].sh_name, name) == 0)
            return &sections[i];
    return NULL;
}

/* Where an address of the program lies in its file. */
static uint64_t in_file(const struct program *p, uintptr_t address)
{
    const ElfW(Ehdr) *head = (const void *)p->bytes;
    const ElfW(Phdr) *segments = (const void *)(p->bytes + head->e_phoff);
    for (unsigned i = 0; i < head->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && address - segments[i].p_vaddr < segments[i].p_filesz)
            return address - segments[i].p_vaddr + segments[i].p_offset;
    return 0;
}

/* Each note holds where the probe is, where .stapsdt.base was when it was linked, where
 * the semaphore is, and the names of provider and probe. */
static int find(const struct program *p, const char *event, uint64_t *probe, uint64_t *semaphore)
{
    const ElfW(Shdr) *notes = section(p, ".note.stapsdt"), *base = section(p, ".stapsdt.base");
    if (notes == NULL || base == NULL)
        return -ENOENT;
    const unsigned char *at = p->bytes + notes->sh_offset, *end = at + notes->sh_size;
    while (at < end) {
        const ElfW(Nhdr) *note = (const void *)at;
        const unsigned char *body = at + sizeof(*note) + ((note->n_namesz + 3) & ~3u);
        const char *provider = (const char *)body + 3 * sizeof(uintptr_t);
        uintptr_t where[3];
        memcpy(where, body, sizeof(where));
        at = body + ((note->n_descsz + 3) & ~3u);
        if (note->n_type != NOTE_TYPE || strcmp(provider + strlen(provider) + 1, event) != 0)
            continue;
        uintptr_t moved = base->sh_addr - where[1];
        *probe = in_file(p, where[0] + moved);
        *semaphore = in_file(p, where[2] + moved);
        return 0;
    }
    return -ENOENT;
}

static int kind_of_uprobe(void)
{
    int kind = -1;
    FILE *file = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
    if (file == NULL)
        return -errno;
    int got = fscanf(file, "%d", &kind);
    fclose(file);
    return got == 1 ? kind : -EIO;
}

static int count(uint64_t probe, uint64_t semaphore)
{
    int kind = kind_of_uprobe();
    struct perf_event_attr attr = {.type = (uint32_t)kind,
                                   .size = sizeof(attr),
                                   .config = semaphore << 32,
                                   .config1 = (uintptr_t)self,
                                   .config2 = probe};
    if (kind < 0)
        return kind;
    return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) < 0 ? -errno : 0;
}

int cost_probe(const char *event)
{
    struct stat st;
    uint64_t probe, semaphore;
    int fd = open(self, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    struct program p = {.size = (size_t)st.st_size};
    void *map = mmap(NULL, p.size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return -errno;
    p.bytes = map;
    int error = find(&p, event, &probe, &semaphore);
    munmap(map, p.size);
    return error < 0 ? error : count(probe, semaphore);
}
