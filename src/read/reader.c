/* SPDX-License-Identifier: MIT
 *
 * reader.c: traces as one stream; the functions of etch/read.h.
 *
 * Reads:  what the paths name.
 * Writes: nothing.
 * Never:  decodes; that is the sources'.
 */
#include <etch/read.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/folder.h"
#include "read/in_ctf.h"
#include "read/in_trace.h"
#include "read/merge.h"
#include "read/onward.h"
#include "read/pool.h"
#include "read/twin.h"

struct etch_reader {
    struct etch_read_options options;
    struct fault fault;
    struct declared declared;
    struct source *source;
};

/* A CTF trace, a folder of traces, the pool of a killed process, or else a trace
 * file. */
static int open_source(struct etch_reader *reader, struct source **source, const char *path)
{
    const struct etch_read_options *o = &reader->options;
    struct stat st;
    bool ctf = ctf_is_trace(path);
    if (ctf && !o->follow)
        return ctf_open(source, path, o, &reader->fault);
    if (!ctf && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return folder_open(source, path, o, &reader->declared, &reader->fault);
    struct etch_pool_header header;
    int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool pool = fd >= 0 && pool_peek(fd, &header) == 0;
    if (fd >= 0)
        close(fd);
    if (pool && (header.outputs & ETCH_OUT_CTF))
        return ctf_open_pool(source, path, &reader->fault);
    if (pool)
        return trace_open_pool(source, path, o, &reader->declared, &reader->fault);
    return o->follow ? onward_follow(source, path, ctf, o, &reader->declared, &reader->fault)
                     : trace_open(source, path, NULL, o, &reader->declared, &reader->fault);
}

static int add_path(struct etch_reader *reader, const char *path)
{
    struct source *source;
    int error = open_source(reader, &source, path);
    if (error < 0)
        return error;
    error = merge_add(reader->source, source);
    return error < 0 ? fault_system(&reader->fault, error, path, "cannot open") : 0;
}

/* Whether a simple file's events come by a CTF trace that is named, too. */
static bool twin_is_named(const char *const *paths, size_t n, size_t i)
{
    struct stat twin, named;
    char *path;
    bool found = false;
    if (n < 2 || asprintf(&path, "%s.ctf", paths[i]) < 0)
        return false;
    if (stat(path, &twin) == 0)
        for (size_t k = 0; k < n && !found; k++)
            found = stat(paths[k], &named) == 0 && named.st_dev == twin.st_dev &&
                    named.st_ino == twin.st_ino;
    free(path);
    return found && has_twin(paths[i]);
}

int etch_reader_open(struct etch_reader **reader_out, const char *const *paths, size_t n_paths,
                     const struct etch_read_options *options, char **error)
{
    struct etch_reader *reader = calloc(1, sizeof(*reader));
    *error = NULL;
    if (reader == NULL)
        return -ENOMEM;
    if (options != NULL)
        reader->options = *options;
    reader->fault = (struct fault){reader->options.fault, error};
    int status = declared_load(&reader->declared, &reader->options, &reader->fault);
    if (status == 0) {
        reader->source = merge_new(&reader->fault, reader->options.unordered);
        status = reader->source == NULL ? -ENOMEM : 0;
    }
    for (size_t i = 0; i < n_paths && status == 0; i++)
        if (!twin_is_named(paths, n_paths, i))
            status = add_path(reader, paths[i]);
    reader->fault.error = NULL;
    if (status < 0)
        etch_reader_close(reader);
    else
        *reader_out = reader;
    return status;
}

int etch_reader_next(struct etch_reader *reader, struct etch_record *record, char **error)
{
    *error = NULL;
    reader->fault.error = error;
    int got;
    do
        got = reader->source->ops->next(reader->source, record);
    while (got == 1 && record->type == ETCH_RECORD_FRAMES && !reader->options.frames);
    record->not_before = got == 1 && record->type == ETCH_RECORD_EVENT && record->decl != NULL &&
                         record->decl->properties & ETCH_PROP_NOTIME;
    reader->fault.error = NULL;
    return got;
}

void etch_reader_progress(const struct etch_reader *reader, uint64_t *done, uint64_t *all)
{
    reader->source->ops->progress(reader->source, done, all);
}

void etch_reader_close(struct etch_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->source != NULL)
        reader->source->ops->close(reader->source);
    declared_free(&reader->declared);
    free(reader);
}
