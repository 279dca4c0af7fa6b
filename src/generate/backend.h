/* SPDX-License-Identifier: MIT
 *
 * backend.h: what a backend adds to generated code. A backend is one file,
 * backend_NAME.c, that defines etch_backend_NAME, and one line in backends.def.
 */
#ifndef ETCH_GENERATE_BACKEND_H
#define ETCH_GENERATE_BACKEND_H

#include "generate/gen.h"

struct etch_backend {
    const char *name;
    /* Its bit of <etch/event.h>, or NULL: libetch need not know of it. */
    const char *bit;
    /* C expression (template): whether it wants the event; NULL: never. */
    const char *state;
    /* Added once to the head of trace-G.h and of trace-G.c; may be NULL. */
    const char *head_h, *head_c;
    /* Writes the statements that fire gen->event; NULL: none. */
    void (*fire)(struct gen *gen);
};

#define BACKEND(name) extern const struct etch_backend etch_backend_##name;
#include "generate/backends.def"
#undef BACKEND

/* The state of backends that the enable word switches. */
#define GEN_STATE_WORD "etch_word_on(&$w)"

#endif
