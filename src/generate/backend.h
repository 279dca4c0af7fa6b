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
    const char *writes; /* what an event becomes, for `etch backends` */
    const char *needs;  /* for that, besides libetch; NULL: nothing */
    /* Its bit of <etch/event.h>, or NULL: libetch need not know of it. */
    const char *bit;
    /* C expression (template): whether it wants the event; NULL: never. One of
     * its own, other than GEN_STATE_WORD, is not gated by the enable word. */
    const char *state;
    /* Adds to the head of trace-G.c, once for all backends that share it; may be
     * NULL. */
    void (*head_c)(struct gen *gen);
    /* Added to the head of trace-G.h (template); may be NULL. */
    const char *head_h;
    /* Declares in trace-G.h what the state of gen->event needs; may be NULL. */
    void (*declare)(struct gen *gen);
    /* Writes the statements that fire gen->event; NULL: none. */
    void (*fire)(struct gen *gen);
    /* The same of a state of its own for Rust: what it declares of C's objects, and
     * the expression (templates); NULL: the enable word. */
    const char *rust_static, *rust_state;
    /* How many arguments an event may have; 0: any number. */
    unsigned args_max;
    /* A file of its own beside trace-G.c, of this format: the group's name
     * between two texts. NULL: none. */
    const char *file_format, *file_head, *file_tail;
};

#define BACKEND(name) extern const struct etch_backend etch_backend_##name;
#include "generate/backends.def"
#undef BACKEND

/* The state of backends that the enable word switches. */
#define GEN_STATE_WORD "etch_word_on(&$w)"

#endif
