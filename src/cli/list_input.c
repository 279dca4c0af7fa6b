/* SPDX-License-Identifier: MIT
 *
 * list_input.c: see list_input.h. A trace that etch recorded tells all its
 * programs' events in side files; a bare one only the names of those that
 * occurred.
 */
#include "cli/list_input.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/simple.h"
#include "read/in_ctf.h"
#include "read/in_meta.h"
#include "read/tsdl.h"
#include "sink/events.h"

enum content { CONTENT_TEXT, CONTENT_FOLDER, CONTENT_CTF, CONTENT_ELF, CONTENT_TRACE };

static enum content content_of(const char *path)
{
    struct stat st;
    struct etch_simple_header header = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return CONTENT_TEXT; /* reading it as such says why */
    enum content content = CONTENT_TEXT;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        content = ctf_is_trace(path) ? CONTENT_CTF : CONTENT_FOLDER;
    } else if (S_ISREG(st.st_mode) && pread(fd, &header, sizeof(header), 0) >= 4) {
        if (memcmp(&header, "\177ELF", 4) == 0)
            content = CONTENT_ELF;
        else if (header.magic == ETCH_SIMPLE_MAGIC ||
                 header.magic == __builtin_bswap64(ETCH_SIMPLE_MAGIC))
            content = CONTENT_TRACE;
    }
    close(fd);
    return content;
}

static void failed(struct cli_sources *sources, const struct cli_command *self, char *message,
                   int error)
{
    cli_error(self, "%s", message ? message : strerror(-error));
    free(message);
    sources->unreadable = true;
}

static int add_decl(struct etch_decl_list *list, const struct etch_decl *decl)
{
    return etch_declare_add(list, decl->name, decl->args_text, decl->format, decl->properties,
                            decl->file, decl->line);
}

static void add_decls(struct cli_sources *sources, const struct cli_command *self,
                      const struct meta *meta)
{
    int error = 0;
    for (size_t i = 0; i < meta->n_groups && !error; i++)
        for (size_t k = 0; k < meta->group[i]->list.n && !error; k++)
            error = add_decl(&sources->list, &meta->group[i]->list.v[k]);
    if (error)
        failed(sources, self, NULL, error);
}

static void add_meta(struct cli_sources *sources, const struct cli_command *self, const char *path)
{
    char *message = NULL;
    struct fault fault = {.error = &message};
    struct meta *meta;
    int error = meta_open(&meta, path, &fault);
    if (error)
        failed(sources, self, message, error);
    else
        add_decls(sources, self, meta);
    meta_close(error ? NULL : meta);
}

static void add_ctf(struct cli_sources *sources, const struct cli_command *self, const char *path)
{
    char *message = NULL;
    struct fault fault = {.error = &message};
    struct tsdl *tsdl;
    int error = tsdl_open(&tsdl, path, &fault);
    if (error)
        failed(sources, self, message, error);
    if (tsdl)
        add_decls(sources, self, &tsdl->meta);
    tsdl_close(tsdl);
}

static int compare(const void *a, const void *b)
{
    const struct etch_decl *x = *(const struct etch_decl *const *)a;
    const struct etch_decl *y = *(const struct etch_decl *const *)b;
    int order = strcmp(x->name, y->name);
    if (order == 0)
        order = strcmp(x->args_text, y->args_text);
    if (order == 0)
        order = strcmp(x->format ? x->format : "", y->format ? y->format : "");
    if (order == 0)
        order = strcmp(x->file, y->file);
    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    return order;
}

/* A folder holds the same events once a process: keeps one of each from `from`
 * on, in their order. */
static void merge_equal(struct etch_decl_list *list, size_t from)
{
    size_t n = list->n - from, kept = from;
    const struct etch_decl **sorted = calloc(n + 1, sizeof(*sorted));
    bool *surplus = calloc(n + 1, sizeof(*surplus));
    if (sorted && surplus) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = &list->v[from + i];
        qsort(sorted, n, sizeof(*sorted), compare);
        for (size_t i = 1; i < n; i++) /* the first of equals stays */
            if (compare(&sorted[i - 1], &sorted[i]) == 0) {
                const struct etch_decl *later =
                    sorted[i] > sorted[i - 1] ? sorted[i] : sorted[i - 1];
                const struct etch_decl *first =
                    sorted[i] > sorted[i - 1] ? sorted[i - 1] : sorted[i];
                surplus[later - &list->v[from]] = true;
                sorted[i] = first;
            }
        for (size_t i = 0; i < n; i++)
            if (!surplus[i])
                list->v[kept++] = list->v[from + i];
        list->n = kept;
    }
    free(sorted);
    free(surplus);
}

/* Whether what a pattern found is told by a side file beside it. */
static bool has_side_file(const char *ctf)
{
    char *side;
    bool found = asprintf(&side, "%.*s.meta", (int)strlen(ctf) - 4, ctf) >= 0;
    if (found) {
        found = access(side, F_OK) == 0;
        free(side);
    }
    return found;
}

/* All that a pattern finds in a folder; false: nothing. */
static bool add_found(struct cli_sources *sources, const struct cli_command *self,
                      const char *folder, const char *pattern, bool ctf)
{
    glob_t found = {0};
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, pattern) < 0) {
        failed(sources, self, NULL, -ENOMEM);
        return true;
    }
    bool any = glob(path, 0, NULL, &found) == 0;
    for (size_t i = 0; any && i < found.gl_pathc; i++) {
        if (!ctf)
            add_meta(sources, self, found.gl_pathv[i]);
        else if (!has_side_file(found.gl_pathv[i]))
            add_ctf(sources, self, found.gl_pathv[i]);
    }
    globfree(&found);
    free(path);
    return any;
}

static void add_folder(struct cli_sources *sources, const struct cli_command *self,
                       const char *path)
{
    size_t from = sources->list.n;
    bool side = add_found(sources, self, path, "*.meta", false);
    bool ctf = add_found(sources, self, path, "*.ctf", true);
    if (!side && !ctf) {
        cli_error(self, "%s: no trace in this folder", path);
        sources->unreadable = true;
    }
    merge_equal(&sources->list, from);
}

static void add_names(struct cli_sources *sources, const struct cli_command *self, const char *path)
{
    struct etch_read_options how = {.unordered = true};
    struct etch_events events = {0};
    struct etch_reader *reader;
    struct etch_record record;
    char *message = NULL;
    uint32_t index;
    bool is_new;
    int error = etch_reader_open(&reader, &path, 1, &how, &message);
    if (error) {
        failed(sources, self, message, error);
        return;
    }
    while ((error = etch_reader_next(reader, &record, &message)) > 0) {
        if (record.type != ETCH_RECORD_EVENT)
            continue;
        if ((error = etch_events_index(&events, &record, &index, &is_new)) < 0)
            break;
        if (is_new &&
            (error = etch_declare_add(&sources->list, record.name, "", NULL, 0, path, 0)) < 0)
            break;
    }
    if (error < 0)
        failed(sources, self, message, error);
    etch_events_free(&events);
    etch_reader_close(reader);
}

static void add_trace(struct cli_sources *sources, const struct cli_command *self, const char *path)
{
    char *side = NULL;
    if (asprintf(&side, "%s.meta", path) < 0)
        failed(sources, self, NULL, -ENOMEM);
    else if (access(side, F_OK) == 0)
        add_meta(sources, self, side);
    else
        add_names(sources, self, path);
    free(side);
}

void cli_list_add(struct cli_sources *sources, const struct cli_command *self, const char *path,
                  enum etch_era era)
{
    char *message = NULL;
    int error = 0;
    switch (content_of(path)) {
    case CONTENT_FOLDER:
        add_folder(sources, self, path);
        break;
    case CONTENT_CTF:
        add_ctf(sources, self, path);
        break;
    case CONTENT_ELF:
        error = etch_note_load(path, &sources->list, &message);
        if (error)
            failed(sources, self, message, error);
        break;
    case CONTENT_TRACE:
        add_trace(sources, self, path);
        break;
    default:
        cli_sources_add(sources, self, path, era);
    }
}
