/* SPDX-License-Identifier: MIT
 *
 * plan_fuzz.c: any declaration over any values, in every style: nothing breaks,
 * and no control character comes out.
 *
 * Reads:  a trace-events text, a NUL, and bytes from which values and strings
 *         are made.
 * Writes: nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "declare/declare.h"
#include "format/kind.h"
#include "sink/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fills a record from the bytes; strings are pieces of them. */
static void make_record(struct etch_record *record, const struct etch_decl *decl,
                        const uint8_t *bytes, size_t size)
{
    *record = (struct etch_record){.name = decl->name, .decl = decl};
    size_t at = 0;
    for (size_t i = 0; i < decl->n_args && i < ETCH_VALUES_MAX; i++) {
        size_t left = size - at, n = left < 8 ? left : 8;
        uint64_t value = 0;
        memcpy(&value, bytes + at, n);
        at += n;
        if (decl->args[i].kind == ETCH_KIND_STRING) {
            record->length[i] = (uint32_t)(value % (size - at + 1));
            value = (uint64_t)(uintptr_t)(bytes + at);
        }
        record->value[i] = value;
        record->n_values++;
    }
}

static void check(const struct etch_decl *decl, const struct etch_record *record,
                  enum etch_plan_style style)
{
    struct etch_plan plan;
    struct etch_out out;

    if (etch_out_open(&out, -1) < 0)
        return;
    int r = etch_plan_make(&plan, decl, style);
    if (r == 0 || plan.text)
        etch_plan_print(&plan, record, &out);
    for (const char *p = out.start; p < out.p && style != ETCH_PLAN_BARE; p++)
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            abort();
    etch_plan_free(&plan);
    out.p = out.start;
    etch_out_close(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t text_size = nul ? (size_t)(nul - data) : size;
    size_t behind = nul ? text_size + 1 : size;
    struct etch_decl_list list = {0};
    struct etch_diags diags = {0};
    struct etch_record record;

    etch_declare_parse(&list, "fuzz", (const char *)data, text_size, ETCH_ERA_READER, &diags);
    for (size_t i = 0; i < list.n && i < 16; i++) {
        make_record(&record, &list.v[i], data + behind, size - behind);
        for (int style = ETCH_PLAN_FORMAT; style <= ETCH_PLAN_BARE; style++)
            check(&list.v[i], &record, (enum etch_plan_style)style);
        if (record.n_values) { /* as of a file that was damaged */
            record.n_values--;
            check(&list.v[i], &record, ETCH_PLAN_FORMAT);
        }
    }
    etch_decl_list_free(&list);
    etch_diags_free(&diags);
    return 0;
}
