/* SPDX-License-Identifier: MIT
 *
 * registry.c: which backends and formats exist, and how a list of backends is
 * read. The lists themselves are backends.def and formats.def.
 */
#include "generate/backend.h"
#include "generate/format.h"

#include <string.h>

/* The build defines BUILT_NAME, 0 for a backend that was left out of it. */
#define LIST_IF(built, name)  LIST_IF_(built, name)
#define LIST_IF_(built, name) LIST_##built(name)

static const struct etch_backend *const backends[] = {
#define LIST_0(name)
#define LIST_1(name)  &etch_backend_##name,
#define BACKEND(name) LIST_IF(BUILT_##name, name)
#include "generate/backends.def"
#undef LIST_0
#undef LIST_1
};

static const struct etch_backend *const left_out[] = {
#define LIST_0(name) &etch_backend_##name,
#define LIST_1(name)
#include "generate/backends.def"
#undef BACKEND
    NULL};

static const struct etch_gen_format *const formats[] = {
#define FORMAT(name) &etch_format_##name,
#include "generate/formats.def"
#undef FORMAT
};

enum {
    N_BACKENDS = sizeof(backends) / sizeof(backends[0]),
    N_FORMATS = sizeof(formats) / sizeof(formats[0]),
};

static const struct etch_backend *find_backend(const char *name, size_t length)
{
    for (size_t i = 0; i < N_BACKENDS; i++)
        if (strncmp(backends[i]->name, name, length) == 0 && !backends[i]->name[length])
            return backends[i];
    return NULL;
}

const char *etch_gen_backends(struct etch_gen_options *options, const char *list, size_t *length)
{
    options->n_backends = 0;
    for (const char *at = list;; at++) {
        *length = strcspn(at, ",");
        const struct etch_backend *backend = find_backend(at, *length);
        if (!backend || options->n_backends == ETCH_GEN_BACKENDS_MAX)
            return at;
        options->backends[options->n_backends++] = backend;
        at += *length;
        if (!*at)
            return NULL;
    }
}

bool etch_gen_backend_left_out(const char *name, size_t length)
{
    for (size_t i = 0; left_out[i]; i++)
        if (strncmp(left_out[i]->name, name, length) == 0 && !left_out[i]->name[length])
            return true;
    return false;
}

/* QEMU's command line takes _ for - in names. */
static bool same_name(const char *name, const char *given)
{
    for (; *name && (*name == *given || (*name == '-' && *given == '_')); name++, given++)
        ;
    return *name == *given;
}

const struct etch_gen_format *etch_gen_format_find(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (same_name(formats[i]->name, name))
            return formats[i];
    return NULL;
}

const char *etch_gen_backend_file(const struct etch_gen_options *options, size_t index,
                                  const char **head, const char **tail)
{
    const struct etch_backend *backend = options->backends[index];
    *head = backend->file_head;
    *tail = backend->file_tail;
    return backend->file_format;
}

const char *etch_gen_backend_name(size_t index)
{
    return index < N_BACKENDS ? backends[index]->name : NULL;
}

const char *etch_gen_backend_writes(size_t index)
{
    return index < N_BACKENDS ? backends[index]->writes : NULL;
}

const char *etch_gen_backend_needs(size_t index)
{
    return index < N_BACKENDS ? backends[index]->needs : NULL;
}

const char *etch_gen_format_name(size_t index)
{
    return index < N_FORMATS ? formats[index]->name : NULL;
}
