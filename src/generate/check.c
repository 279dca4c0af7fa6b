/* SPDX-License-Identifier: MIT
 *
 * check.c: what would make the generated C of a group fail to compile: names
 * that occur twice, arguments that are no identifiers.
 *
 * Reads:  a list of declarations.
 * Writes: diagnostics.
 * Never:  judges style or formats: `etch lint` does.
 */
#include "format/kind.h"
#include "generate/backend.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Macros are upper case, so that names which differ by case only collide. */
static size_t hash_name(const char *name)
{
    size_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)(*name | 0x20);
    return hash;
}

static void report_pair(const struct etch_decl *first, const struct etch_decl *second,
                        struct etch_diags *diags)
{
    if (strcmp(first->name, second->name) == 0)
        etch_diag_add(diags, ETCH_ERROR, second->file, second->line, second->name_column, NULL,
                      "a group has each event once: rename one of them, or make two groups",
                      "event '%s' is declared a second time in its group", second->name);
    else
        etch_diag_add(diags, ETCH_ERROR, second->file, second->line, second->name_column, NULL,
                      "rename one of them",
                      "'%s' and '%s' differ by case only and have the same macros", second->name,
                      first->name);
    etch_diag_add(diags, ETCH_NOTE, first->file, first->line, first->name_column, NULL, NULL,
                  "the first one is here");
}

/* Finds each name among those before it. */
static int check_names(const struct etch_decl_list *decls, struct etch_diags *diags)
{
    size_t size = 16;
    while (size < 2 * decls->n)
        size *= 2;
    const struct etch_decl **table = calloc(size, sizeof(*table));
    if (!table)
        return -ENOMEM;
    for (size_t i = 0; i < decls->n; i++) {
        const struct etch_decl *decl = &decls->v[i];
        size_t at = hash_name(decl->name) & (size - 1);
        while (table[at] && strcasecmp(table[at]->name, decl->name) != 0)
            at = (at + 1) & (size - 1);
        if (table[at])
            report_pair(table[at], decl, diags);
        else
            table[at] = decl;
    }
    free(table);
    return 0;
}

/* As gcc and clang see it: letters beyond ASCII are letters. */
static bool is_identifier(const char *name)
{
    if (!*name || isdigit((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_' && (unsigned char)*name < 128)
            return false;
    return true;
}

static void check_arguments(const struct etch_decl *decl, struct etch_diags *diags)
{
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        if (!is_identifier(arg->name))
            etch_diag_add(diags, ETCH_ERROR, decl->file, decl->line, arg->column, NULL,
                          "an argument is a type and a name, as in 'void *ptr'",
                          "'%s' cannot be the name of an argument of type '%s'", arg->name,
                          arg->type);
        for (size_t j = 0; j < i; j++)
            if (strcmp(decl->args[j].name, arg->name) == 0 && *arg->name)
                etch_diag_add(diags, ETCH_ERROR, decl->file, decl->line, arg->column, NULL,
                              "rename one of them", "two arguments are called '%s'", arg->name);
    }
}

/* QEMU's sources are compiled by its own tools, too. */
static void check_dialect(const struct etch_gen_options *options, const struct etch_decl *decl,
                          struct etch_diags *diags)
{
    if (options->dialect == ETCH_DIALECT_QEMU && decl->properties & ETCH_PROP_NOTIME)
        etch_diag_add(diags, ETCH_ERROR, decl->file, decl->line, 0, NULL,
                      "remove it, or generate with --dialect=etch",
                      "'notime' is no property of QEMU's dialect");
}

/* What is known only when the code is translated must be a number by then. */
static void check_tcg(const struct etch_decl *decl, struct etch_diags *diags)
{
    static const char none[] = {ETCH_KIND_STRING, ETCH_KIND_FLOAT, ETCH_KIND_DOUBLE, '\0'};
    for (size_t i = 0; i < decl->n_args && decl->properties & ETCH_PROP_TCG_EXEC; i++)
        if (strchr(none, decl->args[i].kind))
            etch_diag_add(diags, ETCH_ERROR, decl->file, decl->line, decl->args[i].column, NULL,
                          "give translated code a number or an address, as void *",
                          "Don't know how to translate '%s' into a TCG type", decl->args[i].type);
}

/* Whether every backend takes so many arguments. */
static void check_count(const struct etch_gen_options *options, const struct etch_decl *decl,
                        struct etch_diags *diags)
{
    for (size_t i = 0; i < options->n_backends && !(decl->properties & ETCH_PROP_DISABLE); i++) {
        const struct etch_backend *backend = options->backends[i];
        if (backend->args_max && decl->n_args > backend->args_max)
            etch_diag_add(diags, ETCH_ERROR, decl->file, decl->line, decl->name_column, NULL,
                          "make two events of it, or do without that backend",
                          "'%s' has %zu arguments, and the backend %s takes %u", decl->name,
                          decl->n_args, backend->name, backend->args_max);
    }
}

int etch_gen_check(const struct etch_gen_options *options, const struct etch_decl_list *decls,
                   struct etch_diags *diags)
{
    size_t before = diags->errors;
    if (check_names(decls, diags) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < decls->n; i++)
        check_arguments(&decls->v[i], diags);
    for (size_t i = 0; i < decls->n; i++)
        check_count(options, &decls->v[i], diags);
    for (size_t i = 0; i < decls->n; i++)
        check_dialect(options, &decls->v[i], diags);
    for (size_t i = 0; i < decls->n; i++)
        check_tcg(&decls->v[i], diags);
    return diags->errors > before ? -EINVAL : 0;
}
