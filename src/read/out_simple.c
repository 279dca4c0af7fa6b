/* SPDX-License-Identifier: MIT
 *
 * out_simple.c: see out_simple.h. Which mappings the file has is not looked
 * up: the id of an event is mapped, perhaps once more, before its first record
 * here; readers take several mappings of one id.
 */
#include "read/out_simple.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/kind.h"
#include "format/simple.h"

#define BUFFER_SIZE (256u << 10)

struct out_simple {
    int fd;
    uint64_t offset;
    struct meta *meta;
    unsigned char *mapped; /* a flag for each event of the side file */
    size_t n_mapped;
    size_t used;
    unsigned char buffer[BUFFER_SIZE];
};

static int flush(struct out_simple *out)
{
    size_t done = 0;
    while (done < out->used) {
        ssize_t n = pwrite(out->fd, out->buffer + done, out->used - done, (off_t)out->offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? -ENOSPC : -errno;
        done += (size_t)n;
        out->offset += (uint64_t)n;
    }
    out->used = 0;
    return 0;
}

static int put(struct out_simple *out, const void *data, size_t size)
{
    const unsigned char *p = data;
    while (size > 0) {
        size_t room = BUFFER_SIZE - out->used, n = size < room ? size : room;
        memcpy(out->buffer + out->used, p, n);
        out->used += n;
        p += n;
        size -= n;
        int error = out->used == BUFFER_SIZE ? flush(out) : 0;
        if (error < 0)
            return error;
    }
    return 0;
}

static int put_u32(struct out_simple *out, uint32_t v)
{
    return put(out, &v, sizeof(v));
}

static int put_u64(struct out_simple *out, uint64_t v)
{
    return put(out, &v, sizeof(v));
}

static int put_mapping(struct out_simple *out, uint64_t id, const char *name)
{
    size_t length = strlen(name);
    int error = put_u64(out, ETCH_SIMPLE_MAPPING);
    if (error == 0)
        error = put_u64(out, id);
    if (error == 0)
        error = put_u32(out, (uint32_t)length);
    return error < 0 ? error : put(out, name, length);
}

/* The id of a declaration, and its place among all events of the side file. */
static bool find_id(const struct meta *meta, const struct etch_decl *decl, uint64_t *id,
                    size_t *place)
{
    size_t before = 0;
    for (size_t i = 0; i < meta->n_groups; i++) {
        const struct etch_decl_list *list = &meta->group[i]->list;
        if (decl >= list->v && decl < list->v + list->n) {
            size_t index = (size_t)(decl - list->v);
            *id = meta->group[i]->first_id + index;
            *place = before + index;
            return true;
        }
        before += list->n;
    }
    return false;
}

static int put_all_mappings(struct out_simple *out)
{
    int error = 0;
    for (size_t i = 0; out->meta != NULL && i < out->meta->n_groups && error == 0; i++) {
        const struct meta_group *g = out->meta->group[i];
        for (size_t k = 0; k < g->list.n && error == 0; k++)
            error = put_mapping(out, g->first_id + k, g->list.v[k].name);
    }
    memset(out->mapped, 1, out->n_mapped);
    return error;
}

struct out_simple *out_simple_new(int fd, uint64_t offset, struct meta *meta)
{
    struct out_simple *out = calloc(1, sizeof(*out));
    if (out == NULL)
        return NULL;
    out->fd = fd;
    out->offset = offset;
    out->meta = meta;
    for (size_t i = 0; meta != NULL && i < meta->n_groups; i++)
        out->n_mapped += meta->group[i]->list.n;
    out->mapped = calloc(out->n_mapped + 1, 1);
    struct etch_simple_header header = {ETCH_SIMPLE_HEADER_ID, ETCH_SIMPLE_MAGIC,
                                        ETCH_SIMPLE_VERSION};
    if (out->mapped != NULL &&
        (offset != 0 || (put(out, &header, sizeof(header)) == 0 && put_all_mappings(out) == 0)))
        return out;
    out_simple_free(out);
    return NULL;
}

/* As QEMU 2.8 and our drain cast floating point arguments: to an integer. */
static uint64_t whole_of(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof(v));
    if (!(v > -9.3e18 && v < 1.9e19))
        return 0;
    return v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
}

static bool is_string(const struct etch_record *r, uint32_t i)
{
    return r->decl->args[i].kind == ETCH_KIND_STRING;
}

static uint32_t payload_size(const struct etch_record *r)
{
    size_t size = 0;
    for (uint32_t i = 0; i < r->n_values; i++)
        size += is_string(r, i) ? 4 + (size_t)r->length[i] : 8;
    return (uint32_t)size;
}

static int put_values(struct out_simple *out, const struct etch_record *r)
{
    int error = 0;
    for (uint32_t i = 0; i < r->n_values && error == 0; i++) {
        char kind = r->decl->args[i].kind;
        if (is_string(r, i)) {
            error = put_u32(out, r->length[i]);
            if (error == 0)
                error = put(out, (const void *)(uintptr_t)r->value[i], r->length[i]);
        } else {
            bool real = kind == ETCH_KIND_FLOAT || kind == ETCH_KIND_DOUBLE;
            error = put_u64(out, real ? whole_of(r->value[i]) : r->value[i]);
        }
    }
    return error;
}

static int put_head(struct out_simple *out, const struct etch_record *r, uint64_t id,
                    uint32_t payload)
{
    struct etch_simple_record head = {
        .id = id, .time_ns = r->time_ns, .length = (uint32_t)sizeof(head) + payload, .pid = r->pid};
    int error = put_u64(out, ETCH_SIMPLE_EVENT);
    return error < 0 ? error : put(out, &head, sizeof(head));
}

int out_simple_record(struct out_simple *out, const struct etch_record *r)
{
    uint64_t id;
    size_t place;
    if (r->type == ETCH_RECORD_LOST) {
        if (r->lost == 0) /* the format cannot say it */
            return 0;
        int error = put_head(out, r, ETCH_SIMPLE_DROPPED, 8);
        return error < 0 ? error : put_u64(out, r->lost);
    }
    if (!find_id(out->meta, r->decl, &id, &place))
        return -EINVAL;
    int error = 0;
    /* A group that registered meanwhile has no flag: it is mapped each time. */
    if (place >= out->n_mapped || !out->mapped[place])
        error = put_mapping(out, id, r->decl->name);
    if (place < out->n_mapped)
        out->mapped[place] = 1;
    if (error == 0)
        error = put_head(out, r, id, payload_size(r));
    return error < 0 ? error : put_values(out, r);
}

int out_simple_finish(struct out_simple *out)
{
    return flush(out);
}

void out_simple_free(struct out_simple *out)
{
    if (out == NULL)
        return;
    free(out->mapped);
    free(out);
}
