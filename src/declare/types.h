/* SPDX-License-Identifier: MIT
 *
 * types.h: the C types of arguments, inside src/declare.
 */
#ifndef ETCH_DECLARE_TYPES_H
#define ETCH_DECLARE_TYPES_H

#include <stdbool.h>
#include <stddef.h>

/* The kind of the type that `length` bytes spell. */
char etch_type_kind(const char *type, size_t length);

/* Whether QEMU 2.12 and later let the type pass. */
bool etch_type_allowed(const char *type, size_t length);

/* Whether QEMU 2.8 takes it for a value of the translated code: TCGv, TCGv_i32,
 * TCGv_i64, TCGv_ptr. Then *native is its type when the code runs. */
bool etch_type_tcg(const char *type, const char **native);

#endif
