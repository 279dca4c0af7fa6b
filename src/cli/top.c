/* SPDX-License-Identifier: MIT
 *
 * top.c: the table of `etch top`; see top.h.
 *
 * Reads:  records; the program's enable words.
 * Writes: lines.
 */
#include "cli/top.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int top_open(struct top *top, struct remote *remote)
{
    *top = (struct top){.remote = remote, .n = remote->target.n_events};
    top->rows = calloc(top->n + 1, sizeof(*top->rows));
    top->totals = calloc(top->n + 1, sizeof(*top->totals));
    for (size_t i = 0; top->rows != NULL && i < top->n; i++)
        top->rows[i].event = i;
    return top->rows != NULL && top->totals != NULL ? 0 : -ENOMEM;
}

void top_close(struct top *top)
{
    etch_table_free(&top->by_decl);
    free(top->rows);
    free(top->totals);
}

/* Which event of the program a declaration of the trace is; n: none. */
static size_t event_of(const struct top *top, const char *name)
{
    size_t i = 0;
    while (i < top->n && strcmp(attach_event(top->remote->attach, i).name, name) != 0)
        i++;
    return i;
}

int top_add(struct top *top, const struct etch_record *r)
{
    if (r->type == ETCH_RECORD_LOST) {
        top->dropped += r->lost;
        return 0;
    }
    uint64_t key = (uint64_t)(uintptr_t)r->decl;
    struct etch_item *item = r->decl ? etch_table_find(&top->by_decl, key, 0) : NULL;
    if (item == NULL && r->decl != NULL) {
        item = etch_table_get(&top->by_decl, key, 0, 1);
        if (item == NULL)
            return -ENOMEM;
        item->a = event_of(top, r->name);
    }
    size_t event = item ? item->a : event_of(top, r->name);
    top->totals[event < top->n ? event : top->n]++;
    top->events++;
    return 0;
}

static uint64_t per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((unsigned __int128)count * 1000000000u / ns);
}

static int by_rate(const void *a, const void *b)
{
    const struct top_row *x = a, *y = b;
    if (x->rate != y->rate)
        return x->rate > y->rate ? -1 : 1;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

void top_interval(struct top *top, uint64_t ns)
{
    for (size_t i = 0; i < top->n; i++) {
        struct top_row *row = &top->rows[i];
        row->total = top->totals[row->event];
        row->rate = per_second(row->total - row->before, ns);
        row->before = row->total;
    }
    top->rate = per_second(top->events - top->before, ns);
    top->before = top->events;
    if (top->n > 0)
        qsort(top->rows, top->n, sizeof(top->rows[0]), by_rate);
}

static size_t row_of(const struct top *top, size_t event)
{
    size_t i = 0;
    while (i + 1 < top->n && top->rows[i].event != event)
        i++;
    return i;
}

void top_move(struct top *top, long lines)
{
    long row = (long)row_of(top, top->selected) + lines;
    if (row < 0)
        row = 0;
    if (row >= (long)top->n)
        row = (long)top->n - 1;
    if (row >= 0)
        top->selected = top->rows[row].event;
}

void top_print(const struct top *top, size_t lines, size_t columns, bool cursor, FILE *out)
{
    char line[512];
    size_t row = row_of(top, top->selected);
    size_t first = lines > 0 && row >= lines ? row - lines + 1 : 0;
    if (columns >= sizeof(line))
        columns = sizeof(line) - 1;
    for (size_t i = first; i < top->n && i < first + lines; i++) {
        const struct top_row *r = &top->rows[i];
        struct monitor_event e = top->remote->target.event(&top->remote->target, r->event);
        snprintf(line, sizeof(line), "%12" PRIu64 " %14" PRIu64 "  %-3s  %s", r->rate, r->total,
                 e.disabled ? "-"
                 : e.on     ? "on"
                            : "off",
                 e.name);
        line[columns] = '\0';
        fprintf(out,
                cursor && i == row ? "\033[7m%s\033[0m\033[K\n"
                : cursor           ? "%s\033[K\n"
                                   : "%s\n",
                line);
    }
}
