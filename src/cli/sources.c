/* SPDX-License-Identifier: MIT
 *
 * sources.c: see sources.h.
 */
#include "cli/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gen_input.h"

int cli_sources_options(struct cli_sources_options *chosen, const struct cli_command *self,
                        int argc, char **argv)
{
    const struct cli_option *option;
    const char *value;
    int at = 0;

    *chosen = (struct cli_sources_options){.era = ETCH_ERA_ANY};
    while ((option = cli_next_option(self, argc, argv, &at, &value)))
        if (option->letter == 'j')
            chosen->json = true;
        else
            gen_era(value, &chosen->era);
    return at;
}

void cli_sources_add(struct cli_sources *sources, const struct cli_command *self, const char *path,
                     enum etch_era era)
{
    struct cli_source *v = realloc(sources->v, (sources->n + 1) * sizeof(*v));
    struct cli_source *source = v ? &v[sources->n] : NULL;
    int error = -ENOMEM;
    if (source) {
        sources->v = v;
        *source = (struct cli_source){.path = path};
        error = cli_read_file(path, &source->text, &source->size);
    }
    if (!error) {
        sources->n++;
        size_t errors = sources->diags.errors;
        error = etch_declare_parse(&sources->list, path, source->text, source->size, era,
                                   &sources->diags);
        if (sources->diags.errors > errors)
            return;
    }
    if (error) {
        cli_error(self, "%s: %s", path, strerror(-error));
        sources->unreadable = true;
    }
}

/* A diagnostic and where it goes. */
struct place {
    size_t source, index; /* index: as it came */
    unsigned line, column;
    struct etch_diag diag;
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static size_t source_of(const struct cli_sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->n; i++)
        if (strcmp(sources->v[i].path, path) == 0)
            return i;
    return sources->n;
}

/* Where each line of a text starts; n lines and the end. */
struct lines {
    const char **start;
    size_t n;
};

static struct lines lines_find(const struct cli_source *source)
{
    struct lines lines = {0};
    const char *end = source->text + source->size;
    size_t room = 2;
    for (const char *p = source->text; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        room++;
    lines.start = malloc(room * sizeof(*lines.start));
    if (!lines.start)
        return lines;
    for (const char *p = source->text; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        lines.start[lines.n++] = p;
        p = newline ? newline + 1 : end;
    }
    lines.start[lines.n] = end;
    return lines;
}

static void add_lines(struct etch_diags *diags, const struct cli_source *source)
{
    struct lines lines = {0};
    for (size_t i = 0; i < diags->n; i++) {
        struct etch_diag *diag = &diags->v[i];
        if (diag->source_line || diag->line == 0 || strcmp(diag->file, source->path) != 0)
            continue;
        if (!lines.start)
            lines = lines_find(source);
        if (diag->line > lines.n)
            continue;
        const char *start = lines.start[diag->line - 1];
        size_t length = (size_t)(lines.start[diag->line] - start);
        if (length && start[length - 1] == '\n')
            length--;
        if (length < 1000)
            diag->source_line = strndup(start, length);
    }
    free(lines.start);
}

void cli_sources_sort(struct cli_sources *sources)
{
    struct etch_diags *diags = &sources->diags;
    struct place *places = calloc(diags->n + 1, sizeof(*places));
    for (size_t i = 0; places && i < diags->n; i++) {
        const struct etch_diag *diag = &diags->v[i];
        places[i] = (struct place){.source = source_of(sources, diag->file),
                                   .index = i,
                                   .line = diag->line,
                                   .column = diag->column,
                                   .diag = *diag};
        /* A note explains the finding before it, and a file's last word has no
         * line: both stay where they came. */
        if (i && diag->severity == ETCH_NOTE && !diag->hint) {
            places[i].source = places[i - 1].source;
            places[i].line = places[i - 1].line;
        }
    }
    if (places) {
        qsort(places, diags->n, sizeof(*places), compare);
        for (size_t i = 0; i < diags->n; i++)
            diags->v[i] = places[i].diag;
        free(places);
    }
    for (size_t i = 0; i < sources->n; i++)
        add_lines(diags, &sources->v[i]);
}

void cli_sources_free(struct cli_sources *sources)
{
    etch_diags_free(&sources->diags);
    etch_decl_list_free(&sources->list);
    for (size_t i = 0; i < sources->n; i++)
        free(sources->v[i].text);
    free(sources->v);
    memset(sources, 0, sizeof(*sources));
}
