/* SPDX-License-Identifier: MIT
 *
 * lint_names.c: the names of a program's events against each other and against
 * the functions that every traced program has.
 *
 * Reads:  a list of declarations.
 * Writes: diagnostics.
 * Never:  compares each with each: names are sorted once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "declare/lint.h"

/* Of the run-time interface: an event of this name would be a second
 * trace_NAME(). */
static const char *const taken[] = {
    "enable_events",
    "event_get_id",
    "event_get_name",
    "event_get_state",
    "event_get_state_backends",
    "event_get_state_dynamic",
    "event_get_state_dynamic_by_id",
    "event_get_state_static",
    "event_is_pattern",
    "event_iter_init",
    "event_iter_init_all",
    "event_iter_init_group",
    "event_iter_init_pattern",
    "event_iter_next",
    "event_name",
    "event_register_group",
    "event_set_state_dynamic",
    "event_set_state_dynamic_init",
    "events_enabled_count",
    "get_vcpu_event_count",
    "init",
    "init_backends",
    "init_file",
    "init_vcpu",
    "list_events",
    "opt_parse",
    "record_finish",
    "record_start",
    "record_write_str",
    "record_write_u64",
};

static int compare_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

/* By name without case, then as declared. */
static int compare_decls(const void *a, const void *b)
{
    const struct etch_decl *x = *(const struct etch_decl *const *)a;
    const struct etch_decl *y = *(const struct etch_decl *const *)b;
    int order = strcasecmp(x->name, y->name);
    return order ? order : (x > y) - (x < y);
}

static int compare_name(const void *key, const void *entry)
{
    return strcasecmp(key, (*(const struct etch_decl *const *)entry)->name);
}

/* Two names in one file cannot be compiled; in two they cannot be linked, but
 * a source tree may hold programs that are never linked together. */
static enum etch_severity severity_of(const struct etch_decl *a, const struct etch_decl *b)
{
    return strcmp(a->file, b->file) == 0 ? ETCH_ERROR : ETCH_WARNING;
}

static void lint_pair(const struct etch_decl *first, const struct etch_decl *second,
                      struct etch_diags *diags)
{
    enum etch_severity severity = severity_of(first, second);
    if (strcmp(first->name, second->name) != 0) {
        etch_lint_add(diags, severity, second, second->name_column, "rename one of them",
                      "'%s' and '%s' differ by case only and have the same macros", second->name,
                      first->name);
    } else if (severity == ETCH_ERROR && first->line == second->line) {
        etch_lint_add(diags, severity, second, second->name_column, "name each file once",
                      "event '%s' is read twice from the same place", second->name);
        return;
    } else {
        etch_lint_add(diags, severity, second, second->name_column,
                      severity == ETCH_ERROR ? "rename one of them"
                                             : "rename one of them if a program has both files",
                      "event '%s' is declared a second time", second->name);
    }
    etch_lint_add(diags, ETCH_NOTE, first, first->name_column, NULL, "the first one is here");
}

/* trace_foo_enabled() is the test of foo and the function of foo_enabled. */
static void lint_enabled(const struct etch_decl *decl, const struct etch_decl *const *sorted,
                         size_t n, struct etch_diags *diags)
{
    static const char suffix[] = "_enabled";
    char stem[256];
    size_t length = strlen(decl->name);
    if (length < sizeof(suffix) || length >= sizeof(stem) + sizeof(suffix) - 1 ||
        strcasecmp(decl->name + length - (sizeof(suffix) - 1), suffix) != 0)
        return;
    length -= sizeof(suffix) - 1;
    memcpy(stem, decl->name, length);
    stem[length] = '\0';
    const struct etch_decl *const *of =
        bsearch(stem, sorted, n, sizeof(const struct etch_decl *), compare_name);
    if (!of)
        return;
    etch_lint_add(diags, severity_of(*of, decl), decl, decl->name_column, "rename one of them",
                  "'%s' collides with the test of event '%s'", decl->name, (*of)->name);
    etch_lint_add(diags, ETCH_NOTE, *of, (*of)->name_column, NULL, "that event is here");
}

int etch_lint_names(const struct etch_decl_list *list, struct etch_diags *diags)
{
    const struct etch_decl **sorted = malloc((list->n + 1) * sizeof(const struct etch_decl *));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++)
        sorted[i] = &list->v[i];
    qsort(sorted, list->n, sizeof(*sorted), compare_decls);
    for (size_t i = 0, first = 0; i < list->n; i++) {
        if (strcasecmp(sorted[first]->name, sorted[i]->name) != 0)
            first = i;
        if (first != i)
            lint_pair(sorted[first], sorted[i], diags);
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct etch_decl *decl = &list->v[i];
        if (bsearch(decl->name, taken, sizeof(taken) / sizeof(*taken), sizeof(*taken),
                    compare_text))
            etch_lint_add(diags, ETCH_ERROR, decl, decl->name_column, "rename it",
                          "trace_%s() is a function of the run-time interface", decl->name);
        lint_enabled(decl, sorted, list->n, diags);
    }
    free(sorted);
    return 0;
}
