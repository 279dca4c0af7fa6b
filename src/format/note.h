/* SPDX-License-Identifier: MIT
 *
 * note.h: the description of a group of events, as it stands in the ELF
 * section .note.etch of an instrumented binary (owner "etch", type 1) and,
 * byte for byte, in the side file of a trace (meta.h); and the note of a call of
 * etch/here.h (section etch_notes, type 2), which leads to its description.
 *
 * It holds no pointer and needs no relocation. All numbers are in the byte
 * order of the binary. Readers treat it as hostile: etch_note_check() first.
 */
#ifndef ETCH_FORMAT_NOTE_H
#define ETCH_FORMAT_NOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ETCH_NOTE_SECTION ".note.etch"
#define ETCH_NOTE_OWNER   "etch"
#define ETCH_NOTE_TYPE    1
#define ETCH_NOTE_VERSION 1

#define ETCH_SITE_NOTE_TYPE    2
#define ETCH_SITE_NOTE_VERSION 1

enum {
    ETCH_NOTE_DISABLED = 1u << 0, /* property disable */
    ETCH_NOTE_VCPU = 1u << 1,     /* property vcpu */
    ETCH_NOTE_NOTIME = 1u << 2,   /* property notime: its times are lower bounds */
};

/* One event; the offsets count from the start of the text and lead to strings
 * that end in NUL. */
struct etch_note_event {
    uint32_t name;
    uint32_t args;   /* as declared: "size_t size, void *ptr"; "void" for none */
    uint32_t format; /* as declared, quotes and macros included; "" for none */
    uint32_t kinds;  /* one letter of kind.h an argument */
    uint32_t file;   /* of the declaration, as given to the generator */
    uint32_t line;
    uint32_t flags; /* ETCH_NOTE_ */
    uint32_t reserved;
};

struct etch_note {
    uint32_t version;    /* ETCH_NOTE_VERSION */
    uint8_t long_size;   /* sizeof(long) */
    uint8_t ptr_size;    /* sizeof(void *) */
    uint8_t char_signed; /* whether plain char is */
    uint8_t reserved;
    uint32_t n_events;
    uint32_t group;     /* the group's name, an offset into the text */
    uint32_t text_size; /* bytes of the text, its last NUL included */
    uint32_t made; /* 1: at run time, of calls of etch/here.h; no binary holds it */
    /* struct etch_note_event event[n_events]; char text[text_size]; */
};

/* The note of a call of etch/here.h, head included. Several may lead to one word:
 * copies of a call that the compiler made. */
struct etch_site_note {
    uint32_t name_size; /* 5 */
    uint32_t desc_size; /* 12 */
    uint32_t type;      /* ETCH_SITE_NOTE_TYPE */
    char owner[8];      /* ETCH_NOTE_OWNER */
    uint32_t version;   /* ETCH_SITE_NOTE_VERSION */
    int32_t word;       /* where the enable word lies, counted from this field */
    int32_t site;       /* where the struct etch_site lies, counted from this field */
};

static inline const struct etch_note_event *etch_note_events(const struct etch_note *note)
{
    return (const struct etch_note_event *)(const void *)(note + 1);
}

static inline const char *etch_note_text(const struct etch_note *note)
{
    return (const char *)(etch_note_events(note) + note->n_events);
}

static inline size_t etch_note_size(const struct etch_note *note)
{
    return sizeof(*note) + note->n_events * sizeof(struct etch_note_event) + note->text_size;
}

/* Whether `size` bytes hold a whole note of our version in which every offset
 * leads into the text and every string ends. */
static inline bool etch_note_check(const void *data, size_t size)
{
    const struct etch_note *note = (const struct etch_note *)data;
    if (size < sizeof(*note) || note->version != ETCH_NOTE_VERSION)
        return false;
    size_t left = size - sizeof(*note);
    if (note->n_events > left / sizeof(struct etch_note_event))
        return false;
    left -= note->n_events * sizeof(struct etch_note_event);
    if (note->text_size == 0 || note->text_size > left || note->group >= note->text_size)
        return false;
    if (etch_note_text(note)[note->text_size - 1] != '\0')
        return false;
    const struct etch_note_event *e = etch_note_events(note);
    for (uint32_t i = 0; i < note->n_events; i++)
        if (e[i].name >= note->text_size || e[i].args >= note->text_size ||
            e[i].format >= note->text_size || e[i].kinds >= note->text_size ||
            e[i].file >= note->text_size)
            return false;
    return true;
}

#endif
