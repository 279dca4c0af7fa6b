/* SPDX-License-Identifier: MIT
 *
 * plan.h: how the events of one declaration print, worked out once: a list of
 * steps, each a piece of literal text and, behind it, one value.
 *
 * Reads:  a declaration (plan.c), records (plan_print.c).
 * Writes: the output buffer.
 * Never:  hands a declared format to printf; a double's conversion alone does,
 *         rebuilt from its checked parts.
 *
 * "size %zu ptr %p" over (size_t size, void *ptr) becomes
 *     { "size ", unsigned, argument 0 } { " ptr ", pointer, argument 1 }
 */
#ifndef ETCH_SINK_PLAN_H
#define ETCH_SINK_PLAN_H

#include <etch/read.h>

#include "declare/declare.h"
#include "sink/out.h"

/* Widths and precisions of the declaration or of the trace beyond this are
 * taken as this. */
#define ETCH_PLAN_WIDTH_MAX 4096

enum etch_plan_style {
    ETCH_PLAN_FORMAT,      /* the declared format, as printf prints it */
    ETCH_PLAN_RAW,         /* name=value name=value */
    ETCH_PLAN_JSON,        /* {"name":value,"name":value} */
    ETCH_PLAN_SIMPLETRACE, /* simpletrace.py of QEMU 11: name=0xN name=b'TEXT' */
    ETCH_PLAN_BARE,        /* of QEMU 2.8: name=0xN name=TEXT */
};

enum etch_print {
    ETCH_PRINT_NOTHING, /* literal text only */
    ETCH_PRINT_SIGNED,
    ETCH_PRINT_UNSIGNED,
    ETCH_PRINT_HEX,       /* lower case, no prefix */
    ETCH_PRINT_HEX_ZEROS, /* the same, at least `width` <= 16 digits */
    ETCH_PRINT_POINTER,   /* 0x and hex, or (nil) */
    ETCH_PRINT_STRING,
    ETCH_PRINT_INTEGER,    /* with any flags, width and precision */
    ETCH_PRINT_CHARACTERS, /* %s and %c with width or precision, %c at all */
    ETCH_PRINT_DOUBLE,
    ETCH_PRINT_BYTES,  /* raw: the string as it is */
    ETCH_PRINT_QUOTED, /* "text" for JSON */
    ETCH_PRINT_PYTHON, /* b'text' */
    ETCH_PRINT_BOOL,
    ETCH_PRINT_NUMBER, /* a double for JSON */
};

enum {
    ETCH_FLAG_MINUS = 1u << 0,
    ETCH_FLAG_PLUS = 1u << 1,
    ETCH_FLAG_BLANK = 1u << 2,
    ETCH_FLAG_ALT = 1u << 3,
    ETCH_FLAG_ZERO = 1u << 4,
};

/* Where a width or precision comes from: the declaration (>= 0), or: */
#define ETCH_PLAN_NONE     (-1)
#define ETCH_PLAN_ARGUMENT (-2)

struct etch_step {
    uint32_t literal, literal_size; /* in the plan's text */
    uint8_t print;                  /* enum etch_print */
    uint8_t argument;               /* index of the value */
    uint8_t shift;                  /* 64 - bits of the conversion's type */
    uint8_t is_signed;
    uint8_t flags; /* ETCH_FLAG_ */
    char letter;
    uint8_t width_argument, precision_argument;
    int32_t width, precision;
};

struct etch_plan {
    struct etch_step *steps;
    size_t n_steps;
    char *text; /* of the literals; ETCH_OUT_SLACK bytes longer */
    size_t text_size;
    uint32_t n_values; /* values that a record must have */
    enum etch_plan_style style;
};

/* Makes the plan of a declaration. 0, -ENOMEM, or -EINVAL: the declared format
 * is broken (*plan prints as ETCH_PLAN_RAW then). */
int etch_plan_make(struct etch_plan *plan, const struct etch_decl *decl,
                   enum etch_plan_style style);
void etch_plan_free(struct etch_plan *plan);

/* Prints a record of that declaration. */
void etch_plan_print(const struct etch_plan *plan, const struct etch_record *record,
                     struct etch_out *out);

/* Prints the values of a record without declaration in one of the styles. */
void etch_plan_print_undeclared(const struct etch_record *record, enum etch_plan_style style,
                                struct etch_out *out);

#endif
