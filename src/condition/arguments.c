/* SPDX-License-Identifier: MIT
 *
 * arguments.c: what a condition may speak of; see condition.h.
 */
#include "condition/condition.h"

/* The name that a declared argument ends in. */
static struct etch_argument argument_of(const char *begin, const char *end, char kind)
{
    const char *name = end;
    while (name > begin &&
           ((name[-1] >= '0' && name[-1] <= '9') || (name[-1] >= 'a' && name[-1] <= 'z') ||
            (name[-1] >= 'A' && name[-1] <= 'Z') || name[-1] == '_'))
        name--;
    return (struct etch_argument){name, (uint32_t)(end - name), kind};
}

void etch_arguments_parse(struct etch_arguments *args, const char *text, const char *kinds)
{
    const char *at = text;
    args->n = 0;
    while (args->n < ETCH_CONDITION_ARGS_MAX && kinds[args->n] != '\0') {
        const char *end = at;
        while (*end != '\0' && *end != ',')
            end++;
        const char *last = end;
        while (last > at && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        args->v[args->n] = argument_of(at, last, kinds[args->n]);
        args->n++;
        at = end + (*end == ',');
    }
}

bool etch_clause_suits(const char *text, size_t length, size_t from,
                       const struct etch_declared *event, struct etch_refusals *refusals)
{
    struct etch_arguments args = {.event = event->name,
                                  .long_size = event->long_size,
                                  .ptr_size = event->ptr_size,
                                  .char_signed = event->char_signed};
    struct etch_clause clause;
    struct etch_clause_fault fault;
    etch_arguments_parse(&args, event->args, event->kinds);
    if (etch_clause_compile(&clause, text, length, from, &args,
                            refusals->n == 0 ? &refusals->first : &fault) == 0)
        return true;
    refusals->n++;
    return false;
}
