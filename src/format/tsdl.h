/* SPDX-License-Identifier: MIT
 *
 * tsdl.h: the file `metadata` of a CTF trace, in the language TSDL of CTF 1.8:
 * the parts that are the same in each. In the file stand, in this order:
 * ETCH_TSDL_TYPES, the trace with its uuid between _TRACE and _TRACE_END, clock
 * and environment, ETCH_TSDL_STREAMS, and a block for each event.
 *
 * Readers compare these parts word by word: what is laid out in another way is
 * no trace of etch.
 */
#ifndef ETCH_FORMAT_TSDL_H
#define ETCH_FORMAT_TSDL_H

#include "format/kind.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ETCH_TSDL_BYTE_ORDER "le"
#else
#define ETCH_TSDL_BYTE_ORDER "be"
#endif

#define ETCH_TSDL_INTEGER(bits, sign, more, name)                                                  \
    "typealias integer { size = " bits "; align = 8; signed = " sign "; " more "} := " name ";\n"

#define ETCH_TSDL_TYPES                                                                            \
    ETCH_TSDL_INTEGER("8", "false", "", "uint8_t")                                                 \
    ETCH_TSDL_INTEGER("16", "false", "", "uint16_t")                                               \
    ETCH_TSDL_INTEGER("32", "false", "", "uint32_t")                                               \
    ETCH_TSDL_INTEGER("64", "false", "", "uint64_t")                                               \
    ETCH_TSDL_INTEGER("8", "true", "", "int8_t")                                                   \
    ETCH_TSDL_INTEGER("16", "true", "", "int16_t")                                                 \
    ETCH_TSDL_INTEGER("32", "true", "", "int32_t")                                                 \
    ETCH_TSDL_INTEGER("64", "true", "", "int64_t")                                                 \
    ETCH_TSDL_INTEGER("32", "false", "base = 16; ", "pointer32_t")                                 \
    ETCH_TSDL_INTEGER("64", "false", "base = 16; ", "pointer64_t")                                 \
    "typealias floating_point { exp_dig = 8; mant_dig = 24; align = 8; } := float_t;\n"            \
    "typealias floating_point { exp_dig = 11; mant_dig = 53; align = 8; } := double_t;\n\n"

#define ETCH_TSDL_TRACE "trace {\n\tmajor = 1;\n\tminor = 8;\n\tuuid = "

#define ETCH_TSDL_TRACE_END                                                                        \
    ";\n\tbyte_order = " ETCH_TSDL_BYTE_ORDER ";\n"                                                \
    "\tpacket.header := struct {\n"                                                                \
    "\t\tuint32_t magic;\n"                                                                        \
    "\t\tuint8_t uuid[16];\n"                                                                      \
    "\t\tuint32_t stream_id;\n"                                                                    \
    "\t\tuint64_t stream_instance_id;\n"                                                           \
    "\t};\n"                                                                                       \
    "};\n\n"

#define ETCH_TSDL_STREAMS                                                                          \
    "typealias integer { size = 64; align = 8; map = clock.etch.value; } := ticks_t;\n"            \
    "typealias integer { size = 19; align = 1; map = clock.etch.value; } := ticks19_t;\n\n"        \
    "struct event_header {\n"                                                                      \
    "\tenum : integer { size = 13; align = 1; } { compact = 0 ... 8190, extended = 8191 } id;\n"   \
    "\tvariant <id> {\n"                                                                           \
    "\t\tstruct {\n"                                                                               \
    "\t\t\tticks19_t timestamp;\n"                                                                 \
    "\t\t} compact;\n"                                                                             \
    "\t\tstruct {\n"                                                                               \
    "\t\t\tstruct {\n"                                                                             \
    "\t\t\t\tinteger { size = 16; align = 1; } id;\n"                                              \
    "\t\t\t} zero;\n"                                                                              \
    "\t\t\tuint32_t id;\n"                                                                         \
    "\t\t\tticks_t timestamp;\n"                                                                   \
    "\t\t} extended;\n"                                                                            \
    "\t} v;\n"                                                                                     \
    "} align(8);\n\n"                                                                              \
    "stream {\n"                                                                                   \
    "\tid = 0;\n"                                                                                  \
    "\tevent.header := struct event_header;\n"                                                     \
    "\tpacket.context := struct {\n"                                                               \
    "\t\tticks_t timestamp_begin;\n"                                                               \
    "\t\tticks_t timestamp_end;\n"                                                                 \
    "\t\tuint64_t content_size;\n"                                                                 \
    "\t\tuint64_t packet_size;\n"                                                                  \
    "\t\tuint64_t packet_seq_num;\n"                                                               \
    "\t\tuint64_t events_discarded;\n"                                                             \
    "\t\tuint32_t tid;\n"                                                                          \
    "\t\tuint32_t level;\n"                                                                        \
    "\t};\n"                                                                                       \
    "};\n\n"

/* The type of a field, of those in ETCH_TSDL_TYPES; NULL: no such kind. */
static inline const char *etch_tsdl_type(char kind, size_t long_size, size_t ptr_size,
                                         bool char_signed)
{
    static const char *const names[2][4] = {{"uint8_t", "uint16_t", "uint32_t", "uint64_t"},
                                            {"int8_t", "int16_t", "int32_t", "int64_t"}};
    size_t size = etch_kind_size(kind, long_size, ptr_size);
    switch (kind) {
    case ETCH_KIND_STRING:
        return "string";
    case ETCH_KIND_FLOAT:
        return "float_t";
    case ETCH_KIND_DOUBLE:
        return "double_t";
    case ETCH_KIND_POINTER:
        return size == 8 ? "pointer64_t" : "pointer32_t";
    default:
        return size == 0 ? NULL
                         : names[etch_kind_signed(kind, char_signed)][size == 1   ? 0
                                                                      : size == 2 ? 1
                                                                      : size == 4 ? 2
                                                                                  : 3];
    }
}

#endif
