/* SPDX-License-Identifier: MIT
 *
 * float.h: IEEE 754 arithmetic in whole numbers: every rounding mode and flag of
 * RISC-V, the same on every host, and independent of the host's floating point,
 * which translated code uses.
 */
#ifndef ETCH_GUEST_FLOAT_H
#define ETCH_GUEST_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

/* Bits of fflags. */
enum float_flag {
    FLOAT_INEXACT = 1,
    FLOAT_UNDERFLOW = 2,
    FLOAT_OVERFLOW = 4,
    FLOAT_BY_ZERO = 8,
    FLOAT_INVALID = 16,
};

enum float_format {
    FLOAT_SINGLE,
    FLOAT_DOUBLE,
};

/* How to round (enum insn_rounding), and the flags that were raised. */
struct float_mode {
    unsigned rounding;
    unsigned flags;
};

#define FLOAT_NAN_SINGLE 0x7fc00000u
#define FLOAT_NAN_DOUBLE 0x7ff8000000000000u

/* Values are the bits of a format; NaNs that come out are canonical. */
uint64_t float_add(enum float_format, uint64_t a, uint64_t b, struct float_mode *);
uint64_t float_mul(enum float_format, uint64_t a, uint64_t b, struct float_mode *);
uint64_t float_div(enum float_format, uint64_t a, uint64_t b, struct float_mode *);
uint64_t float_sqrt(enum float_format, uint64_t a, struct float_mode *);
uint64_t float_fma(enum float_format, uint64_t a, uint64_t b, uint64_t c, struct float_mode *);

uint64_t float_convert(enum float_format from, enum float_format to, uint64_t a,
                       struct float_mode *);
uint64_t float_from_int(enum float_format, uint64_t value, bool is_signed, struct float_mode *);
/* To `bits` (32 or 64) bits, saturated. */
uint64_t float_to_int(enum float_format, uint64_t a, bool is_signed, unsigned bits,
                      struct float_mode *);

enum float_relation { FLOAT_EQ, FLOAT_LT, FLOAT_LE };
bool float_compare(enum float_format, enum float_relation, uint64_t a, uint64_t b,
                   struct float_mode *);
/* The lesser of the two, or the greater. */
uint64_t float_choose(enum float_format, bool greater, uint64_t a, uint64_t b, struct float_mode *);
/* The one bit of ten that fclass answers. */
uint64_t float_class(enum float_format, uint64_t a);

/* The sign's bit. */
static inline uint64_t float_sign(enum float_format format)
{
    return format == FLOAT_DOUBLE ? 1ull << 63 : 1ull << 31;
}

#endif
