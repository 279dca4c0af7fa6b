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

#include "declare/store.h"
#include "format/note.h"
#include "format/site.h"
#include "read/fault.h"
#include "read/read_at.h"

/* Far above any real one: QEMU's 6,348 events take 1.5 MB. */
#define NOTES_MAX    (64u << 20)
#define SECTIONS_MAX 100000u
/* Of a call of etch/here.h: format, file and arguments. */
#define SITE_TEXT_MAX 16384u

/* Addresses of a call of etch/here.h: of its enable word and of its struct
 * etch_site. */
struct site_place {
    uint64_t word, site;
};

struct elf {
    const char *path;
    char **error;
    int fd;
    uint64_t size;
    bool wide, swap, relocatable;
    uint64_t shoff, shnum, phoff, phnum;
    unsigned shentsize, phentsize;
    struct etch_decl_list *list; /* NULL: events are not asked for */
    unsigned n_notes;
    struct site_place *sites; /* of etch/here.h, in the order of the notes */
    size_t n_sites, sites_capacity;
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
    elf->relocatable = FIELD(elf, h, Ehdr, e_type) == ET_REL;
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

static int take_group(struct elf *elf, const unsigned char *desc, size_t size)
{
    struct note_machine machine;
    int error = note_parse(desc, size, elf->swap, elf->list, &machine);
    if (error == -EINVAL)
        return refuse(elf, error, "the note .note.etch is damaged or of another version of etch");
    if (error < 0)
        return refuse(elf, error, "%s", strerror(-error));
    elf->n_notes++;
    return 0;
}

/* The note of a call, which starts at `address`: it is read when all are known. */
static int take_site(struct elf *elf, const unsigned char *note, uint64_t address)
{
    const size_t word = offsetof(struct etch_site_note, word);
    const size_t site = offsetof(struct etch_site_note, site);
    if (number(elf, note + offsetof(struct etch_site_note, version), 4) != ETCH_SITE_NOTE_VERSION)
        return refuse(elf, -EINVAL, "a note in etch_notes is of another version of etch");
    struct site_place *v =
        etch_grow(elf->sites, elf->n_sites, &elf->sites_capacity, sizeof(*elf->sites));
    if (v == NULL)
        return refuse(elf, -ENOMEM, "%s", strerror(ENOMEM));
    elf->sites = v;
    v[elf->n_sites++] = (struct site_place){
        address + word + (uint64_t)(int64_t)(int32_t)number(elf, note + word, 4),
        address + site + (uint64_t)(int64_t)(int32_t)number(elf, note + site, 4),
    };
    return 0;
}

/* A note of ours, whole; p is its head. */
static int take_note(struct elf *elf, const unsigned char *p, uint64_t address)
{
    uint64_t desc_size = number(elf, p + 4, 4), type = number(elf, p + 8, 4);
    if (elf->list == NULL)
        return 0;
    if (type == ETCH_NOTE_TYPE)
        return take_group(elf, p + 20, (size_t)desc_size);
    if (type == ETCH_SITE_NOTE_TYPE && !elf->relocatable &&
        desc_size == sizeof(struct etch_site_note) - 20)
        return take_site(elf, p, address);
    return 0;
}

/* The notes of one section or segment, which is loaded at `address`. */
static int parse_notes(struct elf *elf, const unsigned char *data, size_t size, uint64_t address)
{
    const unsigned char *p = data;
    size_t left = size;
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
        if (name_size == sizeof(ETCH_NOTE_OWNER) &&
            memcmp(p + 12, ETCH_NOTE_OWNER, sizeof(ETCH_NOTE_OWNER)) == 0) {
            int error = take_note(elf, p, address + (uint64_t)(p - data));
            if (error < 0)
                return error;
        }
        uint64_t whole = 12 + name_room + desc_room;
        if (whole >= left)
            break;
        p += whole;
        left -= (size_t)whole;
    }
    return 0;
}

static int load_notes(struct elf *elf, uint64_t offset, uint64_t size, uint64_t address)
{
    if (size > NOTES_MAX || offset > elf->size || size > elf->size - offset)
        return 0;
    unsigned char *data = malloc((size_t)size + 1);
    if (data == NULL)
        return refuse(elf, -ENOMEM, "%s", strerror(ENOMEM));
    int error = read_elf(elf, data, (size_t)size, offset)
                    ? parse_notes(elf, data, (size_t)size, address)
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
            error = load_notes(elf, FIELD(elf, s, Shdr, sh_offset), FIELD(elf, s, Shdr, sh_size),
                               FIELD(elf, s, Shdr, sh_addr));
    }
    return error;
}

/* The i-th segment's header; false behind the last one. */
static bool segment(const struct elf *elf, uint64_t i, unsigned char s[sizeof(Elf64_Phdr)])
{
    size_t size = struct_size(elf, sizeof(Elf32_Phdr), sizeof(Elf64_Phdr));
    return elf->phoff != 0 && elf->phentsize >= size && i < elf->phnum && elf->phoff <= elf->size &&
           read_elf(elf, s, size, elf->phoff + i * elf->phentsize);
}

static int load_segments(struct elf *elf)
{
    unsigned char s[sizeof(Elf64_Phdr)];
    int error = 0;
    for (uint64_t i = 0; error == 0 && segment(elf, i, s); i++)
        if (FIELD(elf, s, Phdr, p_type) == PT_NOTE)
            error = load_notes(elf, FIELD(elf, s, Phdr, p_offset), FIELD(elf, s, Phdr, p_filesz),
                               FIELD(elf, s, Phdr, p_vaddr));
    return error;
}

/* ---- calls of etch/here.h ---- */

/* What the program would have at an address. */
static bool read_image(const struct elf *elf, void *to, size_t size, uint64_t address)
{
    unsigned char s[sizeof(Elf64_Phdr)];
    for (uint64_t i = 0; segment(elf, i, s); i++) {
        uint64_t from = FIELD(elf, s, Phdr, p_vaddr), n = FIELD(elf, s, Phdr, p_filesz);
        if (FIELD(elf, s, Phdr, p_type) == PT_LOAD && address >= from && address - from <= n &&
            size <= n - (address - from))
            return read_elf(elf, to, size, FIELD(elf, s, Phdr, p_offset) + (address - from));
    }
    return false;
}

/* The description at an address, as the entry of a note. */
static int declare_site(struct elf *elf, uint64_t address)
{
    struct etch_site site;
    char text[SITE_TEXT_MAX], note[2 * SITE_TEXT_MAX + 1024];
    struct etch_site_out out = {note, sizeof(note), 0};
    struct etch_site_text t;
    if (!read_image(elf, &site, sizeof(site), address))
        return -EINVAL;
    if (elf->swap) {
        site.version = __builtin_bswap32(site.version);
        site.line = __builtin_bswap32(site.line);
        site.text_size = __builtin_bswap32(site.text_size);
    }
    if (site.text_size > sizeof(text) ||
        !read_image(elf, text, site.text_size, address + sizeof(site)) ||
        !etch_site_parse(&site, text, site.text_size, &t))
        return -EINVAL;
    struct etch_note_event e = etch_site_describe(&out, &t, site.line);
    return out.used > sizeof(note) ? -EINVAL : note_parse_event(elf->list, &e, note);
}

static int by_word(const void *a, const void *b)
{
    const struct site_place *x = a, *y = b;
    return (x->word > y->word) - (x->word < y->word);
}

/* One declaration a word, in the order of the words: that of the ids. */
static int declare_sites(struct elf *elf)
{
    int error = 0;
    if (elf->n_sites > 1)
        qsort(elf->sites, elf->n_sites, sizeof(*elf->sites), by_word);
    for (size_t i = 0; i < elf->n_sites && error == 0; i++)
        if (i == 0 || elf->sites[i].word != elf->sites[i - 1].word)
            error = declare_site(elf, elf->sites[i].site);
    if (error == -EINVAL)
        return refuse(elf, error,
                      "a note in etch_notes leads to nothing that etch/here.h describes");
    return error < 0 ? refuse(elf, error, "%s", strerror(-error)) : 0;
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
    if (code == 0 && elf->n_notes + elf->n_sites == 0) /* sstrip leaves the segments alone */
        code = load_segments(elf);
    if (code == 0)
        code = declare_sites(elf);
    free(elf->sites);
    close(elf->fd);
    return code;
}

int etch_note_load(const char *path, struct etch_decl_list *list, char **error)
{
    struct elf elf = {.path = path, .error = error, .list = list};
    *error = NULL;
    int code = scan(&elf);
    if (code == 0 && elf.n_notes + elf.n_sites == 0)
        code = refuse(&elf, -ENODATA,
                      "no events in it: built neither with code from `etch gen` nor with "
                      "etch/here.h, or with a backend that stores none");
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
