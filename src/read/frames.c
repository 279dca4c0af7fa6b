/* SPDX-License-Identifier: MIT
 *
 * frames.c: see frames.h.
 */
#include "read/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "declare/store.h"
#include "format/tsdl.h"

#define FIELDS_MAX 4096u

/* The place of an id, or where it would be. */
static size_t place_of(const struct frame_dict *dict, uint32_t id)
{
    size_t low = 0, high = dict->n;
    /* Mostly they come in their order. */
    if (high != 0 && dict->v[high - 1].id < id)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dict->v[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct frame_entry *frame_find(const struct frame_dict *dict, uint32_t id)
{
    size_t at = place_of(dict, id);
    return at < dict->n && dict->v[at].id == id ? &dict->v[at] : NULL;
}

size_t frames_measure(const struct frame_dict *dict, const unsigned char *p, size_t size,
                      uint64_t *frames)
{
    size_t at = 0;
    uint32_t id;
    for (*frames = 0; size - at >= sizeof(id); ++*frames) {
        memcpy(&id, p + at, sizeof(id));
        const struct frame_entry *e = frame_find(dict, id);
        if (e == NULL || size - at - sizeof(id) < e->size)
            break;
        at += sizeof(id) + e->size;
    }
    return at;
}

static void entry_free(struct frame_entry *e)
{
    for (size_t i = 0; e->kinds != NULL && e->kinds[i] != '\0'; i++)
        free(e->field[i]);
    free(e->field);
    free(e->kinds);
    free(e->attributes);
    free(e->name);
}

void frame_dict_free(struct frame_dict *dict)
{
    for (size_t i = 0; i < dict->n; i++)
        entry_free(&dict->v[i]);
    free(dict->v);
    *dict = (struct frame_dict){0};
}

/* ---- from the metadata ---- */

/* The kind of the type that is looked at; steps over it. '\0': it is none. */
static char take_type(struct tsdl_lexer *l)
{
    static const char kinds[] = "bBhHiIqQP";
    for (const char *k = kinds; *k != '\0'; k++)
        if (tsdl_is(l, tsdl_frame_type(*k))) {
            tsdl_step(l);
            return *k;
        }
    return '\0';
}

static bool field_room(struct frame_entry *e, size_t n)
{
    if ((n & (n - 1)) != 0 && n != 0) /* room grows by powers of two */
        return true;
    char *kinds = realloc(e->kinds, 2 * n + 2);
    e->kinds = kinds != NULL ? kinds : e->kinds;
    char **field = realloc(e->field, (2 * n + 2) * sizeof(*field));
    e->field = field != NULL ? field : e->field;
    return kinds != NULL && field != NULL;
}

/* "TYPE _NAME;", up to the bracket behind the last. */
static int take_fields(struct tsdl_lexer *l, struct frame_entry *e)
{
    size_t n = 0;
    do {
        if (!field_room(e, n))
            return -ENOMEM;
        e->kinds[n] = '\0';
        char kind = take_type(l);
        if (kind == '\0')
            return 0;
        if (n == FIELDS_MAX || l->token.kind != TSDL_WORD || l->token.size < 2)
            return -EINVAL;
        e->field[n] = strndup(l->token.text + 1, l->token.size - 1);
        if (e->field[n] == NULL)
            return -ENOMEM;
        e->kinds[n++] = kind;
        e->kinds[n] = '\0';
        e->size += (uint32_t)etch_kind_size(kind, 8, 8);
        tsdl_step(l);
    } while (tsdl_match(l, ";"));
    return -EINVAL;
}

static int take_entry(struct tsdl_lexer *l, struct frame_entry *e)
{
    if (!tsdl_match(l, "; model.emf.uri = "))
        return -EINVAL;
    char *uri = tsdl_string(l);
    size_t prefix = sizeof(TSDL_FRAME_URI) - 1;
    bool ours = uri != NULL && strncmp(uri, TSDL_FRAME_URI, prefix) == 0;
    e->attributes = ours ? strdup(uri + prefix) : NULL;
    free(uri);
    if (e->attributes == NULL)
        return ours ? -ENOMEM : -EINVAL;
    if (!tsdl_match(l, "; fields := struct {"))
        return -EINVAL;
    int error = take_fields(l, e);
    return error < 0 ? error : tsdl_match(l, "}; };") ? 0 : -EINVAL;
}

static int add_entry(struct frame_dict *dict, struct frame_entry *e)
{
    size_t at = place_of(dict, e->id);
    if (at < dict->n && dict->v[at].id == e->id) {
        entry_free(e);
        return 0;
    }
    struct frame_entry *v = etch_grow(dict->v, dict->n, &dict->capacity, sizeof(*v));
    if (v == NULL)
        return -ENOMEM;
    dict->v = v;
    memmove(&dict->v[at + 1], &dict->v[at], (dict->n - at) * sizeof(*e));
    dict->v[at] = *e;
    dict->n++;
    return 0;
}

int frame_take(struct frame_dict *dict, struct tsdl_lexer *lexer, uint32_t id, char *name)
{
    struct frame_entry e = {.id = id, .name = name};
    int error = take_entry(lexer, &e);
    if (error == 0)
        error = add_entry(dict, &e);
    if (error < 0)
        entry_free(&e);
    return error;
}
