/* SPDX-License-Identifier: MIT
 *
 * in_note.c: the notes of an ELF file; see in_note.h. All offsets and counts
 * of the file are taken as hostile: what does not lie in it is not read.
 */
#include "read/in_note.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/note.h"
#include "read/fault.h"
#include "read/read_at.h"

/* Far above any real one: QEMU's 6,348 events take 1.5 MB. */
#define NOTES_MAX    (64u << 20)
#define SECTIONS_MAX 100000u

struct elf {
    const char *path;
    char **error;
    int fd;
    uint64_t size;
    bool wide, swap;
    uint64_t shoff, shnum, phoff, phnum;
    unsigned shentsize, phentsize;
    struct etch_decl_list *list; /* NULL: events are not asked for */
    unsigned n_notes;
    char build_id[ETCH_BUILD_ID_SIZE];
};

__attribute__((format(printf, 3, 4))) static int refuse(struct elf *elf, int code,
                                                        const char *format, ...)
{
    struct fault fault = {NULL, elf->error};
    struct etch_read_fault what = {.path = elf->path};
    va_list ap;
    va_start(ap, format);
    fault_vset(&fault, code, &what, format, ap);
    va_end(ap);
    return code;
}

static bool read_elf(const struct elf *elf, void *to, size_t size, uint64_t offset)
{
    if (offset > elf->size || size > elf->size - offset)
        return false;
    return read_at(elf->fd, to, size, offset);
}

/* A number of 2, 4 or 8 bytes in the file's byte order. */
static uint64_t number(const struct elf *elf, const unsigned char *p, size_t size)
{
    uint64_t v = 0;
    bool little = (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) != elf->swap;
    for (size_t i = 0; i < size; i++)
        v = v << 8 | p[little ? size - 1 - i : i];
    return v;
}

/* A field of a structure that has two layouts. */
#define FIELD(elf, bytes, type, field)                                                             \
    ((elf)->wide ? number(elf, (bytes) + offsetof(Elf64_##type, field),                            \
                          sizeof(((Elf64_##type *)0)->field))                                      \
                 : number(elf, (bytes) + offsetof(Elf32_##type, field),                            \
                          sizeof(((Elf32_##type *)0)->field)))

static size_t struct_size(const struct elf *elf, size_t narrow, size_t wide)
{
    return elf->wide ? wide : narrow;
}

static int read_header(struct elf *elf)
{
    unsigned char h[sizeof(Elf64_Ehdr)] = {0};
    if (!read_elf(elf, h, sizeof(Elf32_Ehdr), 0) || memcmp(h, ELFMAG, SELFMAG) != 0)
        return refuse(elf, -ENOEXEC, "not an ELF file");
    if ((h[EI_CLASS] != ELFCLASS32 && h[EI_CLASS] != ELFCLASS64) ||
        (h[EI_DATA] != ELFDATA2LSB && h[EI_DATA] != ELFDATA2MSB))
        return refuse(elf, -ENOEXEC, "an ELF file of unknown class or byte order");
    elf->wide = h[EI_CLASS] == ELFCLASS64;
    elf->swap = (h[EI_DATA] == ELFDATA2LSB) != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    if (elf->wide && !read_elf(elf, h, sizeof(h), 0))
        return refuse(elf, -ENOEXEC, "the ELF file is cut in its header");
    elf->shoff = FIELD(elf, h, Ehdr, e_shoff);
    elf->shnum = FIELD(elf, h, Ehdr, e_shnum);
    elf->shentsize = (unsigned)FIELD(elf, h, Ehdr, e_shentsize);
    elf->phoff = FIELD(elf, h, Ehdr, e_phoff);
    elf->phnum = FIELD(elf, h, Ehdr, e_phnum);
    elf->phentsize = (unsigned)FIELD(elf, h, Ehdr, e_phentsize);
    unsigned char s[sizeof(Elf64_Shdr)];
    size_t size = struct_size(elf, sizeof(Elf32_Shdr), sizeof(Elf64_Shdr));
    /* With 65,280 sections and more the count stands in the first. */
    if (elf->shnum == 0 && elf->shoff != 0 && read_elf(elf, s, size, elf->shoff))
        elf->shnum = FIELD(elf, s, Shdr, sh_size);
    if (elf->shnum > SECTIONS_MAX)
        elf->shnum = SECTIONS_MAX;
    return 0;
}

static void take_build_id(struct elf *elf, const unsigned char *id, uint64_t size)
{
    for (uint64_t i = 0; i < size && 2 * i + 2 < sizeof(elf->build_id); i++)
        snprintf(elf->build_id + 2 * i, 3, "%02x", id[i]);
}

/* The notes of one section or segment. */
static int parse_notes(struct elf *elf, const unsigned char *p, size_t left)
{
    while (left >= sizeof(Elf32_Nhdr)) {
        uint64_t name_size = number(elf, p, 4), desc_size = number(elf, p + 4, 4);
        uint64_t type = number(elf, p + 8, 4);
        if (name_size == 0) { /* padding between two objects' notes */
            p += 4;
            left -= 4;
            continue;
        }
        uint64_t name_room = (name_size + 3) & ~UINT64_C(3);
        uint64_t desc_room = (desc_size + 3) & ~UINT64_C(3);
        if (name_room > left - 12 || desc_size > left - 12 - name_room)
            break; /* of another alignment, or damaged */
        if (type == NT_GNU_BUILD_ID && name_size == sizeof(ELF_NOTE_GNU) &&
            memcmp(p + 12, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0)
            take_build_id(elf, p + 12 + name_room, desc_size);
        if (elf->list != NULL && type == ETCH_NOTE_TYPE && name_size == sizeof(ETCH_NOTE_OWNER) &&
            memcmp(p + 12, ETCH_NOTE_OWNER, sizeof(ETCH_NOTE_OWNER)) == 0) {
            struct note_machine machine;
            int error =
                note_parse(p + 12 + name_room, (size_t)desc_size, elf->swap, elf->list, &machine);
            if (error == -EINVAL)
                return refuse(elf, error,
                              "the note .note.etch is damaged or of another version of etch");
            if (error < 0)
                return refuse(elf, error, "%s", strerror(-error));
            elf->n_notes++;
        }
        uint64_t whole = 12 + name_room + desc_room;
        if (whole >= left)
            break;
        p += whole;
        left -= (size_t)whole;
    }
    return 0;
}

static int load_notes(struct elf *elf, uint64_t offset, uint64_t size)
{
    if (size > NOTES_MAX || offset > elf->size || size > elf->size - offset)
        return 0;
    unsigned char *data = malloc((size_t)size + 1);
    if (data == NULL)
        return refuse(elf, -ENOMEM, "%s", strerror(ENOMEM));
    int error = read_elf(elf, data, (size_t)size, offset) ? parse_notes(elf, data, (size_t)size)
                                                          : refuse(elf, -EIO, "cannot be read");
    free(data);
    return error;
}

static int load_sections(struct elf *elf)
{
    unsigned char s[sizeof(Elf64_Shdr)];
    size_t size = struct_size(elf, sizeof(Elf32_Shdr), sizeof(Elf64_Shdr));
    if (elf->shoff == 0 || elf->shentsize < size)
        return 0;
    int error = 0;
    for (uint64_t i = 0; i < elf->shnum && error == 0; i++) {
        if (elf->shoff > elf->size || !read_elf(elf, s, size, elf->shoff + i * elf->shentsize))
            break;
        if (FIELD(elf, s, Shdr, sh_type) == SHT_NOTE)
            error = load_notes(elf, FIELD(elf, s, Shdr, sh_offset), FIELD(elf, s, Shdr, sh_size));
    }
    return error;
}

static int load_segments(struct elf *elf)
{
    unsigned char s[sizeof(Elf64_Phdr)];
    size_t size = struct_size(elf, sizeof(Elf32_Phdr), sizeof(Elf64_Phdr));
    if (elf->phoff == 0 || elf->phentsize < size)
        return 0;
    int error = 0;
    for (uint64_t i = 0; i < elf->phnum && error == 0; i++) {
        if (elf->phoff > elf->size || !read_elf(elf, s, size, elf->phoff + i * elf->phentsize))
            break;
        if (FIELD(elf, s, Phdr, p_type) == PT_NOTE)
            error = load_notes(elf, FIELD(elf, s, Phdr, p_offset), FIELD(elf, s, Phdr, p_filesz));
    }
    return error;
}

/* Reads the notes of a file. 0 or -errno. */
static int scan(struct elf *elf)
{
    elf->fd = open(elf->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (elf->fd < 0 || fstat(elf->fd, &st) < 0) {
        int code = -errno;
        if (elf->fd >= 0)
            close(elf->fd);
        return refuse(elf, code, "%s", strerror(-code));
    }
    elf->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    int code = read_header(elf);
    if (code == 0)
        code = load_sections(elf);
    if (code == 0 && elf->n_notes == 0) /* sstrip leaves the segments alone */
        code = load_segments(elf);
    close(elf->fd);
    return code;
}

int etch_note_load(const char *path, struct etch_decl_list *list, char **error)
{
    struct elf elf = {.path = path, .error = error, .list = list};
    *error = NULL;
    int code = scan(&elf);
    if (code == 0 && elf.n_notes == 0)
        code = refuse(&elf, -ENODATA,
                      "no events in it: not built with code from `etch gen`, or built with a "
                      "backend that stores none");
    return code;
}

int etch_build_id(const char *path, char hex[ETCH_BUILD_ID_SIZE])
{
    char *error = NULL;
    struct elf elf = {.path = path, .error = &error};
    int code = scan(&elf);
    free(error);
    memcpy(hex, elf.build_id, sizeof(elf.build_id));
    return code < 0 ? code : hex[0] != '\0' ? 0 : -ENODATA;
}
