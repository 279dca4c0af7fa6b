/* SPDX-License-Identifier: MIT
 *
 * names.c: the names of an open program's events: its notes, as they are, since a
 * switch needs none of their declarations parsed; see names.h.
 *
 * Reads:  the notes, out of the memory of the process where the kernel lets us,
 *         else of the files that it maps; of etch/here.h out of the page's file.
 * Never:  believes a note before etch_note_check(); hands on what would move a
 *         terminal's cursor.
 */
#include "attach/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/page.h"
#include "attach/proc.h"
#include "read/read_at.h"

#define NOTE_MAX (64u << 20)

/* The bytes of the file that is mapped there: Yama forbids the memory. */
static bool file_read(const struct attach *a, void *data, size_t size, uint64_t address)
{
    char path[64], line[4096 + 256], file[4096 + 64];
    snprintf(path, sizeof(path), "/proc/%d/maps", a->process.pid);
    FILE *maps = fopen(path, "re");
    bool got = false;
    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        unsigned long long from, to, offset;
        int name = 0;
        if (sscanf(line, "%llx-%llx %*s %llx %*s %*s %n", &from, &to, &offset, &name) < 3 ||
            address < from || address >= to)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(file, sizeof(file), "/proc/%d/root%s", a->process.pid, line + name);
        int fd = name > 0 && line[name] == '/' ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
        got = fd >= 0 && read_at(fd, data, size, address - from + offset);
        if (fd >= 0)
            close(fd);
        break;
    }
    if (maps != NULL)
        fclose(maps);
    return got;
}

static bool note_read(const struct attach *a, void *data, size_t size,
                      const struct etch_control_group *g)
{
    if (g->note_offset != 0)
        return read_at(a->fd, data, size, g->note_offset);
    return proc_memory(a->process.pid, data, size, g->note_address) ||
           file_read(a, data, size, g->note_address);
}

#define BLOCK 64u /* a constant: loops of it become vectors */

/* Whether there is nothing but text, tabs and the ends of strings. */
static bool is_text(const unsigned char *text, size_t size)
{
    unsigned char bad = 0;
    for (; size >= BLOCK; text += BLOCK, size -= BLOCK)
        for (unsigned i = 0; i < BLOCK; i++)
            bad |= (text[i] < ' ') & (text[i] != '\0') & (text[i] != '\t');
    for (size_t i = 0; i < size; i++)
        bad |= (text[i] < ' ') & (text[i] != '\0') & (text[i] != '\t');
    return bad == 0;
}

/* The note of a group; *error is not set where it is damaged. */
static struct etch_note *load_note(struct attach *a, const struct etch_control_group *g,
                                   char **error)
{
    struct etch_note head;
    if (!note_read(a, &head, sizeof(head), g)) {
        attach_fail(error, -EACCES,
                    "cannot read the names of the events of process %d: the kernel denies its "
                    "memory, and its files are gone",
                    a->process.pid);
        return NULL;
    }
    size_t size = head.n_events == g->n_events && head.text_size < NOTE_MAX ? etch_note_size(&head)
                                                                            : SIZE_MAX;
    struct etch_note *note = size > NOTE_MAX ? NULL : malloc(size);
    /* It may be another one by now. */
    if (note != NULL && note_read(a, note, size, g) && etch_note_check(note, size) &&
        note->n_events == g->n_events &&
        is_text((const unsigned char *)etch_note_text(note), note->text_size))
        return note;
    free(note);
    return NULL;
}

static int load_group(struct attach *a, uint32_t i, char **error)
{
    const struct etch_control_group *g = &a->header.group[i];
    struct names names = {.first = a->n_events, .n = g->n_events};
    *error = NULL;
    if (g->note_address != 0 && (names.note = load_note(a, g, error)) == NULL)
        return *error != NULL
                   ? -EACCES
                   : attach_fail(error, -EINVAL, "process %d: its description of events is damaged",
                                 a->process.pid);
    a->names[i] = names;
    a->n_events += g->n_events;
    return 0;
}

int attach_events(struct attach *a, size_t *n, char **error)
{
    const char *why;
    int code = page_reread(a->fd, &a->header, &why);
    if (code < 0)
        return attach_fail(error, code, "%s: %s", a->process.page, why ? why : strerror(-code));
    for (; a->n_loaded < a->header.n_groups; a->n_loaded++)
        if ((code = load_group(a, a->n_loaded, error)) < 0)
            return code;
    a->process.pool = a->header.pool;
    *n = a->n_events;
    return 0;
}

uint32_t names_group(const struct attach *a, size_t i)
{
    uint32_t g = 0;
    while (i - a->names[g].first >= a->names[g].n)
        g++;
    return g;
}

struct attach_event attach_event(const struct attach *a, size_t i)
{
    const struct names *names = &a->names[names_group(a, i)];
    /* In the place of the events of a library that is gone. */
    if (names->note == NULL)
        return (struct attach_event){
            .name = "(unloaded)", .args = "void", .format = "", .kinds = "", .disabled = true};
    const struct etch_note_event *e = &etch_note_events(names->note)[i - names->first];
    const char *text = etch_note_text(names->note);
    return (struct attach_event){.name = text + e->name,
                                 .args = text + e->args,
                                 .format = text + e->format,
                                 .kinds = text + e->kinds,
                                 .long_size = names->note->long_size,
                                 .ptr_size = names->note->ptr_size,
                                 .char_signed = names->note->char_signed,
                                 .disabled = e->flags & ETCH_NOTE_DISABLED,
                                 .vcpu = e->flags & ETCH_NOTE_VCPU};
}

void names_free(struct attach *a)
{
    for (uint32_t i = 0; i < a->n_loaded; i++)
        free(a->names[i].note);
}
