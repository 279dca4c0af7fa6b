/* SPDX-License-Identifier: MIT
 *
 * suppressed.c: see suppressed.h. Where the event that tells was stored, but not
 * yet that it was, its count is told twice; the total is right in both.
 */
#include "read/suppressed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read/merge.h"

struct suppressed {
    struct source source;
    const struct etch_decl *decl;
    struct etch_record record; /* what all have */
    size_t n, given;
    struct rest {
        const char *event;
        uint64_t count, total, time_ns;
        uint32_t limit;
    } rest[ETCH_POOL_LIMITS];
};

static int suppressed_next(struct source *source, struct etch_record *record)
{
    struct suppressed *s = (struct suppressed *)source;
    if (s->given == s->n)
        return 0;
    const struct rest *rest = &s->rest[s->given++];
    *record = s->record;
    record->value[0] = (uint64_t)(uintptr_t)rest->event;
    record->length[0] = (uint32_t)strlen(rest->event);
    record->value[1] = rest->count;
    record->value[2] = rest->limit;
    record->value[3] = rest->total;
    record->time_ns = rest->time_ns;
    return 1;
}

static void suppressed_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    (void)source;
    *done = *all = 0;
}

static void suppressed_close(struct source *source)
{
    free(source);
}

static const struct source_ops suppressed_ops = {suppressed_next, suppressed_progress,
                                                 suppressed_close};

/* The declaration of libetch's own event: its group comes with the first limit. */
static const struct etch_decl *find_decl(const struct meta *meta)
{
    for (size_t i = 0; meta != NULL && i < meta->n_groups; i++) {
        const struct etch_decl_list *list = &meta->group[i]->list;
        const struct etch_decl *d = list->v;
        if (list->n != 1 || strcmp(d->name, ETCH_SUPPRESSED_NAME) != 0 ||
            d->n_args != strlen(ETCH_SUPPRESSED_KINDS))
            continue;
        size_t same = 0;
        while (same < d->n_args && d->args[same].kind == ETCH_SUPPRESSED_KINDS[same])
            same++;
        if (same == d->n_args)
            return d;
    }
    return NULL;
}

static int compare_times(const void *a, const void *b)
{
    const struct rest *x = a, *y = b;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

int suppressed_add(struct source *merger, const struct pool *pool, struct meta *meta)
{
    const struct etch_decl *decl = find_decl(meta);
    struct suppressed *s = decl == NULL ? NULL : calloc(1, sizeof(*s));
    if (s == NULL)
        return decl == NULL ? 0 : -ENOMEM;
    s->source = (struct source){&suppressed_ops, merger->fault};
    s->record = (struct etch_record){.type = ETCH_RECORD_EVENT,
                                     .pid = pool->header.pid,
                                     .tid = pool->header.pid,
                                     .name = decl->name,
                                     .decl = decl,
                                     .n_values = (uint32_t)decl->n_args};
    for (size_t i = 0; i < ETCH_POOL_LIMITS; i++) {
        const struct etch_pool_limit *l = &pool->limits[i];
        if (l->event == 0 || l->suppressed <= l->told)
            continue;
        const struct note_machine *machine;
        const struct etch_decl *of =
            l->event == ETCH_POOL_LIMIT_OTHERS ? NULL : meta_find(meta, l->event - 1, &machine);
        s->rest[s->n++] =
            (struct rest){of == NULL ? ETCH_SUPPRESSED_OTHERS : of->name, l->suppressed - l->told,
                          l->suppressed, l->last_ns, l->limit};
    }
    qsort(s->rest, s->n, sizeof(s->rest[0]), compare_times);
    if (s->n != 0)
        return merge_add(merger, &s->source);
    free(s);
    return 0;
}
