/* SPDX-License-Identifier: MIT
 *
 * declared.h: the declarations that a reader was given: trace-events files and
 * instrumented binaries. Found by name, or by index where a format counts.
 *
 * Reads:  those files.
 * Writes: nothing.
 * Never:  changes after it was loaded: pointers into it are keys.
 */
#ifndef ETCH_READ_DECLARED_H
#define ETCH_READ_DECLARED_H

#include "declare/declare.h"
#include "read/fault.h"

struct declared {
    struct etch_decl_list list;
    const struct etch_decl **by_name; /* sorted; equal names in their order */
    const struct etch_decl **enabled; /* without those that are disabled */
    size_t n_enabled;
};

/* Loads options->events_files and options->exes. 0 or -errno. */
int declared_load(struct declared *declared, const struct etch_read_options *options,
                  struct fault *fault);
void declared_free(struct declared *declared);

/* The last one of this name, as QEMU takes it, or NULL. */
const struct etch_decl *declared_find(const struct declared *declared, const char *name);

#endif
