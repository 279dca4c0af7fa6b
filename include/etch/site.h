/* SPDX-License-Identifier: MIT
 *
 * site.h: what etch/here.h makes of a call site: constant data that describes
 * the event, and what registers the sites of a module. Versioned ABI.
 *
 * Programs include etch/here.h instead.
 */
#ifndef ETCH_SITE_H
#define ETCH_SITE_H

#include <etch/event.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define ETCH_SITE_VERSION 1
#define ETCH_SITE_ARGS    10

/* A call site: constant, without a pointer. A note of type 2 leads to it and to
 * its enable word (src/format/note.h). */
struct etch_site {
    uint32_t version;               /* ETCH_SITE_VERSION */
    uint8_t long_size;              /* sizeof(long) */
    uint8_t ptr_size;               /* sizeof(void *) */
    uint8_t char_signed;            /* whether plain char is */
    uint8_t reserved;               /* 0 */
    uint64_t sizes;                 /* 4 bits an argument, the first lowest: bytes; 0: a string */
    uint16_t size;                  /* bytes of the arguments that are no strings */
    uint16_t strings;               /* one bit an argument */
    uint32_t line;                  /* of the call */
    uint32_t text_size;             /* bytes of the text, its last NUL included */
    char kinds[ETCH_SITE_ARGS + 2]; /* one letter an argument (src/format/kind.h), NUL */
    /* char text[text_size]: format, file and each argument's expression, each
     * ending in NUL. The format's first word is the name of the event. */
};

/* The sites of an executable or a shared library. Static data of the module;
 * libetch writes `group`. */
struct etch_module {
    struct etch_group group;
    const uint16_t *words_end;
    const void *tail;              /* what the linker put behind the words, on a page of its own */
    const void *notes, *notes_end; /* of all sites */
};

/* Registers the sites of a module as one group; as etch_group_register(). */
int etch_module_register(struct etch_module *module);
void etch_module_unregister(struct etch_module *module);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
