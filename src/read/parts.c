/* SPDX-License-Identifier: MIT
 *
 * parts.c: see parts.h.
 */
#include "read/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/simple.h"
#include "read/pool.h"

struct parts {
    struct source source;
    struct simple *file;
    char *path;
    struct simple_config config;
    uint64_t number; /* of `file` */
    struct parts_end end;
    bool stub; /* the first file only counts what was removed */
};

char *part_path(const char *path, uint64_t number)
{
    char *name = NULL;
    int n = number == 0 ? asprintf(&name, "%s", path)
                        : asprintf(&name, "%s" ETCH_TRACE_PART "%" PRIu64, path, number);
    return n < 0 ? NULL : name;
}

size_t part_base_length(const char *path)
{
    size_t length = strlen(path), digits = length;
    const size_t suffix = sizeof(ETCH_TRACE_PART) - 1;
    while (digits > 0 && path[digits - 1] >= '0' && path[digits - 1] <= '9')
        digits--;
    bool part = digits < length && digits > suffix &&
                strncmp(path + digits - suffix, ETCH_TRACE_PART, suffix) == 0;
    return part ? digits - suffix : length;
}

struct parts_end parts_end_of(const struct etch_pool_header *header)
{
    struct etch_checkpoint c = pool_checkpoint(header);
    uint64_t file = c.generation == 0 ? 0 : header->trace_file[c.generation & 1];
    return (struct parts_end){.file = file, .limit = c.file_offset};
}

/* The number of the first part that was not removed, or 0. */
static uint64_t lowest(const char *path)
{
    char *copy = strdup(path), *again = strdup(path);
    DIR *d = copy != NULL && again != NULL ? opendir(dirname(copy)) : NULL;
    const char *base = again != NULL ? basename(again) : "";
    size_t length = strlen(base);
    uint64_t found = 0;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, base, length) != 0 || part_base_length(e->d_name) != length ||
            e->d_name[length] == '\0')
            continue;
        uint64_t n = strtoull(e->d_name + length + sizeof(ETCH_TRACE_PART) - 1, NULL, 10);
        if (n != 0 && (found == 0 || n < found))
            found = n;
    }
    if (d != NULL)
        closedir(d);
    free(copy);
    free(again);
    return found;
}

/* Opens file `number` in the place of the one at hand: 1, 0 if it is not there
 * or empty, or -errno. */
static int open_file(struct parts *p, uint64_t number)
{
    bool last = number == p->end.file;
    struct simple_config config = p->config;
    struct stat st;
    config.limit = last ? p->end.limit : UINT64_MAX;
    config.growing = p->end.growing && (last || p->end.file == PARTS_ALL);
    char *path = part_path(p->path, number);
    if (path == NULL)
        return -ENOMEM;
    bool there = number == 0 || (stat(path, &st) == 0 && st.st_size != 0);
    if (!there || (config.limit == 0 && !config.growing)) {
        free(path);
        return 0;
    }
    struct source *source;
    int error = simple_open(&source, path, &config, p->source.fault);
    free(path);
    if (error < 0)
        return error;
    if (p->file != NULL)
        p->file->source.ops->close(&p->file->source);
    p->file = (struct simple *)source;
    return 1;
}

/* Goes to the next file: 1, 0 if there is none, or -errno. */
static int advance(struct parts *p)
{
    while (p->number < p->end.file) {
        uint64_t next = p->number + 1;
        if (p->number == 0 && p->stub && (next = lowest(p->path)) == 0)
            return 0;
        if (next > p->end.file)
            return 0;
        int got = open_file(p, next);
        if (got == 0 && p->end.file == PARTS_ALL)
            return 0;
        p->number = next;
        if (got != 0)
            return got;
    }
    return 0;
}

static int parts_next(struct source *source, struct etch_record *record)
{
    struct parts *p = (struct parts *)source;
    for (;;) {
        int got = p->file == NULL ? 0 : p->file->source.ops->next(&p->file->source, record);
        if (got == 1 && p->number == 0 && p->stub && record->type == ETCH_RECORD_LOST)
            record->why.reason = ETCH_LOST_ROTATED;
        if (got != 0)
            return got;
        got = advance(p);
        if (got != 1)
            return got == 0 && p->end.growing ? -EAGAIN : got;
    }
}

static void parts_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct parts *p = (const struct parts *)source;
    *done = *all = 0;
    if (p->file != NULL)
        p->file->source.ops->progress(&p->file->source, done, all);
}

static void parts_close(struct source *source)
{
    struct parts *p = (struct parts *)source;
    if (p->file != NULL)
        p->file->source.ops->close(&p->file->source);
    free(p->path);
    free(p);
}

static const struct source_ops parts_ops = {parts_next, parts_progress, parts_close};

struct source *parts_source(struct parts *parts)
{
    return &parts->source;
}

bool parts_reach(struct parts *parts, const struct parts_end *end)
{
    bool further = end->file != parts->end.file || end->limit != parts->end.limit;
    parts->end = *end;
    if (parts->file != NULL) {
        bool last = parts->number == end->file || end->file == PARTS_ALL;
        parts->file->in.limit = last ? end->limit : UINT64_MAX;
        parts->file->config.growing = last && end->growing;
    }
    return further;
}

int parts_open(struct parts **parts, const char *path, const struct simple_config *config,
               const struct parts_end *end, struct fault *fault)
{
    struct parts *p = calloc(1, sizeof(*p));
    struct stat st;
    if (p == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open");
    *p = (struct parts){.source = {&parts_ops, fault}, .config = *config, .end = *end};
    p->path = strdup(path);
    p->stub = stat(path, &st) == 0 && st.st_size == (off_t)sizeof(struct etch_simple_stub);
    int error =
        p->path == NULL ? fault_system(fault, -ENOMEM, path, "cannot open") : open_file(p, 0);
    if (error < 0)
        parts_close(&p->source);
    else
        *parts = p;
    return error < 0 ? error : 0;
}

/* ---- after a kill ---- */

/* Only what is a trace, or was to be one. */
static int remove_part(const struct etch_pool_header *header, uint64_t number, struct fault *fault)
{
    unsigned char head[sizeof(struct etch_simple_header)];
    char *path = part_path(header->trace_path, number);
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
    int error = path == NULL ? -ENOMEM : 0;
    if (fd >= 0)
        close(fd);
    if ((n == 0 || (n == (ssize_t)sizeof(head) && simple_is_header(head))) && unlink(path) < 0)
        error = fault_system(fault, -errno, path, "cannot remove the file");
    free(path);
    return error;
}

static int write_stub(const struct etch_pool_header *header, struct fault *fault)
{
    struct etch_simple_stub stub =
        etch_simple_stub_make(header->first.monotonic_ns, header->pid, header->rotated_events);
    int fd = open(header->trace_path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int error = 0;
    if (fd < 0 || pwrite(fd, &stub, sizeof(stub), 0) != (ssize_t)sizeof(stub) ||
        ftruncate(fd, sizeof(stub)) < 0)
        error = fault_system(fault, -errno, header->trace_path, "cannot write the trace");
    if (fd >= 0)
        close(fd);
    return error;
}

int parts_tidy(const struct etch_pool_header *header, struct fault *fault)
{
    uint64_t last = parts_end_of(header).file, removed = header->rotated_files;
    /* The drain makes one file at a time, and removes one. */
    int error = remove_part(header, last + 1, fault);
    if (error == 0 && removed > 1 && removed <= last)
        error = remove_part(header, removed - 1, fault);
    return error == 0 && removed != 0 ? write_stub(header, fault) : error;
}
