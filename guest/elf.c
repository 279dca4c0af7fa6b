/* SPDX-License-Identifier: MIT
 *
 * elf.c: loads RISC-V executables.
 *
 * Reads an ELF file, which is hostile: every number is checked before it is
 * used. Maps its segments into the guest's memory. Never allocates.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access.h"
#include "elf.h"
#include "memory.h"

static int fail(const char **error, const char *why)
{
    *error = why;
    return -ENOEXEC;
}

/* Reads all of it. */
static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX - size && pread(fd, to, size, offset) == (ssize_t)size;
}

static int check_header(const struct elf_file *file, const char **error)
{
    const Elf64_Ehdr *h = &file->header;
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        return fail(error, "is not an ELF file");
    if (h->e_ident[EI_DATA] != ELFDATA2LSB)
        return fail(error, "is big-endian; RISC-V programs are little-endian");
    if (h->e_ident[EI_CLASS] != ELFCLASS64)
        return fail(error, "is of 32 bits; only RV64 programs run");
    if (h->e_machine != EM_RISCV)
        return fail(error, "is for another machine; build it for RISC-V (riscv64-linux-gnu-gcc)");
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return fail(error, "is neither an executable nor a shared object; link it");
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0)
        return fail(error, "has no program headers");
    if (h->e_phnum > ELF_SEGMENTS)
        return fail(error, "has more than 64 program headers");
    return 0;
}

static int check_load(struct elf_file *file, const Elf64_Phdr *p, uint64_t length,
                      const char **error)
{
    if (p->p_memsz == 0)
        return 0;
    if (p->p_filesz > p->p_memsz)
        return fail(error, "has a segment that is longer in the file than in memory");
    if (p->p_offset > length || p->p_filesz > length - p->p_offset)
        return fail(error, "is cut off: a segment ends behind the end of the file");
    if (p->p_filesz != 0 && (p->p_offset - p->p_vaddr) % GUEST_PAGE != 0)
        return fail(error, "has a segment that does not lie on a page as its address does");
    if (p->p_vaddr >= GUEST_TOP || p->p_memsz > GUEST_TOP - p->p_vaddr - GUEST_PAGE)
        return fail(error, "has a segment outside the guest's address space");
    uint64_t low = p->p_vaddr & ~(GUEST_PAGE - 1);
    uint64_t high = (p->p_vaddr + p->p_memsz + GUEST_PAGE - 1) & ~(GUEST_PAGE - 1);
    if (file->header.e_type == ET_EXEC && low < GUEST_BOTTOM)
        return fail(error, "has a segment below 0x10000");
    if (file->high > low)
        return fail(error, "has segments that overlap, or not in the order of their addresses");
    if (file->high == 0)
        file->low = low;
    file->high = high;
    return 0;
}

int elf_read(struct elf_file *file, int fd, const char **error)
{
    struct stat st;
    memset(file, 0, sizeof(*file));
    file->fd = fd;
    if (fstat(fd, &st) < 0)
        return fail(error, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(error, "is not a regular file");
    if (!read_at(fd, &file->header, sizeof(file->header), 0))
        return fail(error, "is too short to be an ELF file");
    int code = check_header(file, error);
    if (code < 0)
        return code;
    unsigned count = file->header.e_phnum;
    if (!read_at(fd, file->segments, count * sizeof(Elf64_Phdr), file->header.e_phoff))
        return fail(error, "is cut off: its program headers are not there");
    for (unsigned i = 0; i < count && code == 0; i++) {
        const Elf64_Phdr *p = &file->segments[i];
        if (p->p_type == PT_LOAD)
            code = check_load(file, p, st.st_size, error);
        if (p->p_type != PT_INTERP)
            continue;
        /* With its NUL, which is there. */
        if (p->p_filesz < 2 || p->p_filesz > sizeof(file->interpreter) ||
            !read_at(fd, file->interpreter, p->p_filesz, p->p_offset) ||
            file->interpreter[p->p_filesz - 1] != '\0')
            return fail(error, "has a name of its dynamic loader that cannot be read");
    }
    if (code == 0 && file->high == 0)
        return fail(error, "has nothing to load");
    return code;
}

/* What is behind the file's bytes is 0 to the end of their last page, which the
 * dynamic loader uses as memory of its own, and so are pages behind it. */
static int map_zeros(uint64_t from, uint64_t to, int prot)
{
    uint64_t page = (from + GUEST_PAGE - 1) & ~(GUEST_PAGE - 1);
    if (from < page && (prot & PROT_WRITE)) {
        static const char zeros[GUEST_PAGE];
        if (guest_write(from, zeros, page - from) < 0)
            return -EFAULT;
    }
    if (page >= to)
        return 0;
    int64_t at = guest_mmap(page, to - page, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return at < 0 ? (int)at : 0;
}

static int map_segment(const struct elf_file *file, const Elf64_Phdr *p)
{
    int prot = (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) |
               (p->p_flags & PF_X ? PROT_EXEC : 0);
    uint64_t start = p->p_vaddr + file->bias, skipped = start % GUEST_PAGE;
    if (p->p_memsz == 0)
        return 0;
    if (p->p_filesz != 0) {
        int64_t at = guest_mmap(start - skipped, p->p_filesz + skipped, prot,
                                MAP_PRIVATE | MAP_FIXED, file->fd, p->p_offset - skipped);
        if (at < 0)
            return at;
    }
    uint64_t zeros = p->p_filesz != 0 ? start + p->p_filesz : start - skipped;
    return p->p_filesz == p->p_memsz ? 0 : map_zeros(zeros, start + p->p_memsz, prot);
}

int elf_map(struct elf_file *file, uint64_t wish, const char **error)
{
    uint64_t size = file->high - file->low;
    bool anywhere = file->header.e_type == ET_DYN;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    /* All of it is taken first: no segment gets between those of another file. */
    int64_t at = guest_mmap(anywhere ? wish : file->low, size, PROT_NONE,
                            flags | (anywhere ? 0 : MAP_FIXED_NOREPLACE), -1, 0);
    if (at < 0) {
        *error = "finds no room in the guest's address space";
        return at;
    }
    file->bias = at - file->low;
    for (unsigned i = 0; i < file->header.e_phnum; i++) {
        const Elf64_Phdr *p = &file->segments[i];
        int code = p->p_type == PT_LOAD ? map_segment(file, p) : 0;
        if (code < 0) {
            *error = strerror(-code);
            return code;
        }
    }
    return 0;
}

uint64_t elf_headers(const struct elf_file *file)
{
    uint64_t start = file->header.e_phoff, size = file->header.e_phnum * sizeof(Elf64_Phdr);
    for (unsigned i = 0; i < file->header.e_phnum; i++) {
        const Elf64_Phdr *p = &file->segments[i];
        if (p->p_type == PT_LOAD && start >= p->p_offset && start - p->p_offset <= p->p_filesz &&
            size <= p->p_filesz - (start - p->p_offset))
            return p->p_vaddr + file->bias + (start - p->p_offset);
    }
    return 0;
}
