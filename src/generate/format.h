/* SPDX-License-Identifier: MIT
 *
 * format.h: the kinds of files that are generated. A format is one file,
 * format_NAME.c, that defines etch_format_NAME, and one line in formats.def.
 */
#ifndef ETCH_GENERATE_FORMAT_H
#define ETCH_GENERATE_FORMAT_H

#include "generate/gen.h"

struct etch_gen_format {
    const char *name;
    void (*write)(struct gen *gen);
};

#define FORMAT(name) extern const struct etch_gen_format etch_format_##name;
#include "generate/formats.def"
#undef FORMAT

#endif
