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

static bool tells(const struct etch_decl *d)
{
    if (strcmp(d->name, ETCH_SUPPRESSED_NAME) != 0 || d->n_args != strlen(ETCH_SUPPRESSED_KINDS))
        return false;
    for (size_t i = 0; i < d->n_args; i++)
        if (d->args[i].kind != ETCH_SUPPRESSED_KINDS[i])
            return false;
    return true;
}

/* The declaration of libetch's own event, which comes with the first limit. */
static void find_decl(struct suppressed *s, const struct meta *meta)
{
    for (; meta != NULL && s->decl == NULL; meta = meta->fallback)
        for (size_t i = 0; i < meta->n_groups; i++) {
            const struct etch_decl_list *list = &meta->group[i]->list;
            for (size_t k = 0; k < list->n && s->decl == NULL; k++)
                if (tells(&list->v[k])) {
                    s->decl = &list->v[k];
                    s->id = meta->group[i]->first_id + (uint32_t)k;
                }
        }
}

static int compare_times(const void *a, const void *b)
{
    const struct suppressed_one *x = a, *y = b;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

void suppressed_list(struct suppressed *s, const struct pool *pool, struct meta *meta)
{
    *s = (struct suppressed){0};
    find_decl(s, meta);
    for (size_t i = 0; s->decl != NULL && i < ETCH_POOL_LIMITS; i++) {
        const struct etch_pool_limit *l = &pool->limits[i];
        if (l->event == 0 || l->suppressed <= l->told)
            continue;
        const struct note_machine *machine;
        const struct etch_decl *of =
            l->event == ETCH_POOL_LIMIT_OTHERS ? NULL : meta_find(meta, l->event - 1, &machine);
        s->one[s->n++] =
            (struct suppressed_one){.event = of == NULL ? ETCH_SUPPRESSED_OTHERS : of->name,
                                    .count = l->suppressed - l->told,
                                    .total = l->suppressed,
                                    .time_ns = l->last_ns,
                                    .limit = l->limit};
    }
    qsort(s->one, s->n, sizeof(s->one[0]), compare_times);
}

/* ---- as a source ---- */

struct suppressed_source {
    struct source source;
    uint32_t pid;
    size_t given;
    struct suppressed all;
};

static int suppressed_next(struct source *source, struct etch_record *record)
{
    struct suppressed_source *s = (struct suppressed_source *)source;
    if (s->given == s->all.n)
        return 0;
    const struct suppressed_one *one = &s->all.one[s->given++];
    *record = (struct etch_record){.type = ETCH_RECORD_EVENT,
                                   .time_ns = one->time_ns,
                                   .pid = s->pid,
                                   .tid = s->pid,
                                   .name = s->all.decl->name,
                                   .decl = s->all.decl,
                                   .n_values = (uint32_t)s->all.decl->n_args};
    record->value[0] = (uint64_t)(uintptr_t)one->event;
    record->length[0] = (uint32_t)strlen(one->event);
    record->value[1] = one->count;
    record->value[2] = one->limit;
    record->value[3] = one->total;
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

int suppressed_add(struct source *merger, const struct pool *pool, struct meta *meta)
{
    struct suppressed_source *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return -ENOMEM;
    s->source = (struct source){&suppressed_ops, merger->fault};
    s->pid = pool->header.pid;
    suppressed_list(&s->all, pool, meta);
    if (s->all.n != 0)
        return merge_add(merger, &s->source);
    free(s);
    return 0;
}
