/* SPDX-License-Identifier: MIT
 *
 * in_meta.c: reading side files; see in_meta.h. A record that a kill cut short
 * is left for the next look; one that is damaged ends the file.
 */
#include "read/in_meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/kind.h"
#include "format/note.h"

/* Far above any real record: QEMU's largest group has 1 MB. */
#define RECORD_MAX (64u << 20)
/* Ids that are looked up in one step; higher ones in their groups. */
#define KNOWN_MAX (1u << 20)

static bool read_at(struct meta *m, void *to, size_t size, uint64_t offset)
{
    ssize_t got;
    do
        got = pread(m->fd, to, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

static int damaged(struct meta *m, struct fault *fault, const char *what)
{
    struct etch_read_fault f = {.kind = ETCH_FAULT_DAMAGED, .path = m->path, .offset = m->offset};
    return fault_set(fault, -EINVAL, &f, "%s", what);
}

/* Turns the numbers of a structure into our byte order, `width` bytes each. */
static void swap_words(void *data, size_t size, size_t width)
{
    unsigned char *p = data;
    for (size_t i = 0; i + width <= size; i += width)
        for (size_t k = 0; k < width / 2; k++) {
            unsigned char byte = p[i + k];
            p[i + k] = p[i + width - 1 - k];
            p[i + width - 1 - k] = byte;
        }
}

static int read_header(struct meta *m, struct fault *fault)
{
    struct etch_meta_header *h = &m->header;
    if (!read_at(m, h, sizeof(*h), 0))
        return damaged(m, fault, "not a side file of a trace: it is too short");
    m->swap = h->magic == __builtin_bswap64(ETCH_META_MAGIC);
    if (m->swap) {
        swap_words(&h->magic, sizeof(h->magic), 8);
        swap_words(&h->version, 8, 4);
        swap_words(&h->pid, 8, 4);
        swap_words(&h->start_time, 8, 8);
    }
    if (h->magic != ETCH_META_MAGIC)
        return damaged(m, fault, "not a side file of a trace: wrong magic number");
    if (h->version != ETCH_META_VERSION || h->header_size < sizeof(*h) || h->header_size > 65536)
        return damaged(m, fault, "the side file is of another version of etch");
    m->offset = h->header_size;
    return 0;
}

struct meta_group *meta_add_group(struct meta *m, uint32_t first_id)
{
    struct meta_group *g = calloc(1, sizeof(*g));
    struct meta_group **more = realloc(m->group, (m->n_groups + 1) * sizeof(*more));
    if (more != NULL)
        m->group = more;
    if (g == NULL || more == NULL) {
        free(g);
        return NULL;
    }
    g->first_id = first_id;
    m->group[m->n_groups++] = g;
    return g;
}

/* Of a note that was checked; malloc'd. */
static char *group_name(const unsigned char *data, bool swap)
{
    struct etch_note note;
    memcpy(&note, data, sizeof(note));
    if (swap)
        swap_words(&note.n_events, 3 * sizeof(uint32_t), 4);
    size_t text = sizeof(note) + (size_t)note.n_events * sizeof(struct etch_note_event);
    return strdup((const char *)data + text + note.group);
}

static int add_group(struct meta *m, const unsigned char *data, size_t size)
{
    uint32_t first_id;
    if (size < 8)
        return -EINVAL;
    memcpy(&first_id, data, sizeof(first_id));
    struct meta_group *g = meta_add_group(m, m->swap ? __builtin_bswap32(first_id) : first_id);
    if (g == NULL)
        return -ENOMEM;
    int error = note_parse(data + 8, size - 8, m->swap, &g->list, &g->machine);
    if (error == 0)
        g->name = group_name(data + 8, m->swap);
    if (error < 0) {
        m->n_groups--;
        etch_decl_list_free(&g->list);
        free(g);
    }
    return error;
}

/* A copy of a text that must end in NUL. */
static void take_text(char **to, const unsigned char *data, size_t size)
{
    char *copy = size > 0 && data[size - 1] == '\0' ? malloc(size) : NULL;
    if (copy == NULL)
        return;
    memcpy(copy, data, size);
    free(*to);
    *to = copy;
}

static int add_files(struct meta *m, unsigned char *data, size_t size)
{
    struct etch_pool_next *more = realloc(m->files, (m->n_files + 1) * sizeof(*more));
    struct etch_pool_next *files = more != NULL ? &more[m->n_files] : NULL;
    if (more == NULL)
        return -ENOMEM;
    m->files = more;
    if (size < sizeof(*files))
        return -EINVAL;
    memcpy(files, data, sizeof(*files));
    if (m->swap)
        swap_words(&files->outputs, sizeof(files->outputs), 4);
    if (memchr(files->trace_path, 0, sizeof(files->trace_path)) == NULL ||
        memchr(files->ctf_path, 0, sizeof(files->ctf_path)) == NULL)
        return -EINVAL;
    m->n_files++;
    return 0;
}

static int take_record(struct meta *m, uint32_t type, unsigned char *data, size_t size)
{
    struct etch_clock_pair pair;
    switch (type) {
    case ETCH_META_GROUP:
        return add_group(m, data, size);
    case ETCH_META_CLOCK:
        if (size < sizeof(pair))
            return -EINVAL;
        if (m->swap)
            swap_words(data, sizeof(pair), 8);
        memcpy(&pair, data, sizeof(pair));
        if (m->first.ticks == 0)
            m->first = pair;
        m->last = pair;
        return 0;
    case ETCH_META_COMMAND:
        take_text(&m->command, data, size);
        m->command_size = m->command != NULL ? size : 0;
        return 0;
    case ETCH_META_EXE:
        if (m->exe == NULL) /* given out with records: it stays */
            take_text(&m->exe, data, size);
        return 0;
    case ETCH_META_FILES:
        return add_files(m, data, size);
    case ETCH_META_END:
        if (size < 2 * sizeof(uint64_t)) /* what the first ones had */
            return -EINVAL;
        if (size > sizeof(m->end))
            size = sizeof(m->end);
        if (m->swap)
            swap_words(data, size & ~(size_t)7, 8);
        memset(&m->end, 0, sizeof(m->end));
        memcpy(&m->end, data, size);
        m->ended = true;
        return 0;
    default:
        return 0;
    }
}

static int update(struct meta *m, struct fault *fault)
{
    for (;;) {
        struct etch_meta_record r;
        struct stat st;
        if (!read_at(m, &r, sizeof(r), m->offset))
            return 0;
        if (m->swap)
            swap_words(&r, sizeof(r), 4);
        if (r.size > RECORD_MAX)
            return damaged(m, fault, "a record of the side file has an impossible length");
        if (fstat(m->fd, &st) < 0 || (uint64_t)st.st_size < m->offset + sizeof(r) + r.size)
            return 0;
        unsigned char *data = malloc(r.size + 1);
        if (data == NULL)
            return fault_system(fault, -ENOMEM, m->path, "cannot read the side file");
        int error = 0;
        if (read_at(m, data, r.size, m->offset + sizeof(r)))
            error = take_record(m, r.type, data, r.size);
        free(data);
        if (error == -ENOMEM)
            return fault_system(fault, error, m->path, "cannot read the side file");
        if (error < 0)
            return damaged(m, fault, "a record of the side file is damaged");
        m->offset += sizeof(r) + ((r.size + UINT64_C(7)) & ~UINT64_C(7));
    }
}

int meta_open(struct meta **meta, const char *path, struct fault *fault)
{
    struct meta *m = calloc(1, sizeof(*m));
    *meta = NULL;
    if (m == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open the side file");
    m->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error = m->fd < 0 ? -errno : 0;
    m->path = strdup(path);
    m->update = update;
    struct stat st;
    if (error == 0 && (m->path == NULL || fstat(m->fd, &st) < 0))
        error = -ENOMEM;
    else if (error == 0 && !S_ISREG(st.st_mode))
        error = -EINVAL;
    else if (error == 0 && st.st_size == 0)
        error = -ENOENT; /* killed before its first write, and before the first event */
    if (error < 0 && error != -ENOENT)
        fault_system(fault, error, path, "cannot open the side file");
    if (error == 0)
        error = read_header(m, fault);
    if (error < 0) {
        meta_close(m);
        return error;
    }
    *meta = m;
    return update(m, fault);
}

void meta_close(struct meta *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n_groups; i++) {
        etch_decl_list_free(&m->group[i]->list);
        free(m->group[i]->name);
        free(m->group[i]);
    }
    free(m->group);
    free(m->known);
    free(m->files);
    free(m->exe);
    free(m->command);
    free(m->path);
    if (m->fd >= 0)
        close(m->fd);
    free(m);
}

static size_t fixed_size(const struct etch_decl *decl, const struct note_machine *machine)
{
    size_t all = 0;
    for (size_t i = 0; i < decl->n_args; i++) {
        if (decl->args[i].kind == ETCH_KIND_STRING)
            return SIZE_MAX;
        all += etch_kind_size(decl->args[i].kind, machine->long_size, machine->ptr_size);
    }
    return decl->n_args <= ETCH_VALUES_MAX ? all : SIZE_MAX;
}

/* Remembers where an id was found; best effort. */
static void remember(struct meta *m, uint64_t id, const struct meta_group *g)
{
    if (id >= KNOWN_MAX)
        return;
    if (id >= m->n_known) {
        size_t n = m->n_known < 64 ? 64 : 2 * m->n_known;
        n = n <= id ? (size_t)id + 1 : n;
        struct meta_known *more = realloc(m->known, n * sizeof(*more));
        if (more == NULL)
            return;
        memset(more + m->n_known, 0, (n - m->n_known) * sizeof(*more));
        m->known = more;
        m->n_known = n;
    }
    const struct etch_decl *decl = &g->list.v[id - g->first_id];
    m->known[id] = (struct meta_known){decl, &g->machine, fixed_size(decl, &g->machine)};
}

static const struct etch_decl *find(struct meta *m, uint64_t id,
                                    const struct note_machine **machine)
{
    for (size_t i = m->n_groups; i-- > 0;) {
        const struct meta_group *g = m->group[i];
        if (id < g->first_id || id - g->first_id >= g->list.n)
            continue;
        remember(m, id, g);
        if (machine != NULL)
            *machine = &g->machine;
        return &g->list.v[id - g->first_id];
    }
    return NULL;
}

const struct etch_decl *meta_find(struct meta *m, uint64_t id, const struct note_machine **machine)
{
    if (id < m->n_known && m->known[id].decl != NULL) {
        if (machine != NULL)
            *machine = m->known[id].machine;
        return m->known[id].decl;
    }
    const struct etch_decl *d = find(m, id, machine);
    if (d != NULL)
        return d;
    struct fault silent = {NULL, NULL};
    m->update(m, &silent);
    d = find(m, id, machine);
    return d == NULL && m->fallback != NULL ? meta_find(m->fallback, id, machine) : d;
}
