/* SPDX-License-Identifier: MIT
 *
 * kind.h: the kinds of arguments, one letter each, as in Python's struct
 * module. An argument lies in the packet in its native size and byte order,
 * unaligned; a string is its bytes and a NUL.
 *
 * Shared by the compiler of declarations, the run time and the readers.
 */
#ifndef ETCH_FORMAT_KIND_H
#define ETCH_FORMAT_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum etch_kind {
    ETCH_KIND_BOOL = '?',   /* bool, _Bool */
    ETCH_KIND_CHAR = 'c',   /* char: signed or not as the note says */
    ETCH_KIND_SCHAR = 'b',  /* signed char, int8_t */
    ETCH_KIND_UCHAR = 'B',  /* unsigned char, uint8_t */
    ETCH_KIND_SHORT = 'h',  /* short, int16_t */
    ETCH_KIND_USHORT = 'H', /* unsigned short, uint16_t */
    ETCH_KIND_INT = 'i',    /* int, int32_t */
    ETCH_KIND_UINT = 'I',   /* unsigned, uint32_t */
    ETCH_KIND_LONG = 'l',   /* long */
    ETCH_KIND_ULONG = 'L',  /* unsigned long */
    ETCH_KIND_LLONG = 'q',  /* long long, int64_t */
    ETCH_KIND_ULLONG = 'Q', /* unsigned long long, uint64_t */
    ETCH_KIND_SSIZE = 'n',  /* ssize_t, ptrdiff_t, intptr_t */
    ETCH_KIND_SIZE = 'N',   /* size_t, uintptr_t */
    ETCH_KIND_POINTER = 'P',
    ETCH_KIND_STRING = 's', /* const char *: stored as text */
    ETCH_KIND_FLOAT = 'f',  /* QEMU 2.x only */
    ETCH_KIND_DOUBLE = 'd', /* QEMU 2.x only */
    ETCH_KIND_OTHER = 'x',  /* a type that we do not know: carried as uint64_t */
};

/* Bytes of a kind where long has `long_size` and a pointer `ptr_size` bytes;
 * 0 for a string and for what is no kind. */
static inline size_t etch_kind_size(char kind, size_t long_size, size_t ptr_size)
{
    switch (kind) {
    case ETCH_KIND_BOOL:
    case ETCH_KIND_CHAR:
    case ETCH_KIND_SCHAR:
    case ETCH_KIND_UCHAR:
        return 1;
    case ETCH_KIND_SHORT:
    case ETCH_KIND_USHORT:
        return 2;
    case ETCH_KIND_INT:
    case ETCH_KIND_UINT:
    case ETCH_KIND_FLOAT:
        return 4;
    case ETCH_KIND_LONG:
    case ETCH_KIND_ULONG:
        return long_size;
    case ETCH_KIND_SSIZE:
    case ETCH_KIND_SIZE:
    case ETCH_KIND_POINTER:
        return ptr_size;
    case ETCH_KIND_LLONG:
    case ETCH_KIND_ULLONG:
    case ETCH_KIND_DOUBLE:
    case ETCH_KIND_OTHER:
        return 8;
    default:
        return 0;
    }
}

/* Whether a value of the kind is extended by its sign. */
static inline bool etch_kind_signed(char kind, bool char_signed)
{
    switch (kind) {
    case ETCH_KIND_CHAR:
        return char_signed;
    case ETCH_KIND_SCHAR:
    case ETCH_KIND_SHORT:
    case ETCH_KIND_INT:
    case ETCH_KIND_LONG:
    case ETCH_KIND_LLONG:
    case ETCH_KIND_SSIZE:
        return true;
    default:
        return false;
    }
}

#endif
