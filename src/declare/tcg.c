/* SPDX-License-Identifier: MIT
 *
 * tcg.c: events with the properties tcg and vcpu → the events that QEMU 2.8
 * registers for them.
 *
 * Reads:  a list of declarations.
 * Writes: the same list, with NAME_trans and NAME_exec in place of a tcg event,
 *         and the implicit argument of vcpu events.
 * Never:  touches other declarations.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "declare/store.h"
#include "declare/types.h"
#include "format/kind.h"

/* The list that comes to be; its store is the old one's. */
struct expansion {
    struct etch_decl_list *list;
    enum etch_era era;
};

static char *join(struct etch_decl_list *list, const char *a, const char *between, const char *b)
{
    size_t na = strlen(a), nb = strlen(b), nc = strlen(between);
    char *text = etch_store_alloc(list, na + nb + nc + 1);
    if (text) {
        memcpy(text, a, na);
        memcpy(text + na, between, nc);
        memcpy(text + na + nc, b, nb + 1);
    }
    return text;
}

/* The arguments as text again; "void" for none. */
static char *args_join(struct etch_decl_list *list, const struct etch_decl *decl)
{
    size_t size = sizeof("void");
    for (size_t i = 0; i < decl->n_args; i++)
        size += strlen(decl->args[i].type) + strlen(decl->args[i].name) + 3;
    char *text = etch_store_alloc(list, size), *p = text;
    if (!text)
        return NULL;
    if (decl->n_args == 0)
        return strcpy(text, "void");
    for (size_t i = 0; i < decl->n_args; i++) {
        p = stpcpy(p, i ? ", " : "");
        p = stpcpy(p, decl->args[i].type);
        p = stpcpy(p, " ");
        p = stpcpy(p, decl->args[i].name);
    }
    return text;
}

/* Makes the event run time sees of `from`: with the implicit argument, without
 * values of the translated code if `trans`, else with their native types. */
static int derive(struct expansion *x, const struct etch_decl *from, bool trans,
                  struct etch_decl *to)
{
    bool vcpu = from->properties & ETCH_PROP_VCPU;
    struct etch_arg *args = etch_store_alloc(x->list, (from->n_args + 1) * sizeof(*args));
    const char *native;
    size_t n = 0;
    if (!args)
        return -ENOMEM;
    if (vcpu) /* CPUState * until 5.1, which code outside QEMU does not know */
        args[n++] = (struct etch_arg){
            .type = etch_store_string(x->list, x->era == ETCH_ERA_2_8 ? "CPUState *" : "void *",
                                      x->era == ETCH_ERA_2_8 ? 10 : 6),
            .name = etch_store_string(x->list, "__cpu", 5),
            .kind = ETCH_KIND_POINTER};
    for (size_t i = 0; i < from->n_args; i++) {
        struct etch_arg arg = from->args[i];
        if (from->properties & ETCH_PROP_TCG && etch_type_tcg(arg.type, &native)) {
            if (trans)
                continue;
            arg.tcg = arg.type;
            arg.type = etch_store_string(x->list, native, strlen(native));
            if (!arg.type)
                return -ENOMEM;
            arg.kind = etch_declare_kind(arg.type);
        }
        args[n++] = arg;
    }
    to->args = args;
    to->n_args = n;
    to->args_text = args_join(x->list, to);
    if (vcpu)
        to->format = join(x->list, "\"cpu=%p \"", "", to->format ? to->format : "");
    bool whole = !vcpu || (args[0].type && args[0].name && to->format);
    return to->args_text && whole ? 0 : -ENOMEM;
}

static int derive_tcg(struct expansion *x, const struct etch_decl *from, struct etch_decl to[2])
{
    for (int i = 0; i < 2; i++) {
        to[i] = *from;
        to[i].name = join(x->list, from->name, "_", i ? "exec" : "trans");
        to[i].properties &= ~(unsigned)ETCH_PROP_TCG;
        to[i].properties |= i ? ETCH_PROP_TCG_EXEC : ETCH_PROP_TCG_TRANS;
        to[i].format = i ? from->format_exec : from->format;
        to[i].format_exec = NULL;
        int error = to[i].name ? derive(x, from, i == 0, &to[i]) : -ENOMEM;
        if (error)
            return error;
    }
    return 0;
}

/* Gives a vcpu event its implicit argument, in place. */
static int expand_vcpu(struct expansion *x, struct etch_decl *decl)
{
    const unsigned done = ETCH_PROP_TCG_TRANS | ETCH_PROP_TCG_EXEC;
    bool has = decl->n_args && strcmp(decl->args[0].name, "__cpu") == 0;
    if (!(decl->properties & ETCH_PROP_VCPU) || decl->properties & done || has)
        return 0;
    struct etch_decl from = *decl;
    return derive(x, &from, false, decl);
}

/* Makes room for the second events of `n_tcg` tcg events, and makes both. */
static int expand_pairs(struct expansion *x, size_t n_tcg)
{
    struct etch_decl_list *list = x->list;
    struct etch_decl *v = malloc((list->n + n_tcg) * sizeof(*v));
    size_t n = 0;
    int error = v ? 0 : -ENOMEM;
    for (size_t i = 0; i < list->n && !error; i++) {
        v[n] = list->v[i];
        if (list->v[i].properties & ETCH_PROP_TCG)
            error = derive_tcg(x, &list->v[i], &v[n++]);
        n++;
    }
    if (error) {
        free(v);
        return error;
    }
    free(list->v);
    list->v = v;
    list->n = list->capacity = n;
    return 0;
}

int etch_declare_expand_tcg(struct etch_decl_list *list, enum etch_era era)
{
    struct expansion x = {.list = list, .era = era};
    size_t n_tcg = 0;
    int error = 0;
    for (size_t i = 0; i < list->n; i++)
        n_tcg += (list->v[i].properties & ETCH_PROP_TCG) != 0;
    if (n_tcg)
        error = expand_pairs(&x, n_tcg);
    for (size_t i = 0; i < list->n && !error; i++)
        error = expand_vcpu(&x, &list->v[i]);
    return error;
}
