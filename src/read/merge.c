/* SPDX-License-Identifier: MIT
 *
 * merge.c: k-way merge by a binary heap of the sources' next events.
 *
 * Reads:  the sources.
 * Writes: nothing.
 * Never:  holds more than one event of a source.
 */
#include "read/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct input_source {
    struct source *source;
    size_t place; /* of several events of one time, the first source's comes first */
    struct etch_record head;
};

struct merge {
    struct source source;
    bool unordered;
    struct input_source **all;
    size_t n, capacity;
    struct input_source **heap; /* those that have a head, by its time */
    size_t n_heap;
    struct input_source **empty; /* those that must be asked for their next */
    size_t n_empty;
    size_t current; /* the source that is read, where order does not matter */
};

static bool before(const struct input_source *a, const struct input_source *b)
{
    return a->head.time_ns != b->head.time_ns ? a->head.time_ns < b->head.time_ns
                                              : a->place < b->place;
}

static void sift_down(struct merge *m)
{
    struct input_source *x = m->heap[0];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= m->n_heap)
            break;
        if (child + 1 < m->n_heap && before(m->heap[child + 1], m->heap[child]))
            child++;
        if (!before(m->heap[child], x))
            break;
        m->heap[i] = m->heap[child];
        i = child;
    }
    m->heap[i] = x;
}

static void push(struct merge *m, struct input_source *x)
{
    size_t i = m->n_heap++;
    while (i > 0 && before(x, m->heap[(i - 1) / 2])) {
        m->heap[i] = m->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    m->heap[i] = x;
}

static void pop(struct merge *m)
{
    m->heap[0] = m->heap[--m->n_heap];
    if (m->n_heap > 0)
        sift_down(m);
}

static void copy_record(struct etch_record *to, const struct etch_record *from)
{
    memcpy(to, from, offsetof(struct etch_record, value));
    memcpy(to->value, from->value, from->n_values * sizeof(to->value[0]));
    memcpy(to->length, from->length, from->n_values * sizeof(to->length[0]));
}

/* Asks all sources without a head for one. A source that has none for now is
 * asked again at the next call; one that reports damage likewise. */
static int refill(struct merge *m, bool *waiting)
{
    size_t left = 0;
    int error = 0;
    for (size_t i = 0; i < m->n_empty; i++) {
        struct input_source *x = m->empty[i];
        int got = error < 0 ? -EAGAIN : x->source->ops->next(x->source, &x->head);
        if (got == 1)
            push(m, x);
        else if (got < 0)
            m->empty[left++] = x;
        *waiting |= got == -EAGAIN;
        if (got < 0 && got != -EAGAIN)
            error = got;
    }
    m->n_empty = left;
    return error;
}

static int next_ordered(struct merge *m, struct etch_record *record)
{
    bool waiting = false;
    int error = refill(m, &waiting);
    if (error < 0)
        return error;
    if (m->n_heap == 0)
        return waiting ? -EAGAIN : 0;
    copy_record(record, &m->heap[0]->head);
    m->empty[m->n_empty++] = m->heap[0];
    pop(m);
    return 1;
}

/* One source after the other. */
static int next_unordered(struct merge *m, struct etch_record *record)
{
    while (m->current < m->n) {
        struct source *source = m->all[m->current]->source;
        int got = source->ops->next(source, record);
        if (got != 0)
            return got;
        m->current++;
    }
    return 0;
}

static int merge_next(struct source *source, struct etch_record *record)
{
    struct merge *m = (struct merge *)source;
    if (m->n == 1)
        return m->all[0]->source->ops->next(m->all[0]->source, record);
    return m->unordered ? next_unordered(m, record) : next_ordered(m, record);
}

static void merge_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct merge *m = (const struct merge *)source;
    *done = *all = 0;
    for (size_t i = 0; i < m->n; i++) {
        uint64_t d, a;
        m->all[i]->source->ops->progress(m->all[i]->source, &d, &a);
        *done += d;
        *all += a;
    }
}

static void merge_close(struct source *source)
{
    struct merge *m = (struct merge *)source;
    for (size_t i = 0; i < m->n; i++) {
        m->all[i]->source->ops->close(m->all[i]->source);
        free(m->all[i]);
    }
    free(m->all);
    free(m->heap);
    free(m->empty);
    free(m);
}

static const struct source_ops merge_ops = {merge_next, merge_progress, merge_close};

struct source *merge_new(struct fault *fault, bool unordered)
{
    struct merge *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return NULL;
    m->source = (struct source){&merge_ops, fault};
    m->unordered = unordered;
    return &m->source;
}

static int grow(struct merge *m)
{
    size_t capacity = m->capacity == 0 ? 16 : m->capacity * 2;
    struct input_source ***arrays[] = {&m->all, &m->heap, &m->empty};
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        struct input_source **more = realloc(*arrays[i], capacity * sizeof(*more));
        if (more == NULL)
            return -ENOMEM;
        *arrays[i] = more;
    }
    m->capacity = capacity;
    return 0;
}

int merge_add(struct source *merger, struct source *source)
{
    struct merge *m = (struct merge *)merger;
    struct input_source *x = calloc(1, sizeof(*x));
    if (x == NULL || (m->n == m->capacity && grow(m) < 0)) {
        free(x);
        source->ops->close(source);
        return -ENOMEM;
    }
    x->source = source;
    x->place = m->n;
    m->all[m->n++] = x;
    m->empty[m->n_empty++] = x;
    return 0;
}
