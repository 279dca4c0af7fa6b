/* SPDX-License-Identifier: MIT
 *
 * declare_fuzz.c: any bytes as a trace-events file: in every era they parse or
 * are refused with a message, lint, expand, resolve, and what was accepted
 * prints to text that parses to the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declare/declare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "declare_fuzz: %s\n", what);
    abort();
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_same(const struct etch_decl *a, const struct etch_decl *b)
{
    require(same_text(a->name, b->name), "another name");
    require(same_text(a->args_text, b->args_text), "other arguments");
    require(same_text(a->format, b->format), "another format");
    require(same_text(a->format_exec, b->format_exec), "another second format");
    require(a->properties == b->properties, "other properties");
    require(a->n_args == b->n_args, "another number of arguments");
    for (size_t i = 0; i < a->n_args; i++)
        require(same_text(a->args[i].type, b->args[i].type) &&
                    same_text(a->args[i].name, b->args[i].name) &&
                    a->args[i].kind == b->args[i].kind,
                "another argument");
}

static void check_print(const struct etch_decl *decl, enum etch_era era)
{
    struct etch_decl_list again = {0};
    char *line = etch_declare_print(decl);
    require(line != NULL, "no memory");
    require(etch_declare_parse(&again, "again", line, strlen(line), era, NULL) == 0,
            "what was printed does not parse");
    require(again.n == 1, "what was printed is not one event");
    check_same(decl, &again.v[0]);
    etch_decl_list_free(&again);
    free(line);
}

/* The parts of a declaration, as the note of a binary holds them, make the
 * same one. */
static void check_add(const struct etch_decl *decl)
{
    struct etch_decl_list again = {0};
    require(etch_declare_add(&again, decl->name, decl->args_text, decl->format, decl->properties,
                             "note", 1) == 0,
            "its parts are refused");
    again.v[0].format_exec = decl->format_exec;
    check_same(decl, &again.v[0]);
    etch_decl_list_free(&again);
}

static void check_format(const char *format)
{
    struct etch_conversion v;
    size_t at = 0, where = 0;
    int error;
    char *text = format ? etch_format_expand(format, &error, &where) : NULL;
    if (!text) {
        require(!format || where <= strlen(format), "a fault outside the format");
        return;
    }
    for (size_t last = 0; etch_format_next(text, &at, &v); last = at) {
        require(v.begin >= last && v.end > v.begin && v.end <= strlen(text), "a bad span");
        require(text[v.begin] == '%' && at == v.end, "a bad conversion");
    }
    require(at == strlen(text), "the scan stops early");
    free(text);
}

static void parse(const uint8_t *data, size_t size, enum etch_era era)
{
    struct etch_decl_list list = {0};
    struct etch_diags diags = {0};
    int error = etch_declare_parse(&list, "input", (const char *)data, size, era, &diags);
    require((error != 0) == (diags.errors != 0), "an error without a message, or a message only");
    require(era != ETCH_ERA_READER || diags.n == 0, "a reader is told something");
    for (size_t i = 0; i < list.n; i++) {
        check_print(&list.v[i], era);
        check_add(&list.v[i]);
        check_format(list.v[i].format);
        check_format(list.v[i].format_exec);
    }
    require(etch_declare_lint(&list, &diags) == 0, "lint fails");
    for (size_t i = 0; i < diags.n; i++)
        require(diags.v[i].message && diags.v[i].message[0], "a message without text");
    require(etch_declare_expand_tcg(&list, era) == 0, "the expansion fails");
    for (size_t i = 0; i < list.n; i++)
        require(!(list.v[i].properties & ETCH_PROP_TCG) || !list.v[i].format_exec,
                "a tcg event is left");
    etch_diags_free(&diags);
    etch_decl_list_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int era = ETCH_ERA_ANY; era <= ETCH_ERA_READER; era++)
        parse(data, size, (enum etch_era)era);
    return 0;
}
