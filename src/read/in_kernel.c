/* SPDX-License-Identifier: MIT
 *
 * in_kernel.c: the kernel's events of a recording; see in_kernel.h. A simple
 * file whose declarations are made as its mappings are met: all are alike.
 */
#include "read/in_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "format/kernel.h"
#include "read/in_simple.h"

/* Declarations are keys: each has a list of its own, which does not move. */
struct kernel_event {
    struct kernel_event *next;
    struct etch_decl_list list;
};

struct kernel {
    struct source source;
    struct source *simple;
    struct declared nothing;
    struct simple_config config;
    struct kernel_event *events;
    int lock; /* the file, while its writer is followed; else -1 */
};

static const char *type_of(char kind)
{
#define KIND(letter, type)                                                                         \
    if (kind == letter)                                                                            \
        return type;
    ETCH_KERNEL_KINDS(KIND)
#undef KIND
    return NULL;
}

/* Arguments from FIELD:KIND,FIELD:KIND... as far as it can be read; to be freed. */
static char *arguments_of(const char *fields)
{
    char *args = NULL;
    size_t size;
    FILE *out = open_memstream(&args, &size);
    if (out == NULL)
        return NULL;
    fputs(ETCH_KERNEL_ARGS, out);
    for (const char *at = fields; *at != '\0';) {
        size_t name = strcspn(at, ":,)"), n = strcspn(at, ",)");
        const char *type = at[name] == ':' && n == name + 2 ? type_of(at[name + 1]) : NULL;
        bool ours =
            (name == 3 && memcmp(at, "cpu", 3) == 0) || (name == 4 && memcmp(at, "text", 4) == 0);
        if (type == NULL)
            break;
        fprintf(out, ", %s%.*s%s", type, (int)name, at, ours ? "_" : "");
        at += n + (at[n] != '\0');
    }
    return fclose(out) == 0 ? args : (free(args), NULL);
}

static const struct etch_decl *declare(void *arg, uint64_t id, const char *mapped)
{
    struct kernel *k = arg;
    size_t length = strcspn(mapped, "(");
    (void)id;
    for (const struct kernel_event *e = k->events; e != NULL; e = e->next)
        if (strncmp(e->list.v[0].name, mapped, length) == 0 && !e->list.v[0].name[length])
            return &e->list.v[0];
    struct kernel_event *event = calloc(1, sizeof(*event));
    char *name = strndup(mapped, length);
    char *args = arguments_of(mapped + length + (mapped[length] == '('));
    if (event == NULL || name == NULL || args == NULL ||
        etch_declare_add(&event->list, name, args, ETCH_KERNEL_FORMAT, 0, "kernel", 0) < 0) {
        free(event);
        event = NULL;
    }
    free(name);
    free(args);
    if (event == NULL)
        return NULL;
    event->next = k->events;
    k->events = event;
    return &event->list.v[0];
}

/* etch-kernel holds a lock on the file as long as it writes, however it ends. */
static bool is_written(int fd)
{
    bool locked = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (!locked)
        flock(fd, LOCK_UN);
    return locked;
}

static void follow(struct kernel *k, const char *path)
{
    k->lock = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    k->config.growing = k->lock >= 0 && is_written(k->lock);
}

static int kernel_next(struct source *source, struct etch_record *record)
{
    struct kernel *k = (struct kernel *)source;
    struct simple *simple = (struct simple *)k->simple;
    /* Asked before the file is: what its writer leaves is there then. */
    bool ends = simple->config.growing && !is_written(k->lock);
    int got = k->simple->ops->next(k->simple, record);
    if (got == -EAGAIN && ends) {
        simple->config.growing = false;
        got = k->simple->ops->next(k->simple, record);
    }
    if (got == 1)
        record->program = "kernel";
    return got;
}

static void kernel_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct kernel *k = (const struct kernel *)source;
    k->simple->ops->progress(k->simple, done, all);
}

static void kernel_close(struct source *source)
{
    struct kernel *k = (struct kernel *)source;
    if (k->simple != NULL)
        k->simple->ops->close(k->simple);
    if (k->lock >= 0)
        close(k->lock);
    for (struct kernel_event *e = k->events, *next; e != NULL; e = next) {
        next = e->next;
        etch_decl_list_free(&e->list);
        free(e);
    }
    free(k);
}

static const struct source_ops kernel_ops = {kernel_next, kernel_progress, kernel_close};

int kernel_open(struct source **source, const char *path, const struct etch_read_options *options,
                struct fault *fault)
{
    struct kernel *k = calloc(1, sizeof(*k));
    if (k == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open");
    k->source = (struct source){&kernel_ops, fault};
    k->lock = -1;
    k->config = (struct simple_config){.options = options,
                                       .declared = &k->nothing,
                                       .by_id = declare,
                                       .by_id_arg = k,
                                       .limit = UINT64_MAX};
    if (options->follow)
        follow(k, path);
    int error = simple_open(&k->simple, path, &k->config, fault);
    if (error < 0)
        kernel_close(&k->source);
    else
        *source = &k->source;
    return error;
}
