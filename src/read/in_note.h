/* SPDX-License-Identifier: MIT
 *
 * in_note.h: declarations out of instrumented binaries and side files: notes
 * (format/note.h) and the ELF files that carry them.
 *
 * Reads:  a note in memory; the headers and note sections of an ELF file.
 * Writes: a list of declarations.
 * Never:  loads, maps or runs the binary.
 */
#ifndef ETCH_READ_IN_NOTE_H
#define ETCH_READ_IN_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "declare/declare.h"

/* Appends the events of all notes of an ELF file, executable, library or
 * object, of any class, byte order and machine, with file and line of their
 * declarations. 0; -ENOEXEC: no ELF file; -ENODATA: one without notes;
 * -errno. *error is a malloc'd message. */
int etch_note_load(const char *path, struct etch_decl_list *list, char **error);

/* The build id that the linker gave an ELF file, in hexadecimal. 0, -ENODATA or
 * -errno. */
#define ETCH_BUILD_ID_SIZE 65
int etch_build_id(const char *path, char hex[ETCH_BUILD_ID_SIZE]);

/* What a note says about its machine. */
struct note_machine {
    uint8_t long_size, ptr_size;
    bool char_signed;
};

/* Appends the events of one note, exactly as many as it has and in their
 * order. `swap`: its byte order is not ours. 0, -EINVAL or -ENOMEM. */
int note_parse(const void *data, size_t size, bool swap, struct etch_decl_list *list,
               struct note_machine *machine);

/* Appends one event of a note, its strings in `text`. 0, -EINVAL or -ENOMEM. */
struct etch_note_event;
int note_parse_event(struct etch_decl_list *list, const struct etch_note_event *e,
                     const char *text);

/* An event as a note has it, its strings found. */
struct note_decl {
    const char *name, *args, *format, *kinds, *file;
    uint32_t line, flags; /* ETCH_NOTE_ */
};

/* Appends its declaration, which has exactly the arguments that the kinds tell
 * of. 0, -EINVAL or -ENOMEM. */
int note_declare(struct etch_decl_list *list, const struct note_decl *decl);

#endif
