/* SPDX-License-Identifier: MIT
 *
 * events.c: an open program: its events by name and their enable words; see
 * attach.h.
 *
 * Reads:  the page; the notes, out of the memory of the process where the kernel
 *         lets us, else of the files that it maps.
 * Writes: enable words, one by one: what others switch meanwhile stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "attach/attach.h"
#include "attach/page.h"
#include "attach/proc.h"
#include "format/note.h"
#include "read/in_note.h"
#include "read/pool.h"
#include "read/read_at.h"

#define NOTE_MAX (64u << 20)

struct attach {
    struct attach_process process;
    int fd;
    struct etch_control_header header;
    struct etch_decl_list events; /* of the first n_loaded groups */
    uint32_t n_loaded;
    uint16_t *words;
};

__attribute__((format(printf, 3, 4))) static int fail(char **error, int code, const char *format,
                                                      ...)
{
    va_list args;
    va_start(args, format);
    if (vasprintf(error, format, args) < 0)
        *error = NULL;
    va_end(args);
    return code;
}

/* ---- finding one ---- */

struct wanted {
    const char *name;
    pid_t pid; /* or 0 */
    struct attach_process found;
    unsigned n;
    char pids[128];
};

static bool is_called(const struct attach_process *p, const char *name)
{
    char path[64], exe[ATTACH_PATH_MAX];
    if (strcmp(p->command, name) == 0)
        return true;
    snprintf(path, sizeof(path), "/proc/%d/exe", p->pid);
    ssize_t n = readlink(path, exe, sizeof(exe) - 1);
    exe[n < 0 ? 0 : n] = '\0';
    const char *slash = strrchr(exe, '/');
    return slash != NULL && strcmp(slash + 1, name) == 0;
}

static int match(void *arg, const struct attach_process *p)
{
    struct wanted *w = arg;
    if (w->pid != 0 ? p->pid != w->pid : !is_called(p, w->name))
        return 0;
    size_t used = strlen(w->pids);
    snprintf(w->pids + used, sizeof(w->pids) - used, "%s%d", w->n ? ", " : "", p->pid);
    w->found = *p;
    w->n++;
    return 0;
}

static int find(struct wanted *w, char **error)
{
    int code = attach_each(match, w);
    if (code < 0)
        return fail(error, code, "%s", strerror(-code));
    if (w->n > 1)
        return fail(error, -EEXIST, "several programs are called %s: %s; give one's number",
                    w->name, w->pids);
    if (w->n == 1)
        return 0;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d", w->pid);
    if (w->pid != 0 && access(path, F_OK) < 0)
        return fail(error, -ESRCH, "there is no process %d", w->pid);
    return fail(error, -ENOENT,
                w->pid != 0 ? "process %s cannot be attached to: it is not linked with libetch, "
                              "belongs to another user, or runs with ETCH_CONTROL=0"
                            : "no program called %s can be attached to; `etch ps` lists them",
                w->name);
}

int attach_open(struct attach **attach, const char *name, char **error)
{
    char *end;
    struct wanted w = {.name = name};
    long pid = strtol(name, &end, 10);
    w.pid = end != name && *end == '\0' && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
    *attach = NULL;
    *error = NULL;
    int code = find(&w, error);
    if (code < 0)
        return code;
    struct attach *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return fail(error, -ENOMEM, "%s", strerror(ENOMEM));
    a->process = w.found;
    int dir = open(w.found.folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const char *why = NULL;
    a->fd = dir < 0 ? -errno
                    : page_open(dir, w.found.page + strlen(w.found.folder) + 1, w.found.uid,
                                &a->header, &why);
    if (dir >= 0)
        close(dir);
    if (a->fd < 0) {
        code = fail(error, a->fd, "%s: %s", w.found.page, why ? why : strerror(-a->fd));
        free(a);
        return code;
    }
    *attach = a;
    return 0;
}

void attach_close(struct attach *a)
{
    if (a == NULL)
        return;
    close(a->fd);
    etch_decl_list_free(&a->events);
    free(a->words);
    free(a);
}

const struct attach_process *attach_process(const struct attach *a)
{
    return &a->process;
}

bool attach_lives(const struct attach *a)
{
    struct stat st;
    return fstat(a->fd, &st) == 0 && st.st_nlink > 0 &&
           proc_was_there(a->process.pid, a->process.created_ns);
}

/* ---- names ---- */

static bool memory_read(const struct attach *a, void *data, size_t size, uint64_t address)
{
    struct iovec here = {data, size}, there = {(void *)(uintptr_t)address, size};
    return process_vm_readv(a->process.pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* The same bytes in the file that is mapped there: Yama forbids the memory. */
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

static bool note_read(const struct attach *a, void *data, size_t size, uint64_t address)
{
    return memory_read(a, data, size, address) || file_read(a, data, size, address);
}

/* In the place of the events of a library that is gone. */
static int add_unloaded(struct attach *a, const struct etch_control_group *g)
{
    int code = 0;
    for (uint32_t i = 0; i < g->n_events && code == 0; i++)
        code = etch_declare_add(&a->events, "(unloaded)", "void", NULL, ETCH_PROP_DISABLE, "", 0);
    return code;
}

/* Appends the events of one group. */
static int load_group(struct attach *a, const struct etch_control_group *g, char **error)
{
    struct etch_note head;
    struct note_machine machine;
    if (g->note_address == 0)
        return add_unloaded(a, g);
    if (!note_read(a, &head, sizeof(head), g->note_address))
        return fail(error, -EACCES,
                    "cannot read the names of the events of process %d: the kernel denies its "
                    "memory, and its files are gone",
                    a->process.pid);
    size_t before = a->events.n;
    size_t size = head.n_events <= g->n_events && head.text_size < NOTE_MAX ? etch_note_size(&head)
                                                                            : SIZE_MAX;
    if (size > NOTE_MAX)
        return fail(error, -EINVAL, "process %d: its description of events is damaged",
                    a->process.pid);
    void *note = malloc(size);
    int code = note == NULL ? -ENOMEM
               : !note_read(a, note, size, g->note_address)
                   ? -EIO
                   : note_parse(note, size, false, &a->events, &machine);
    free(note);
    if (code == 0 && a->events.n - before != g->n_events)
        code = -EINVAL;
    if (code < 0)
        return fail(error, code, "process %d: its description of events is damaged: %s",
                    a->process.pid, strerror(-code));
    return 0;
}

int attach_events(struct attach *a, const struct etch_decl_list **events, char **error)
{
    const char *why;
    int code = page_reread(a->fd, &a->header, &why);
    if (code < 0)
        return fail(error, code, "%s: %s", a->process.page, why ? why : strerror(-code));
    for (; code == 0 && a->n_loaded < a->header.n_groups; a->n_loaded++)
        if ((code = load_group(a, &a->header.group[a->n_loaded], error)) < 0)
            return code;
    *events = &a->events;
    return 0;
}

/* ---- words ---- */

int attach_words(struct attach *a, const uint16_t **words, char **error)
{
    free(a->words);
    a->words = calloc(a->events.n + 1, sizeof(uint16_t));
    if (a->words == NULL)
        return fail(error, -ENOMEM, "%s", strerror(ENOMEM));
    size_t at = 0;
    for (uint32_t i = 0; i < a->n_loaded; i++) {
        const struct etch_control_group *g = &a->header.group[i];
        if (!read_at(a->fd, a->words + at, g->n_events * sizeof(uint16_t), g->offset))
            return fail(error, -EIO, "%s: the program has cut it", a->process.page);
        at += g->n_events;
    }
    *words = a->words;
    return 0;
}

int attach_set(struct attach *a, size_t i, uint16_t word)
{
    if (i >= a->events.n || (a->events.v[i].properties & ETCH_PROP_DISABLE))
        return -EPERM;
    const struct etch_control_group *g = a->header.group;
    for (; i >= g->n_events; g++)
        i -= g->n_events;
    return pwrite(a->fd, &word, sizeof(word), (off_t)(g->offset + 2 * i)) == (ssize_t)sizeof(word)
               ? 0
               : -errno;
}

/* Whether an event is on by a timer; one that has run out is switched off here,
 * where the program has no drain to do so. */
static bool timer_in_use(struct attach *a, unsigned timer, uint64_t now)
{
    uint64_t until = a->header.until_ns[timer];
    if (until > now)
        return true;
    for (size_t i = 0; until != 0 && i < a->events.n; i++)
        if (ETCH_CONTROL_TIMER(a->words[i]) == timer)
            attach_set(a, i, 0);
    return false;
}

int attach_timer(struct attach *a, uint64_t ns)
{
    struct timespec t;
    const char *why;
    int code = page_reread(a->fd, &a->header, &why);
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec, until = now + ns;
    for (unsigned i = 1; code == 0 && i < ETCH_CONTROL_TIMERS; i++) {
        if (timer_in_use(a, i, now))
            continue;
        off_t at = (off_t)(offsetof(struct etch_control_header, until_ns) + i * sizeof(until));
        return pwrite(a->fd, &until, sizeof(until), at) == (ssize_t)sizeof(until) ? (int)i : -errno;
    }
    return code < 0 ? code : -EBUSY;
}

/* ---- what it records ---- */

/* The process's pool, if it records. A descriptor or -ENOENT. */
static int open_pool(const struct attach_process *p, struct etch_pool_header *header)
{
    int dir = open(p->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int fd = -ENOENT;
    for (unsigned n = 0; dir >= 0 && n < 16 && fd < 0; n++) {
        char name[64];
        snprintf(name, sizeof(name), "pool.%d.%u", p->inner, n);
        fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0 && (pool_peek(fd, header) < 0 || header->drain_state != ETCH_DRAIN_RUNNING)) {
            close(fd);
            fd = -ENOENT;
        }
    }
    if (dir >= 0)
        close(dir);
    return fd < 0 ? -ENOENT : fd;
}

int attach_recorded(const struct attach_process *p, struct attach_recorded *recorded)
{
    struct etch_pool_header h;
    int fd = open_pool(p, &h);
    *recorded = (struct attach_recorded){0};
    if (fd < 0)
        return fd;
    struct etch_checkpoint c = pool_checkpoint(&h);
    recorded->bytes = c.file_offset;
    recorded->dropped = h.discarded;
    struct etch_pool_slot slot;
    for (uint32_t i = 0; i < h.slots_used && pool_read_slot(fd, &h, i, &slot); i++) {
        recorded->bytes += slot.written[c.generation & 1].offset;
        recorded->dropped += slot.discarded;
    }
    close(fd);
    memcpy(recorded->trace, h.trace_path[0] != '\0' ? h.trace_path : h.ctf_path,
           sizeof(recorded->trace));
    recorded->trace[sizeof(recorded->trace) - 1] = '\0';
    return recorded->trace[0] != '\0' ? 0 : -ENOENT;
}
