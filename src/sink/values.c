/* SPDX-License-Identifier: MIT
 *
 * values.c: the values of one field: their sum, and how often each came.
 *
 * Reads:  records.
 * Writes: the output buffer.
 * Never:  keeps more than VALUES_MAX different ones: those that come later are
 *         counted as "other".
 */
#include <errno.h>
#include <stdlib.h>

#include "format/kind.h"
#include "sink/escape.h"
#include "sink/stat.h"

#define VALUES_MAX (1u << 20)
/* Of a string. */
#define TEXT_MAX 4096u

static bool is_text(const struct stat_values *values)
{
    return values->kind == ETCH_KIND_STRING;
}

static bool is_signed(const struct stat_values *values)
{
    return etch_kind_signed(values->kind, true);
}

static bool less(const struct stat_values *values, uint64_t a, uint64_t b)
{
    return is_signed(values) ? (int64_t)a < (int64_t)b : a < b;
}

static uint64_t text_hash(const char *text, size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The length of a string stands in front of it. */
static int keep_text(struct etch_item *item, const char *text, size_t n)
{
    uint32_t size = (uint32_t)(n < TEXT_MAX ? n : TEXT_MAX);
    char *kept = malloc(sizeof(size) + size);
    if (!kept)
        return -ENOMEM;
    memcpy(kept, &size, sizeof(size));
    memcpy(kept + sizeof(size), text, size);
    item->b = (uint64_t)(uintptr_t)kept;
    return 0;
}

static void add_number(struct stat_values *values, uint64_t value)
{
    values->sum += is_signed(values) ? (__int128)(int64_t)value : (__int128)value;
    if (values->n == 0 || less(values, value, values->min))
        values->min = value;
    if (values->n == 0 || less(values, values->max, value))
        values->max = value;
}

int stat_values_add(struct stat_values *values, const struct etch_term *term,
                    const struct etch_record *record)
{
    uint32_t i = term->argument[0];
    bool null = is_text(values) && record->value[i] == 0;
    const char *text = null ? "(null)" : (const char *)(uintptr_t)record->value[i];
    size_t length = null ? 6 : record->length[i];
    uint64_t key = is_text(values) ? text_hash(text, length) : etch_term_value(term, record);

    if (!is_text(values))
        add_number(values, key);
    values->n++;
    struct etch_item *item = etch_table_find(&values->table, key, 0);
    if (!item && values->table.n >= VALUES_MAX) {
        values->n_other++;
        return 0;
    }
    if (!item)
        item = etch_table_get(&values->table, key, 0, 1);
    if (!item)
        return -ENOMEM;
    if (is_text(values) && item->a == 0 && keep_text(item, text, length) < 0)
        return -ENOMEM;
    item->a++;
    return 0;
}

static int by_count(const void *left, const void *right)
{
    const struct etch_item *a = left, *b = right;
    if (a->a != b->a)
        return a->a < b->a ? 1 : -1;
    return a->key < b->key ? -1 : a->key > b->key;
}

/* The most frequent values, `*n` of them. malloc'd. */
static struct etch_item *most_frequent(const struct stat_values *values, size_t top, size_t *n)
{
    struct etch_item *all = malloc((values->table.n + 1) * sizeof(*all));
    size_t found = 0;
    for (size_t i = 0; all && i < values->table.room; i++)
        if (values->table.items[i].tag)
            all[found++] = values->table.items[i];
    if (all)
        qsort(all, found, sizeof(*all), by_count);
    *n = found < top ? found : top;
    return all;
}

static void put_value(const struct stat_values *values, const struct etch_item *item, bool json,
                      struct etch_out *out)
{
    if (is_text(values)) {
        const char *kept = (const char *)(uintptr_t)item->b;
        uint32_t size;
        memcpy(&size, kept, sizeof(size));
        etch_out_text(out, "\"");
        out->p = etch_put_json(out, out->p, kept + sizeof(size), size);
        etch_out_text(out, "\"");
    } else if (values->kind == ETCH_KIND_POINTER) {
        etch_out_format(out, json ? "\"0x%llx\"" : "0x%llx", (unsigned long long)item->key);
    } else if (is_signed(values)) {
        etch_out_format(out, "%lld", (long long)item->key);
    } else {
        etch_out_format(out, "%llu", (unsigned long long)item->key);
    }
}

static void put_number(const struct stat_values *values, uint64_t value, struct etch_out *out)
{
    struct etch_item item = {.key = value};
    put_value(values, &item, true, out);
}

/* A sum may have more than 64 bits. */
static void put_sum(__int128 sum, struct etch_out *out)
{
    char digits[48], *p = digits + sizeof(digits);
    unsigned __int128 left = sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
    do
        *--p = (char)('0' + (int)(left % 10));
    while (left /= 10);
    if (sum < 0)
        *--p = '-';
    etch_out_bytes(out, p, (size_t)(digits + sizeof(digits) - p));
}

void stat_values_print(const struct stat_values *values, size_t top, struct etch_out *out)
{
    etch_out_format(out, "\n%s: %llu values, %zu%s different", values->field.text,
                    (unsigned long long)values->n, values->table.n,
                    values->n_other ? " or more" : "");
    if (!is_text(values) && values->n) {
        etch_out_text(out, ", sum ");
        put_sum(values->sum, out);
        etch_out_text(out, ", min ");
        put_number(values, values->min, out);
        etch_out_format(out, ", mean %.1f, max ", (double)values->sum / (double)values->n);
        put_number(values, values->max, out);
    }
    etch_out_text(out, "\n");
    size_t n;
    struct etch_item *items = most_frequent(values, top, &n);
    if (items && n)
        etch_out_format(out, "%12s %7s  %s\n", "COUNT", "PART", "VALUE");
    for (size_t i = 0; items && i < n; i++) {
        etch_out_format(out, "%12llu %5.1f %%  ", (unsigned long long)items[i].a,
                        100.0 * (double)items[i].a / (double)values->n);
        put_value(values, &items[i], false, out);
        etch_out_text(out, "\n");
    }
    free(items);
}

void stat_values_json(const struct stat_values *values, size_t top, struct etch_out *out)
{
    etch_out_text(out, "{\"field\":\"");
    out->p = etch_put_json(out, out->p, values->field.text, strlen(values->field.text));
    etch_out_format(out, "\",\"values\":%llu,\"different\":%zu,\"other\":%llu",
                    (unsigned long long)values->n, values->table.n,
                    (unsigned long long)values->n_other);
    if (!is_text(values) && values->n) {
        etch_out_text(out, ",\"sum\":");
        put_sum(values->sum, out);
        etch_out_text(out, ",\"min\":");
        put_number(values, values->min, out);
        etch_out_text(out, ",\"max\":");
        put_number(values, values->max, out);
    }
    size_t n;
    struct etch_item *items = most_frequent(values, top, &n);
    etch_out_text(out, ",\"top\":[");
    for (size_t i = 0; items && i < n; i++) {
        etch_out_text(out, i ? ",{\"value\":" : "{\"value\":");
        put_value(values, &items[i], true, out);
        etch_out_format(out, ",\"count\":%llu}", (unsigned long long)items[i].a);
    }
    etch_out_text(out, "]}");
    free(items);
}

void stat_values_free(struct stat_values *values)
{
    for (size_t i = 0; is_text(values) && i < values->table.room; i++)
        if (values->table.items[i].tag)
            free((void *)(uintptr_t)values->table.items[i].b);
    etch_table_free(&values->table);
}
