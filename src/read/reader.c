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
#include <stdlib.h>

#include "read/in_simple.h"
#include "read/merge.h"

struct etch_reader {
    struct etch_read_options options;
    struct fault fault;
    struct declared declared;
    struct source *source;
};

/* Opens one path and adds its sources to the merger. */
static int open_path(struct etch_reader *reader, struct source *merger, const char *path)
{
    struct simple_config config = {.options = &reader->options,
                                   .declared = &reader->declared,
                                   .growing = reader->options.follow};
    struct source *source;
    int error = simple_open(&source, path, &config, &reader->fault);
    return error < 0 ? error : merge_add(merger, source);
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
        status = open_path(reader, reader->source, paths[i]);
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
    int got = reader->source->ops->next(reader->source, record);
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
