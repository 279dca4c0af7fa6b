/* SPDX-License-Identifier: MIT
 *
 * symbols.c: see symbols.h.
 */
#include "symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX   (1u << 30)
#define TEXT_MAX   (64u << 20)
#define SYMBOL_MAX (1u << 22)

/* `size` bytes of a file at `offset`, malloc'd with a NUL behind them; NULL: they
 * are not there. */
static void *read_part(FILE *file, uint64_t offset, uint64_t size)
{
    char *data = size <= FILE_MAX && offset <= INT64_MAX ? malloc(size + 1) : NULL;
    if (data == NULL)
        return NULL;
    if (fseeko(file, (off_t)offset, SEEK_SET) == 0 && fread(data, 1, size, file) == size) {
        data[size] = '\0';
        return data;
    }
    free(data);
    return NULL;
}

static bool add(struct symbols *s, const struct symbol *symbol)
{
    if (s->n == s->capacity) {
        size_t capacity = s->capacity == 0 ? 256 : 2 * s->capacity;
        struct symbol *v = realloc(s->v, capacity * sizeof(*v));
        if (v == NULL)
            return false;
        s->v = v;
        s->capacity = capacity;
    }
    s->v[s->n++] = *symbol;
    s->sorted = false;
    return true;
}

static bool keep_text(struct symbols *s, char *text)
{
    char **texts = realloc(s->texts, (s->n_texts + 1) * sizeof(*texts));
    if (texts == NULL)
        return false;
    s->texts = texts;
    texts[s->n_texts++] = text;
    return true;
}

/* The symbols of one table. */
static int add_table(struct symbols *s, FILE *file, const Elf64_Shdr *table,
                     const Elf64_Shdr *names, uint64_t base)
{
    size_t n = table->sh_size / sizeof(Elf64_Sym);
    if (names->sh_size > TEXT_MAX || n > SYMBOL_MAX)
        return -EINVAL;
    Elf64_Sym *v = read_part(file, table->sh_offset, n * sizeof(*v));
    char *text = read_part(file, names->sh_offset, names->sh_size);
    if (v == NULL || text == NULL || !keep_text(s, text)) {
        free(v);
        free(text);
        return -EINVAL;
    }
    int error = 0;
    for (size_t i = 0; i < n && error == 0; i++) {
        unsigned type = ELF64_ST_TYPE(v[i].st_info);
        if (v[i].st_name >= names->sh_size || v[i].st_shndx == SHN_UNDEF || v[i].st_value == 0 ||
            (type != STT_FUNC && type != STT_NOTYPE && type != STT_OBJECT) ||
            text[v[i].st_name] == '\0' || text[v[i].st_name] == '$')
            continue;
        if (!add(s, &(struct symbol){v[i].st_value + base, v[i].st_size, text + v[i].st_name}))
            error = -ENOMEM;
    }
    free(v);
    return error;
}

static int add_file(struct symbols *s, FILE *file, uint64_t base)
{
    Elf64_Ehdr h;
    if (fread(&h, sizeof(h), 1, file) != 1 || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
        h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_shentsize != sizeof(Elf64_Shdr))
        return -ENOEXEC;
    Elf64_Shdr *sections = read_part(file, h.e_shoff, (uint64_t)h.e_shnum * sizeof(*sections));
    if (sections == NULL)
        return -ENOEXEC;
    int error = 0;
    for (unsigned i = 0; i < h.e_shnum && error == 0; i++) {
        bool table = sections[i].sh_type == SHT_SYMTAB || sections[i].sh_type == SHT_DYNSYM;
        if (table && sections[i].sh_link < h.e_shnum)
            error = add_table(s, file, &sections[i], &sections[sections[i].sh_link], base);
    }
    free(sections);
    return error;
}

int symbols_add(struct symbols *symbols, const char *path, uint64_t base)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return -errno;
    int error = add_file(symbols, file, base);
    fclose(file);
    return error;
}

/* Of those at one address functions with a size last: they are found first. */
static int compare(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return strcmp(y->name, x->name);
}

const struct symbol *symbols_at(struct symbols *s, uint64_t address)
{
    if (!s->sorted && s->n != 0)
        qsort(s->v, s->n, sizeof(*s->v), compare);
    s->sorted = true;
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->v[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct symbol *at = &s->v[low - 1];
    return at->size == 0 || address - at->start < at->size ? at : NULL;
}

bool symbols_find(const struct symbols *s, const char *name, uint64_t *address)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->v[i].name, name) == 0) {
            *address = s->v[i].start;
            return true;
        }
    return false;
}

void symbols_free(struct symbols *s)
{
    for (size_t i = 0; i < s->n_texts; i++)
        free(s->texts[i]);
    free(s->texts);
    free(s->v);
}
