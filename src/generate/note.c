/* SPDX-License-Identifier: MIT
 *
 * note.c: the section .note.etch of a group: src/format/note.h spelt in C, so
 * that the declarations travel in the binary. Numbers and text only: nothing
 * to relocate, nothing that a linker could drop.
 *
 * The text is an array of char an event, since ISO C limits a string literal
 * to 4,095 bytes; arrays of char leave no gaps.
 */
#include "generate/gen.h"

#include "format/note.h"

#include <string.h>

/* The text of an event: name, args, format, kinds, each with its NUL; the text
 * of the group before it: its name and the files. */
static const char *declared_args(const struct etch_decl *decl)
{
    return decl->n_args == 0 ? "void" : decl->args_text;
}

static void kinds(struct gen *gen, const struct etch_decl *decl)
{
    for (size_t i = 0; i < decl->n_args; i++)
        etch_text_add(gen->out, &decl->args[i].kind, 1);
}

static size_t file_offset(const struct gen *gen, const char *file)
{
    const struct etch_decl_list *decls = gen->decls;
    size_t at = strlen(gen->options->group) + 1;
    for (size_t i = 0; i < decls->n_files && decls->files[i] != file; i++)
        at += strlen(decls->files[i]) + 1;
    return at;
}

static size_t head_size(const struct gen *gen)
{
    return file_offset(gen, NULL);
}

static size_t event_size(const struct etch_decl *decl)
{
    return strlen(decl->name) + 1 + strlen(declared_args(decl)) + 1 +
           (decl->format ? strlen(decl->format) : 0) + 1 + decl->n_args + 1;
}

static void offset(struct gen *gen, size_t at)
{
    etch_text_number(gen->out, at);
    etch_text_puts(gen->out, ", ");
}

static void event_entry(struct gen *gen, size_t at)
{
    const struct etch_decl *decl = gen->event->decl;
    etch_text_puts(gen->out, at == head_size(gen) ? "{" : ",\n     {");
    offset(gen, at);
    at += strlen(decl->name) + 1;
    offset(gen, at);
    at += strlen(declared_args(decl)) + 1;
    offset(gen, at);
    at += (decl->format ? strlen(decl->format) : 0) + 1;
    offset(gen, at);
    offset(gen, file_offset(gen, decl->file));
    offset(gen, decl->line);
    etch_text_number(gen->out, (decl->properties & ETCH_PROP_DISABLE ? ETCH_NOTE_DISABLED : 0) |
                                   (decl->properties & ETCH_PROP_VCPU ? ETCH_NOTE_VCPU : 0) |
                                   (decl->properties & ETCH_PROP_NOTIME ? ETCH_NOTE_NOTIME : 0));
    etch_text_puts(gen->out, ", 0}");
}

/* A string that more strings follow. */
static void string(struct gen *gen, const char *s)
{
    etch_text_puts(gen->out, "\"");
    etch_text_escaped(gen->out, s, strlen(s));
    etch_text_puts(gen->out, "\\0\" ");
}

static void member(struct gen *gen, size_t index, size_t size)
{
    etch_text_puts(gen->out, "    char text");
    etch_text_number(gen->out, index);
    etch_text_puts(gen->out, "[");
    etch_text_number(gen->out, size);
    etch_text_puts(gen->out, "];\n");
}

/* The type of the note; returns the size of its text. */
static size_t note_type(struct gen *gen)
{
    size_t text = head_size(gen);
    gen_emit(gen, "\nstatic const struct {\n"
                  "    uint32_t name_size, desc_size, type;\n"
                  "    char owner[8];\n"
                  "    uint32_t version;\n"
                  "    uint8_t sizes[4];\n"
                  "    uint32_t n_events, group, text_size, reserved;\n");
    if (gen->n_events)
        gen_emit(gen, "    uint32_t event[$c][8];\n");
    member(gen, 0, text);
    for (size_t i = 0; i < gen->n_events; i++) {
        size_t size = event_size(gen->events[i].decl);
        member(gen, i + 1, size);
        text += size;
    }
    return text;
}

static void event_entries(struct gen *gen)
{
    size_t at = head_size(gen);
    if (gen->n_events == 0)
        return;
    etch_text_puts(gen->out, "    {");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        event_entry(gen, at);
        at += event_size(gen->event->decl);
    }
    etch_text_puts(gen->out, "},\n");
}

static void texts(struct gen *gen)
{
    const struct etch_decl_list *decls = gen->decls;
    etch_text_puts(gen->out, "    ");
    string(gen, gen->options->group);
    for (size_t i = 0; i < decls->n_files; i++)
        string(gen, decls->files[i]);
    gen->out->n -= strlen("\\0\" "); /* the compiler adds the last NUL */
    etch_text_puts(gen->out, "\"");
    for (size_t i = 0; i < gen->n_events; i++) {
        const struct etch_decl *decl = gen->events[i].decl;
        etch_text_puts(gen->out, ",\n    ");
        string(gen, decl->name);
        string(gen, declared_args(decl));
        string(gen, decl->format ? decl->format : "");
        etch_text_puts(gen->out, "\"");
        kinds(gen, decl);
        etch_text_puts(gen->out, "\"");
    }
}

void gen_note(struct gen *gen)
{
    size_t text = note_type(gen);
    size_t desc = sizeof(struct etch_note) + gen->n_events * sizeof(struct etch_note_event) + text;
    gen_emit(gen, "} etch_note_$g __attribute__((section(\"" ETCH_NOTE_SECTION
                  "\"), used, aligned(4))) = {\n    5, ");
    offset(gen, desc);
    offset(gen, ETCH_NOTE_TYPE);
    gen_emit(gen, "\"" ETCH_NOTE_OWNER "\", ");
    offset(gen, ETCH_NOTE_VERSION);
    gen_emit(gen, "{sizeof(long), sizeof(void *), ETCH_CHAR_SIGNED, 0}, $c, 0, ");
    offset(gen, text);
    gen_emit(gen, "0,\n");
    event_entries(gen);
    texts(gen);
    gen_emit(gen, "};\n");
}
