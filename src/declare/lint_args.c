/* SPDX-License-Identifier: MIT
 *
 * lint_args.c: the names and types of arguments, as a C compiler will see them.
 *
 * Reads:  one declaration.
 * Writes: diagnostics.
 * Never:  looks at the format (lint_format.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declare/lint.h"
#include "declare/types.h"
#include "format/kind.h"

/* Sorted, as bsearch wants them. */
static const char *const c_keywords[] = {
    "_Alignas",
    "_Alignof",
    "_Atomic",
    "_Bool",
    "_Complex",
    "_Generic",
    "_Imaginary",
    "_Noreturn",
    "_Static_assert",
    "_Thread_local",
    "asm",
    "auto",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "typeof",
    "union",
    "unsigned",
    "void",
    "volatile",
    "while",
};

static const char *const cxx_keywords[] = {
    "alignas",     "alignof",   "and",      "and_eq",           "bitand",       "bitor",
    "catch",       "char16_t",  "char32_t", "char8_t",          "class",        "co_await",
    "co_return",   "co_yield",  "compl",    "concept",          "const_cast",   "consteval",
    "constexpr",   "constinit", "decltype", "delete",           "dynamic_cast", "explicit",
    "export",      "friend",    "mutable",  "namespace",        "new",          "noexcept",
    "not",         "not_eq",    "nullptr",  "operator",         "or",           "or_eq",
    "private",     "protected", "public",   "reinterpret_cast", "requires",     "static_assert",
    "static_cast", "template",  "this",     "thread_local",     "throw",        "try",
    "typeid",      "typename",  "using",    "virtual",          "wchar_t",      "xor",
    "xor_eq",
};

/* Macros of the headers that generated code or its users include, and of the
 * compiler's GNU mode. */
static const char *const macros[] = {
    "EOF",   "NULL",   "bool",  "errno",  "false", "i386",
    "linux", "stderr", "stdin", "stdout", "true",  "unix",
};

#define HAS(table, word)                                                                           \
    (bsearch(word, table, sizeof(table) / sizeof(*(table)), sizeof(*(table)), compare) != NULL)

static int compare(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

static bool is_identifier(const char *name)
{
    if (*name >= '0' && *name <= '9')
        return false;
    for (; *name; name++)
        if (!((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z') && !(*name >= '0' && *name <= '9') &&
            *name != '_' && !(*name & 0x80))
            return false;
    return true;
}

static void lint_not_identifier(const struct etch_decl *decl, const struct etch_arg *arg,
                                struct etch_diags *diags)
{
    char hint[ETCH_HINT_MAX];
    const char *name = arg->name;
    if (strncmp(name, "const ", 6) == 0 && is_identifier(name + 6)) {
        snprintf(hint, sizeof(hint), "write %s%s", arg->type, name + 6);
    } else if (strchr(name, '[')) {
        snprintf(hint, sizeof(hint), "pass a pointer: %s *%.*s", arg->type, (int)strcspn(name, "["),
                 name);
    } else {
        snprintf(hint, sizeof(hint), "a name consists of letters, digits and '_'");
    }
    etch_lint_add(diags, ETCH_ERROR, decl, arg->column, hint, "'%s' is no name of an argument",
                  name);
}

/* A name that the compiler, or a compiler, knows otherwise. */
static void lint_name(const struct etch_decl *decl, const struct etch_arg *arg,
                      struct etch_diags *diags)
{
    const char *name = arg->name;
    char hint[ETCH_HINT_MAX];
    snprintf(hint, sizeof(hint), "rename it: %s_", name);
    if (HAS(c_keywords, name) && etch_type_allowed(name, strlen(name))) {
        snprintf(hint, sizeof(hint), "give it a name: %s %s x", arg->type, name);
        etch_lint_add(diags, ETCH_ERROR, decl, arg->column, hint,
                      "argument '%s %s' has no name: '%s' is taken for it", arg->type, name, name);
    } else if (HAS(c_keywords, name)) {
        etch_lint_add(diags, ETCH_ERROR, decl, arg->column, hint,
                      "argument name '%s' is a keyword of C", name);
    } else if (HAS(macros, name)) {
        etch_lint_add(diags, ETCH_ERROR, decl, arg->column, hint,
                      "argument name '%s' is a macro of C", name);
    } else if (HAS(cxx_keywords, name)) {
        etch_lint_add(diags, ETCH_NOTE, decl, arg->column, hint,
                      "argument name '%s' is a keyword of C++", name);
    } else if (name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'))) {
        etch_lint_add(diags, ETCH_WARNING, decl, arg->column, "begin it with a letter",
                      "argument name '%s' is reserved for the compiler", name);
    }
}

static void lint_type(const struct etch_decl *decl, const struct etch_arg *arg,
                      struct etch_diags *diags)
{
    if (arg->kind != ETCH_KIND_OTHER || !etch_type_allowed(arg->type, strlen(arg->type)))
        return; /* a typedef that only the program knows, or none of ours */
    etch_lint_add(diags, ETCH_ERROR, decl, arg->column, NULL,
                  "argument '%s' cannot be of type '%s'", arg->name, arg->type);
}

void etch_lint_args(const struct etch_decl *decl, struct etch_diags *diags)
{
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        if (*arg->name == '\0')
            continue; /* the parser has said so */
        if (!is_identifier(arg->name)) {
            lint_not_identifier(decl, arg, diags);
            continue;
        }
        lint_name(decl, arg, diags);
        lint_type(decl, arg, diags);
        /* Quadratic only where an event has hundreds of arguments: those are
         * refused or reported anyway. */
        for (size_t j = 0; j < i && i < 64; j++)
            if (strcmp(decl->args[j].name, arg->name) == 0) {
                etch_lint_add(diags, ETCH_ERROR, decl, arg->column, "rename one of them",
                              "two arguments are called '%s'", arg->name);
                break;
            }
    }
}
