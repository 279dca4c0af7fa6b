/* SPDX-License-Identifier: MIT
 *
 * formats.c FILE...: prints every event of trace-events files by its plan and
 * by printf, over several values of each argument, and compares.
 *
 * Reads:  trace-events files.
 * Writes: differences, and how many events were compared, on stdout.
 *
 * printf gets its arguments as 64-bit words: each has a slot of 8 bytes in the
 * calls of x86-64 and aarch64, of which it takes what its conversion names.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declare/declare.h"
#include "format/kind.h"
#include "sink/plan.h"

#define ROUNDS 24

static uint64_t random_word(void)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state ^ state >> 31;
}

/* A value as a reader hands it on: extended by its kind. */
static uint64_t value_of(char kind)
{
    static const uint64_t edges[] = {0,   1,   9,          10,         127,
                                     128, 255, 0x7fffffff, 0x80000000, UINT64_MAX};
    uint64_t value = random_word();
    value = value % 3 ? value >> random_word() % 64 : edges[random_word() % 10];
    size_t bits = 8 * etch_kind_size(kind, 8, 8);
    if (kind == ETCH_KIND_BOOL)
        return value & 1;
    value <<= 64 - bits;
    return etch_kind_signed(kind, true) ? (uint64_t)((int64_t)value >> (64 - bits))
                                        : value >> (64 - bits);
}

static void fill(struct etch_record *record, const struct etch_decl *decl, uint64_t word[10])
{
    static const char *const texts[] = {"", "serial", "a somewhat longer text, of forty bytes."};
    *record = (struct etch_record){.name = decl->name, .decl = decl};
    for (size_t i = 0; i < decl->n_args; i++) {
        char kind = decl->args[i].kind;
        if (kind == ETCH_KIND_STRING) {
            const char *text = texts[random_word() % 3];
            record->length[i] = (uint32_t)strlen(text);
            word[i] = (uint64_t)(uintptr_t)text;
        } else {
            word[i] = value_of(kind);
        }
        record->value[i] = word[i];
        record->n_values++;
    }
}

/* Whether printf may be asked: it has no `%s` for a number, no `*` out of range,
 * and what it prints has no control characters. */
static bool fits(const struct etch_decl *decl, const char *expanded)
{
    struct etch_conversion c;
    size_t at = 0, next = 0;
    while (etch_format_next(expanded, &at, &c)) {
        if (c.width == -2 || c.precision == -2 || !c.letter || !strchr("diuoxXsp", c.letter) ||
            next >= decl->n_args ||
            (decl->args[next].kind == ETCH_KIND_STRING) != (c.letter == 's'))
            return false;
        next++;
    }
    return strpbrk(expanded, "\n\033") == NULL;
}

static int compare(const struct etch_decl *decl, const char *expanded, struct etch_out *out)
{
    struct etch_record record;
    struct etch_plan plan;
    uint64_t w[10] = {0};
    char expected[8192];
    int differ = 0;

    if (etch_plan_make(&plan, decl, ETCH_PLAN_FORMAT) < 0)
        return 1;
    for (int round = 0; round < ROUNDS && !differ; round++) {
        fill(&record, decl, w);
        snprintf(expected, sizeof(expected), expanded, w[0], w[1], w[2], w[3], w[4], w[5], w[6],
                 w[7], w[8], w[9]);
        etch_plan_print(&plan, &record, out);
        *out->p = '\0';
        out->p = out->start;
        differ = strcmp(out->start, expected) != 0;
        if (differ)
            printf("%s:%u: %s\n  etch   %s\n  printf %s\n", decl->file, decl->line, expanded,
                   out->start, expected);
    }
    etch_plan_free(&plan);
    return differ;
}

static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(1 << 24) : NULL;
    if (!text) {
        perror(path);
        exit(1);
    }
    *size = fread(text, 1, 1 << 24, f);
    fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    struct etch_decl_list list = {0};
    struct etch_diags diags = {0};
    struct etch_out out;
    size_t compared = 0;
    int differ = 0;

    if (etch_out_open(&out, -1) < 0)
        return 1;
    for (int i = 1; i < argc; i++) {
        size_t size;
        char *text = read_file(argv[i], &size);
        etch_declare_parse(&list, argv[i], text, size, ETCH_ERA_READER, &diags);
        free(text);
    }
    for (size_t i = 0; i < list.n; i++) {
        const struct etch_decl *decl = &list.v[i];
        int error;
        size_t where;
        char *expanded = decl->format && decl->n_args <= 10
                             ? etch_format_expand(decl->format, &error, &where)
                             : NULL;
        if (expanded && fits(decl, expanded)) {
            differ += compare(decl, expanded, &out);
            compared++;
        }
        free(expanded);
    }
    printf("%zu of %zu events compared, %d differ\n", compared, list.n, differ);
    etch_diags_free(&diags);
    etch_decl_list_free(&list);
    etch_out_close(&out);
    return differ != 0;
}
