/* SPDX-License-Identifier: MIT
 *
 * tsdl.h: the file `metadata` of a CTF trace, in the language TSDL of CTF 1.8.
 * In it stand, in this order: TSDL_TYPES; the trace, with its uuid between
 * TSDL_TRACE and TSDL_TRACE_END; the clock, of fixed width, so that its numbers
 * can be written over; the environment; TSDL_STREAMS; a block for each event.
 *
 * Readers compare the parts that are the same in all traces word by word: what
 * is laid out in another way is no trace of etch.
 *
 * For the drain, too: calls nothing of libc.
 */
#ifndef ETCH_FORMAT_TSDL_H
#define ETCH_FORMAT_TSDL_H

#include <etch/frame.h>

#include "format/kind.h"
#include "format/pool.h"
#include "format/text.h"
#include "format/version.h"
#include "format/wide.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TSDL_BYTE_ORDER "le"
#else
#define TSDL_BYTE_ORDER "be"
#endif

#define TSDL_INTEGER(bits, sign, more, name)                                                       \
    "typealias integer { size = " bits "; align = 8; signed = " sign "; " more "} := " name ";\n"

#define TSDL_TYPES                                                                                 \
    TSDL_INTEGER("8", "false", "", "uint8_t")                                                      \
    TSDL_INTEGER("16", "false", "", "uint16_t")                                                    \
    TSDL_INTEGER("32", "false", "", "uint32_t")                                                    \
    TSDL_INTEGER("64", "false", "", "uint64_t")                                                    \
    TSDL_INTEGER("8", "true", "", "int8_t")                                                        \
    TSDL_INTEGER("16", "true", "", "int16_t")                                                      \
    TSDL_INTEGER("32", "true", "", "int32_t")                                                      \
    TSDL_INTEGER("64", "true", "", "int64_t")                                                      \
    TSDL_INTEGER("32", "false", "base = 16; ", "pointer32_t")                                      \
    TSDL_INTEGER("64", "false", "base = 16; ", "pointer64_t")                                      \
    "typealias floating_point { exp_dig = 8; mant_dig = 24; align = 8; } := float_t;\n"            \
    "typealias floating_point { exp_dig = 11; mant_dig = 53; align = 8; } := double_t;\n\n"

#define TSDL_TRACE "trace {\n\tmajor = 1;\n\tminor = 8;\n\tuuid = "

#define TSDL_TRACE_END                                                                             \
    ";\n\tbyte_order = " TSDL_BYTE_ORDER ";\n"                                                     \
    "\tpacket.header := struct {\n"                                                                \
    "\t\tuint32_t magic;\n"                                                                        \
    "\t\tuint8_t uuid[16];\n"                                                                      \
    "\t\tuint32_t stream_id;\n"                                                                    \
    "\t\tuint64_t stream_instance_id;\n"                                                           \
    "\t};\n"                                                                                       \
    "};\n\n"

#define TSDL_CONTEXT                                                                               \
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

#define TSDL_STREAMS                                                                               \
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
    "\tevent.header := struct event_header;\n" TSDL_CONTEXT

/* Stands before the first block of a frame, in traces that have any. */
#define TSDL_FRAMES                                                                                \
    "stream {\n"                                                                                   \
    "\tid = 1;\n"                                                                                  \
    "\tevent.header := struct {\n"                                                                 \
    "\t\tuint32_t id;\n"                                                                           \
    "\t};\n" TSDL_CONTEXT

#define TSDL_FRAME_URI "etch-frame:"

/* ---- pieces of text ---- */

/* Bytes between the quotes of a string. */
static inline void tsdl_quoted(struct text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        char octal[4] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                         (char)('0' + (c & 7))};
        if (c < ' ' || c == 127) {
            text_bytes(t, octal, 4);
            continue;
        }
        if (c == '"' || c == '\\')
            text_bytes(t, "\\", 1);
        text_bytes(t, s + i, 1);
    }
}

/* A value in the query of a URI: escaped is what ends it, and what could not
 * stand in a string or a comment of TSDL. */
static inline void tsdl_uri_quoted(struct text *t, const char *s)
{
    static const char plain[] = "-._~!$'()*+,;:@/?=<>[]{}|^`";
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        for (const char *p = plain; !is_plain && *p != '\0'; p++)
            is_plain = *p == (char)c;
        char hex[3] = {'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};
        text_bytes(t, is_plain ? s : hex, is_plain ? 1 : 3);
    }
}

static inline void tsdl_uuid_text(struct text *t, const uint8_t id[16])
{
    for (int i = 0; i < 16; i++) {
        char hex[3] = {"0123456789abcdef"[id[i] >> 4], "0123456789abcdef"[id[i] & 15], '-'};
        text_bytes(t, hex, i == 3 || i == 5 || i == 7 || i == 9 ? 3 : 2);
    }
}

/* A number that can be written over by any other: blanks behind it. */
static inline void tsdl_wide(struct text *t, const char *key, uint64_t v)
{
    text_add(t, key);
    text_add(t, " = ");
    size_t end = t->used + 20;
    text_u64(t, v);
    while (t->used < end && !t->cut)
        text_add(t, " ");
    text_add(t, ";\n");
}

/* Lines of the environment. */
static inline void tsdl_env_string(struct text *t, const char *key, const char *s, size_t n)
{
    text_add(t, "\t");
    text_add(t, key);
    text_add(t, " = \"");
    tsdl_quoted(t, s, n);
    text_add(t, "\";\n");
}

static inline void tsdl_env_number(struct text *t, const char *key, uint64_t v)
{
    text_add(t, "\t");
    text_add(t, key);
    text_add(t, " = ");
    text_u64(t, v);
    text_add(t, ";\n");
}

/* ---- the head ---- */

/* What the clock of a trace is made of. */
struct tsdl_trace {
    const uint8_t *uuid;          /* 16 bytes */
    uint32_t clock;               /* enum etch_clock_kind */
    struct etch_clock_pair first; /* at the start */
};

/* Ticks a second, and where tick 0 lies since 1970, from two moments. */
struct tsdl_line {
    uint64_t frequency, seconds, ticks;
};

static inline struct tsdl_line tsdl_line_of(const struct tsdl_trace *trace,
                                            const struct etch_clock_pair *last)
{
    const struct etch_clock_pair *first = &trace->first;
    struct tsdl_line line = {.frequency = 1000000000u};
    uint64_t ns = last->monotonic_ns - first->monotonic_ns;
    uint64_t ticks = last->ticks - first->ticks;
    if (trace->clock == ETCH_CLOCK_RAW && last->monotonic_ns > first->monotonic_ns &&
        last->ticks > first->ticks) {
        line.frequency = wide_mul_div(ticks, 1000000000u, ns);
        if (ticks * 1000000000u - line.frequency * ns > ns / 2) /* what the division left */
            line.frequency++;
        if (line.frequency == 0) /* a damaged pool's: CTF has no clock that stands */
            line.frequency = 1;
    }
    /* Tick 0 was before 1970 where the realtime clock is not set. */
    uint64_t since = wide_mul_div(first->realtime_ns, line.frequency, 1000000000u);
    since = since > first->ticks ? since - first->ticks : 0;
    line.seconds = since / line.frequency;
    line.ticks = since % line.frequency;
    return line;
}

/* The clock's block and the beginning of the environment, of fixed width. */
static inline void tsdl_put_clock(struct text *t, const struct tsdl_trace *trace,
                                  const struct etch_clock_pair *last)
{
    struct tsdl_line line = tsdl_line_of(trace, last);
    text_add(t, "clock {\n\tname = \"etch\";\n\tuuid = \"");
    tsdl_uuid_text(t, trace->uuid);
    text_add(t, "\";\n\tdescription = \"");
    text_add(t, trace->clock == ETCH_CLOCK_RAW ? "processor's counter" : "CLOCK_MONOTONIC    ");
    text_add(t, "\";\n");
    tsdl_wide(t, "\tfreq", line.frequency);
    tsdl_wide(t, "\toffset_s", line.seconds);
    tsdl_wide(t, "\toffset", line.ticks);
    text_add(t, "\tabsolute = TRUE;\n};\n\nenv {\n\ttracer_name = \"etch\";\n");
    tsdl_wide(t, "\tfirst_ticks", trace->first.ticks);
    tsdl_wide(t, "\tfirst_monotonic", trace->first.monotonic_ns);
    tsdl_wide(t, "\tfirst_realtime", trace->first.realtime_ns);
    tsdl_wide(t, "\tlast_ticks", last->ticks);
    tsdl_wide(t, "\tlast_monotonic", last->monotonic_ns);
    tsdl_wide(t, "\tlast_realtime", last->realtime_ns);
}

/* Everything before the clock. */
static inline void tsdl_put_start(struct text *t, const struct tsdl_trace *trace)
{
    text_add(t, TSDL_TYPES TSDL_TRACE "\"");
    tsdl_uuid_text(t, trace->uuid);
    text_add(t, "\"" TSDL_TRACE_END);
}

/* The end of the environment, and everything before the first event. */
static inline void tsdl_put_streams(struct text *t)
{
    text_add(t, "\tversion = \"" ETCH_VERSION "\";\n};\n\n" TSDL_STREAMS);
}

/* ---- events ---- */

/* The type of a field, of those in TSDL_TYPES; NULL: no such kind. */
static inline const char *tsdl_type(char kind, size_t long_size, size_t ptr_size, bool char_signed)
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

static inline bool tsdl_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name is the last word of an argument, up to `end`. Readers take one
 * underscore away from a field's name, so that none is a word of TSDL; what TSDL
 * cannot spell is a number. */
static inline void tsdl_field_name(struct text *t, const char *from, const char *end,
                                   unsigned index)
{
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *name = end;
    while (name > from && tsdl_is_word(name[-1]))
        name--;
    text_add(t, " _");
    if (name == end || (name > from && (unsigned char)name[-1] >= 128))
        text_u64(t, index);
    else
        text_bytes(t, name, (size_t)(end - name));
}

/* An event as it is declared, and the machine that it fires on. */
struct tsdl_event {
    const char *name, *group, *args, *format, *kinds, *file;
    uint32_t id, line, flags; /* ETCH_NOTE_ */
    size_t long_size, ptr_size;
    bool char_signed;
};

static inline void tsdl_put_fields(struct text *t, const struct tsdl_event *e)
{
    const char *args = e->args;
    for (unsigned i = 0; e->kinds[i] != '\0'; i++) {
        const char *end = args;
        while (*end != '\0' && *end != ',')
            end++;
        text_add(t, "\t\t");
        text_add(t, tsdl_type(e->kinds[i], e->long_size, e->ptr_size, e->char_signed));
        tsdl_field_name(t, args, end, i);
        text_add(t, ";\n");
        args = end + (*end == ',');
    }
}

/* All that was declared, in the form in which every reader of CTF hands it on:
 * etch:FILE?line=L&group=G&kinds=K&args=A&format=F&flags=N */
static inline void tsdl_put_uri(struct text *t, const struct tsdl_event *e)
{
    text_add(t, "\tmodel.emf.uri = \"etch:");
    tsdl_uri_quoted(t, e->file);
    text_add(t, "?line=");
    text_u64(t, e->line);
    text_add(t, "&group=");
    tsdl_uri_quoted(t, e->group);
    text_add(t, "&kinds=");
    tsdl_uri_quoted(t, e->kinds);
    text_add(t, "&args=");
    tsdl_uri_quoted(t, e->args);
    text_add(t, "&format=");
    tsdl_uri_quoted(t, e->format);
    text_add(t, "&flags=");
    text_u64(t, e->flags);
    text_add(t, "\";\n");
}

static inline void tsdl_put_event(struct text *t, const struct tsdl_event *e)
{
    text_add(t, "event {\n\tname = \"");
    tsdl_quoted(t, e->name, text_length(e->name));
    text_add(t, "\";\n\tid = ");
    text_u64(t, e->id);
    text_add(t, ";\n\tstream_id = 0;\n");
    tsdl_put_uri(t, e);
    text_add(t, "\tfields := struct {\n");
    tsdl_put_fields(t, e);
    text_add(t, "\t};\n};\n\n");
}

/* ---- frames ---- */

/* Numbers of fixed size only. */
static inline const char *tsdl_frame_type(char kind)
{
    bool fits = kind != ETCH_KIND_STRING && kind != ETCH_KIND_FLOAT && kind != ETCH_KIND_DOUBLE;
    return fits ? tsdl_type(kind, 8, 8, true) : NULL;
}

/* An entry of the dictionary; false: a field is of no kind that a frame has. */
static inline bool tsdl_put_frame(struct text *t, const struct etch_frame_class *f)
{
    text_add(t, "event {\n\tname = \"");
    tsdl_quoted(t, f->name, text_length(f->name));
    text_add(t, "\";\n\tid = ");
    text_u64(t, f->id);
    text_add(t, ";\n\tstream_id = 1;\n\tmodel.emf.uri = \"" TSDL_FRAME_URI);
    tsdl_quoted(t, f->attributes, text_length(f->attributes));
    text_add(t, "\";\n\tfields := struct {\n");
    for (size_t i = 0; i < f->n_fields; i++) {
        const char *type = tsdl_frame_type(f->fields[i].kind);
        if (type == NULL)
            return false;
        text_add(t, "\t\t");
        text_add(t, type);
        text_add(t, " _");
        text_add(t, f->fields[i].name);
        text_add(t, ";\n");
    }
    text_add(t, "\t};\n};\n\n");
    return true;
}

#endif
