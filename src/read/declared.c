/* SPDX-License-Identifier: MIT
 *
 * declared.c: loading declarations; see declared.h.
 */
#include "read/declared.h"
#include "format/suppressed.h"
#include "read/in_note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far above any real one: QEMU's whole trace-events-all is 0.6 MB. */
#define EVENTS_FILE_MAX (256u << 20)

/* Reads a whole file, which may be a pipe. */
static int read_whole(const char *path, char **text, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    size_t capacity = 64u << 10, used = 0;
    char *data = malloc(capacity);
    int error = data == NULL ? -ENOMEM : 0;
    while (error == 0) {
        if (used == capacity) {
            char *more = capacity < EVENTS_FILE_MAX ? realloc(data, capacity * 2) : NULL;
            if (more == NULL) {
                error = capacity < EVENTS_FILE_MAX ? -ENOMEM : -EFBIG;
                break;
            }
            data = more;
            capacity *= 2;
        }
        ssize_t got = read(fd, data + used, capacity - used);
        if (got < 0 && errno != EINTR)
            error = -errno;
        if (got == 0)
            break;
        if (got > 0)
            used += (size_t)got;
    }
    close(fd);
    if (error < 0)
        free(data);
    else
        *text = data, *size = used;
    return error;
}

/* Why a file has no declarations: its first error, as a compiler would tell it.
 * The lenient parsing that traces of all eras need is silent. */
static int tell_why(const char *path, const char *text, size_t size, struct fault *fault)
{
    struct etch_decl_list list = {0};
    struct etch_diags diags = {0};
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED, .path = path};
    const struct etch_diag *d = NULL;
    etch_declare_parse(&list, path, text, size, ETCH_ERA_ANY, &diags);
    for (size_t i = 0; i < diags.n && d == NULL; i++)
        if (diags.v[i].severity == ETCH_ERROR)
            d = &diags.v[i];
    if (d == NULL)
        fault_set(fault, -EINVAL, &what,
                  "declares no events; name the trace-events file of the program");
    else
        fault_set(fault, -EINVAL, &what, "line %u: %s%s%s: not a trace-events file", d->line,
                  d->message, d->hint ? "; " : "", d->hint ? d->hint : "");
    etch_diags_free(&diags);
    etch_decl_list_free(&list);
    return -EINVAL;
}

static int load_events_file(struct declared *declared, const char *path, bool must_declare,
                            struct fault *fault)
{
    char *text = NULL;
    size_t size = 0, before = declared->list.n;
    int error = read_whole(path, &text, &size);
    if (error < 0)
        return fault_system(fault, error, path, "cannot read the events file");
    struct etch_diags diags = {0};
    error = etch_declare_parse(&declared->list, path, text, size, ETCH_ERA_READER, &diags);
    etch_diags_free(&diags);
    if (error < 0)
        fault_system(fault, error, path, "cannot parse the events file");
    else if (declared->list.n == before && must_declare)
        error = tell_why(path, text, size, fault);
    free(text);
    return error;
}

static int load_exe(struct declared *declared, const char *path, struct fault *fault)
{
    char *message = NULL;
    int error = etch_note_load(path, &declared->list, &message);
    struct etch_read_fault what = {.kind = ETCH_FAULT_DAMAGED};
    if (error < 0 && fault->fault != NULL)
        *fault->fault = what;
    if (error < 0 && fault->error != NULL) {
        free(*fault->error);
        *fault->error = message;
        message = NULL;
    }
    free(message);
    return error;
}

/* By name; equal ones by address, that is in the order of declaration. */
static int compare_names(const void *a, const void *b)
{
    const struct etch_decl *const *x = a, *const *y = b;
    int c = strcmp((*x)->name, (*y)->name);
    return c != 0 ? c : (*x > *y) - (*x < *y);
}

static int make_indices(struct declared *declared)
{
    size_t n = declared->list.n;
    declared->by_name = calloc(n + 1, sizeof(*declared->by_name));
    declared->enabled = calloc(n + 1, sizeof(*declared->enabled));
    if (declared->by_name == NULL || declared->enabled == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct etch_decl *d = &declared->list.v[i];
        declared->by_name[i] = d;
        if ((d->properties & ETCH_PROP_DISABLE) == 0)
            declared->enabled[declared->n_enabled++] = d;
    }
    qsort(declared->by_name, n, sizeof(*declared->by_name), compare_names);
    return 0;
}

int declared_load(struct declared *declared, const struct etch_read_options *options,
                  struct fault *fault)
{
    *declared = (struct declared){0};
    int error = 0;
    for (const char *const *p = options->events_files; p && *p && error == 0; p++)
        error = load_events_file(declared, *p, options->simpletrace == ETCH_SIMPLETRACE_NO, fault);
    if (error == 0 && declared->list.n != 0) {
        error = etch_declare_expand_tcg(&declared->list, ETCH_ERA_READER);
        if (error < 0)
            fault_system(fault, error, options->events_files[0], "cannot expand tcg events");
    }
    for (const char *const *p = options->exes; p && *p && error == 0; p++)
        error = load_exe(declared, *p, fault);
    /* libetch's own event, which no file of the program declares. */
    if (error == 0 && declared->list.n != 0 && options->simpletrace == ETCH_SIMPLETRACE_NO)
        error = etch_declare_add(&declared->list, ETCH_SUPPRESSED_NAME, ETCH_SUPPRESSED_ARGS,
                                 ETCH_SUPPRESSED_FORMAT, 0, "libetch", 0);
    if (error == 0) {
        error = make_indices(declared);
        if (error < 0)
            fault_system(fault, error, "declarations", "cannot index them");
    }
    if (error < 0)
        declared_free(declared);
    return error;
}

void declared_free(struct declared *declared)
{
    etch_decl_list_free(&declared->list);
    free(declared->by_name);
    free(declared->enabled);
    *declared = (struct declared){0};
}

const struct etch_decl *declared_find(const struct declared *declared, const char *name)
{
    size_t low = 0, high = declared->list.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(declared->by_name[middle]->name, name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || strcmp(declared->by_name[low - 1]->name, name) != 0)
        return NULL;
    return declared->by_name[low - 1];
}
