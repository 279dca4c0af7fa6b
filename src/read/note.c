/* SPDX-License-Identifier: MIT
 *
 * note.c: the events of one note, as declarations.
 *
 * A note holds the text of each declaration, so it goes through the same
 * parser as a trace-events file; where the text is not what the parser takes,
 * the kinds alone make a declaration, for they are what the payload follows.
 *
 * Reads:  a note of either byte order.
 * Writes: the list.
 * Never:  believes an offset before etch_note_check().
 */
#include "read/in_note.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/kind.h"
#include "format/note.h"

/* Turns every number of a note into our byte order, as far as it goes. */
static void swap_note(struct etch_note *note, size_t size)
{
    if (size < sizeof(*note))
        return;
    note->version = __builtin_bswap32(note->version);
    note->n_events = __builtin_bswap32(note->n_events);
    note->group = __builtin_bswap32(note->group);
    note->text_size = __builtin_bswap32(note->text_size);
    size_t words = (size - sizeof(*note)) / sizeof(uint32_t);
    size_t fields = sizeof(struct etch_note_event) / sizeof(uint32_t);
    if (note->n_events < words / fields)
        words = note->n_events * fields;
    uint32_t *word = (uint32_t *)(void *)(note + 1);
    for (size_t i = 0; i < words; i++)
        word[i] = __builtin_bswap32(word[i]);
}

static bool printable(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < ' ' && *s != '\t')
            return false;
    return true;
}

static bool kinds_known(const char *kinds)
{
    for (; *kinds != '\0'; kinds++)
        if (*kinds != ETCH_KIND_STRING && etch_kind_size(*kinds, 8, 8) == 0)
            return false;
    return true;
}

/* Adds a declaration and takes it back unless it has the arguments that the
 * kinds tell of. */
static int add(struct etch_decl_list *list, const struct note_decl *n, const char *args)
{
    unsigned properties = ((n->flags & ETCH_NOTE_DISABLED) ? (unsigned)ETCH_PROP_DISABLE : 0) |
                          ((n->flags & ETCH_NOTE_VCPU) ? (unsigned)ETCH_PROP_VCPU : 0) |
                          ((n->flags & ETCH_NOTE_NOTIME) ? (unsigned)ETCH_PROP_NOTIME : 0);
    size_t before = list->n;
    int error = etch_declare_add(list, n->name, args, n->format, properties, n->file, n->line);
    if (error < 0)
        return error;
    struct etch_decl *d = &list->v[before];
    if (d->n_args != strlen(n->kinds)) {
        list->n = before;
        return -EINVAL;
    }
    for (size_t i = 0; i < d->n_args; i++)
        d->args[i].kind = n->kinds[i];
    return 0;
}

/* The text of arguments that have these kinds; malloc'd. */
static char *args_of_kinds(const char *kinds)
{
    char *args;
    size_t size;
    FILE *f = open_memstream(&args, &size);
    if (f == NULL)
        return NULL;
    for (size_t i = 0; kinds[i] != '\0'; i++)
        fprintf(f, "%s%s arg%zu", i == 0 ? "" : ", ",
                kinds[i] == ETCH_KIND_STRING ? "const char *" : "uint64_t", i + 1);
    if (*kinds == '\0')
        fputs("void", f);
    if (fclose(f) == 0)
        return args;
    free(args);
    return NULL;
}

int note_declare(struct etch_decl_list *list, const struct note_decl *n)
{
    if (*n->name == '\0' || !printable(n->name) || !kinds_known(n->kinds))
        return -EINVAL;
    int error = printable(n->args) ? add(list, n, n->args) : -EINVAL;
    if (error != -EINVAL)
        return error;
    char *args = args_of_kinds(n->kinds);
    error = args == NULL ? -ENOMEM : add(list, n, args);
    free(args);
    return error;
}

int note_parse_event(struct etch_decl_list *list, const struct etch_note_event *e, const char *text)
{
    struct note_decl decl = {.name = text + e->name,
                             .args = text + e->args,
                             .format = text + e->format,
                             .kinds = text + e->kinds,
                             .file = text + e->file,
                             .line = e->line,
                             .flags = e->flags};
    return note_declare(list, &decl);
}

int note_parse(const void *data, size_t size, bool swap, struct etch_decl_list *list,
               struct note_machine *machine)
{
    /* A copy is aligned and may be changed. */
    struct etch_note *note = malloc(size + 1);
    if (note == NULL)
        return -ENOMEM;
    memcpy(note, data, size);
    if (swap)
        swap_note(note, size);
    int error = etch_note_check(note, size) ? 0 : -EINVAL;
    if (error == 0 && ((note->long_size != 4 && note->long_size != 8) ||
                       (note->ptr_size != 4 && note->ptr_size != 8)))
        error = -EINVAL;
    if (error == 0) {
        *machine = (struct note_machine){note->long_size, note->ptr_size, note->char_signed != 0};
        const struct etch_note_event *e = etch_note_events(note);
        for (uint32_t i = 0; i < note->n_events && error == 0; i++)
            error = note_parse_event(list, &e[i], etch_note_text(note));
    }
    free(note);
    return error;
}
