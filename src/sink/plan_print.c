/* SPDX-License-Identifier: MIT
 *
 * plan_print.c: runs plans over records, see plan.h.
 *
 * Reads:  a plan and a record.
 * Writes: the output buffer.
 * Never:  allocates.
 */
#include <limits.h>
#include <stdio.h>

#include "format/kind.h"
#include "sink/escape.h"
#include "sink/plan.h"

/* The most bytes that a step takes whose value has no width: a double in %f
 * has 309 digits before the point. */
#define STEP_ROOM   64u
#define DOUBLE_ROOM 512u

/* A conversion with its sizes resolved. */
struct spec {
    unsigned flags;
    size_t width;
    int precision; /* -1: none */
};

static int32_t clamp_size(uint64_t value)
{
    int32_t size = (int32_t)(uint32_t)value;
    return size > ETCH_PLAN_WIDTH_MAX    ? ETCH_PLAN_WIDTH_MAX
           : size < -ETCH_PLAN_WIDTH_MAX ? -ETCH_PLAN_WIDTH_MAX
                                         : size;
}

static struct spec resolve(const struct etch_step *step, const struct etch_record *r)
{
    struct spec spec = {.flags = step->flags, .precision = step->precision};
    int32_t width = step->width;
    if (width == ETCH_PLAN_ARGUMENT) {
        width = clamp_size(r->value[step->width_argument]);
        if (width < 0) {
            spec.flags |= ETCH_FLAG_MINUS;
            width = -width;
        }
    }
    spec.width = width < 0 ? 0 : (size_t)width;
    if (step->precision == ETCH_PLAN_ARGUMENT) {
        spec.precision = clamp_size(r->value[step->precision_argument]);
        if (spec.precision < 0)
            spec.precision = -1;
    }
    return spec;
}

static inline uint64_t narrow(const struct etch_step *step, uint64_t value)
{
    value <<= step->shift;
    return step->is_signed ? (uint64_t)((int64_t)value >> step->shift) : value >> step->shift;
}

static char *put_fill(char *p, char c, size_t n)
{
    memset(p, c, n);
    return p + n;
}

/* The digits of a value by its conversion's letter. */
static char *put_digits(char *p, uint64_t value, char letter)
{
    char *q = p;
    switch (letter) {
    case 'x':
    case 'p':
        return etch_put_hex(p, value);
    case 'X':
        for (p = etch_put_hex(p, value); q < p; q++)
            if (*q >= 'a')
                *q = (char)(*q - 'a' + 'A');
        return p;
    case 'o':
        q = p += value ? (66 - __builtin_clzll(value)) / 3 : 1;
        do
            *--q = (char)('0' + (value & 7));
        while (value >>= 3);
        return p;
    default:
        return etch_put_decimal(p, value);
    }
}

/* What stands before the digits: a sign or 0x; returns its length. */
static size_t make_prefix(char prefix[2], const struct etch_step *step, unsigned flags,
                          uint64_t value, bool negative)
{
    bool pointer = step->letter == 'p';
    size_t n = 0;
    if (negative)
        prefix[n++] = '-';
    else if ((step->is_signed || pointer) && flags & (ETCH_FLAG_PLUS | ETCH_FLAG_BLANK))
        prefix[n++] = flags & ETCH_FLAG_PLUS ? '+' : ' ';
    if (pointer || (value && flags & ETCH_FLAG_ALT && (step->letter | 0x20) == 'x')) {
        prefix[n++] = '0';
        prefix[n++] = pointer ? 'x' : step->letter;
    }
    return n;
}

/* Any integer conversion, as C11 7.21.6.1 has it. */
static char *put_integer(struct etch_out *out, char *p, const struct etch_step *step,
                         const struct etch_record *r)
{
    struct spec spec = resolve(step, r);
    uint64_t value = narrow(step, r->value[step->argument]);
    bool negative = step->is_signed && (int64_t)value < 0;
    char digits[32], prefix[4];
    size_t n_prefix = make_prefix(prefix, step, spec.flags, value, negative);
    size_t n = 0, zeros = 0;

    if (negative)
        value = 0 - value;
    if (value || spec.precision != 0)
        n = (size_t)(put_digits(digits, value, step->letter) - digits);
    if (spec.precision > (int)n)
        zeros = (size_t)spec.precision - n;
    if (step->letter == 'o' && spec.flags & ETCH_FLAG_ALT && zeros == 0 &&
        (n == 0 || digits[0] != '0'))
        zeros = 1;
    size_t fill = spec.width > n_prefix + zeros + n ? spec.width - n_prefix - zeros - n : 0;
    if (spec.flags & ETCH_FLAG_ZERO && !(spec.flags & ETCH_FLAG_MINUS) && spec.precision < 0) {
        zeros += fill;
        fill = 0;
    }
    p = etch_out_room(out, p, fill + n_prefix + zeros + n);
    if (!(spec.flags & ETCH_FLAG_MINUS))
        p = put_fill(p, ' ', fill);
    memcpy(p, prefix, n_prefix);
    p = put_fill(p + n_prefix, '0', zeros);
    memcpy(p, digits, n);
    p += n;
    return spec.flags & ETCH_FLAG_MINUS ? put_fill(p, ' ', fill) : p;
}

/* Text in a field; the width counts the recorded bytes, as printf's does. */
static char *put_padded(struct etch_out *out, char *p, struct spec spec, const char *text, size_t n)
{
    size_t fill = spec.width > n ? spec.width - n : 0;
    p = etch_out_room(out, p, fill);
    if (!(spec.flags & ETCH_FLAG_MINUS))
        p = put_fill(p, ' ', fill);
    p = etch_put_text(out, p, text, n);
    p = etch_out_room(out, p, fill);
    return spec.flags & ETCH_FLAG_MINUS ? put_fill(p, ' ', fill) : p;
}

static const char *string_of(const struct etch_record *r, unsigned i)
{
    return (const char *)(uintptr_t)r->value[i];
}

struct shown {
    const char *data;
    size_t size;
};

/* A string as printf shows it; only a pool or CTF can tell that it was NULL. */
static struct shown shown_string(const struct etch_record *r, unsigned i)
{
    return r->value[i] ? (struct shown){string_of(r, i), r->length[i]}
                       : (struct shown){"(null)", 6};
}

static char *put_string(struct etch_out *out, char *p, const struct etch_record *r, unsigned i)
{
    struct shown s = shown_string(r, i);
    return etch_put_text(out, p, s.data, s.size);
}

static char *put_characters(struct etch_out *out, char *p, const struct etch_step *step,
                            const struct etch_record *r)
{
    struct spec spec = resolve(step, r);
    if (step->letter == 'c') {
        char c = (char)r->value[step->argument];
        return put_padded(out, p, spec, &c, 1);
    }
    struct shown s = shown_string(r, step->argument);
    if (spec.precision >= 0 && s.size > (size_t)spec.precision)
        s.size = (size_t)spec.precision;
    return put_padded(out, p, spec, s.data, s.size);
}

static char *put_pointer(struct etch_out *out, char *p, const struct etch_step *step,
                         const struct etch_record *r)
{
    uint64_t value = r->value[step->argument];
    if (value)
        return put_integer(out, p, step, r);
    struct spec spec = resolve(step, r);
    return put_padded(out, p, spec, "(nil)", 5);
}

static char *put_double(struct etch_out *out, char *p, const struct etch_step *step,
                        const struct etch_record *r)
{
    struct spec spec = resolve(step, r);
    char format[16], *f = format;
    double value;

    *f++ = '%';
    for (unsigned i = 0; i < 5; i++)
        if (spec.flags & 1u << i)
            *f++ = "-+ #0"[i];
    memcpy(f, "*.*", 3);
    f[3] = step->letter;
    f[4] = '\0';
    memcpy(&value, &r->value[step->argument], sizeof(value));
    size_t room = DOUBLE_ROOM + spec.width + (spec.precision > 0 ? (size_t)spec.precision : 0);
    p = etch_out_room(out, p, room);
    int n = snprintf(p, room, format, (int)spec.width, spec.precision, value);
    return n > 0 && (size_t)n < room ? p + n : p;
}

/* A double for JSON and raw: the shortest of two forms that keeps it; JSON has
 * no infinity and no NaN. */
static char *put_number(char *p, uint64_t bits)
{
    double value, again;
    memcpy(&value, &bits, sizeof(value));
    if (value != value || value - value != 0)
        return (char *)memcpy(p, "null", 4) + 4;
    int n = snprintf(p, STEP_ROOM, "%.15g", value);
    if (sscanf(p, "%lf", &again) != 1 || again != value)
        n = snprintf(p, STEP_ROOM, "%.17g", value);
    return p + n;
}

static char *put_quoted(struct etch_out *out, char *p, const struct etch_record *r, unsigned i)
{
    if (!r->value[i])
        return (char *)memcpy(etch_out_room(out, p, 4), "null", 4) + 4;
    p = etch_out_room(out, p, 1);
    *p++ = '"';
    p = etch_put_json(out, p, string_of(r, i), r->length[i]);
    p = etch_out_room(out, p, 1);
    *p++ = '"';
    return p;
}

/* The rarer steps. */
static char *put_other(struct etch_out *out, char *p, const struct etch_step *step,
                       const struct etch_record *r)
{
    unsigned i = step->argument;
    switch (step->print) {
    case ETCH_PRINT_INTEGER:
        return step->letter == 'p' ? put_pointer(out, p, step, r) : put_integer(out, p, step, r);
    case ETCH_PRINT_CHARACTERS:
        return put_characters(out, p, step, r);
    case ETCH_PRINT_DOUBLE:
        return put_double(out, p, step, r);
    case ETCH_PRINT_BYTES:
        out->p = p;
        etch_out_bytes(out, string_of(r, i), r->length[i]);
        return out->p;
    case ETCH_PRINT_QUOTED:
        return put_quoted(out, p, r, i);
    case ETCH_PRINT_BOOL:
        return r->value[i] ? (char *)memcpy(p, "true", 4) + 4 : (char *)memcpy(p, "false", 5) + 5;
    case ETCH_PRINT_NUMBER:
        return put_number(p, r->value[i]);
    }
    return p;
}

static inline char *put_literal(const struct etch_plan *plan, const struct etch_step *step,
                                struct etch_out *out, char *p)
{
    const char *text = plan->text + step->literal;
    size_t n = step->literal_size;
    if (__builtin_expect(n > 256, 0)) {
        out->p = p;
        etch_out_bytes(out, text, n);
        p = out->p;
        n = 0;
    }
    p = etch_out_room(out, p, 256 + STEP_ROOM);
    return etch_put_block(p, text, n);
}

void etch_plan_print(const struct etch_plan *plan, const struct etch_record *r,
                     struct etch_out *out)
{
    char *p = out->p;
    if (__builtin_expect(r->n_values < plan->n_values, 0)) {
        etch_plan_print_undeclared(r, plan->style, out);
        return;
    }
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct etch_step *s = &plan->steps[i];
        uint64_t value = r->value[s->argument];
        p = put_literal(plan, s, out, p);
        switch (s->print) {
        case ETCH_PRINT_NOTHING:
            break;
        case ETCH_PRINT_SIGNED:
            p = etch_put_signed(p, (int64_t)(value << s->shift) >> s->shift);
            break;
        case ETCH_PRINT_UNSIGNED:
            p = etch_put_decimal(p, value << s->shift >> s->shift);
            break;
        case ETCH_PRINT_POINTER:
            if (!value) {
                memcpy(p, "(nil)", 5);
                p += 5;
                break;
            }
            memcpy(p, "0x", 2);
            p = etch_put_hex(p + 2, value);
            break;
        case ETCH_PRINT_HEX:
            p = etch_put_hex(p, value << s->shift >> s->shift);
            break;
        case ETCH_PRINT_HEX_ZEROS: {
            value = value << s->shift >> s->shift;
            unsigned n = etch_hex_digits(value);
            p = etch_put_hex_n(p, value, n > (unsigned)s->width ? n : (unsigned)s->width);
            break;
        }
        case ETCH_PRINT_STRING:
            p = put_string(out, p, r, s->argument);
            break;
        case ETCH_PRINT_PYTHON:
            p = etch_put_python(out, p, string_of(r, s->argument), r->length[s->argument]);
            break;
        default:
            p = put_other(out, p, s, r);
        }
    }
    out->p = p;
}

/* One value of a record without declaration: a number, or bytes. */
static void print_undeclared_value(const struct etch_record *r, uint32_t i, bool json,
                                   struct etch_out *out)
{
    const char *bytes = string_of(r, i);
    char *p = etch_out_room(out, out->p, STEP_ROOM);

    p += snprintf(p, STEP_ROOM, json ? "%s\"%s%u\":\"" : "%s%s%u=",
                  i == 0 ? ""
                  : json ? ","
                         : " ",
                  r->length[i] ? "bytes" : "arg", i + 1);
    if (r->length[i] == 0)
        p = etch_put_hex((char *)memcpy(p, "0x", 2) + 2, r->value[i]);
    for (uint32_t j = 0; j < r->length[i]; j++)
        p = etch_put_hex_n(etch_out_room(out, p, STEP_ROOM), (unsigned char)bytes[j], 2);
    if (json)
        *p++ = '"';
    out->p = p;
}

void etch_plan_print_undeclared(const struct etch_record *r, enum etch_plan_style style,
                                struct etch_out *out)
{
    bool json = style == ETCH_PLAN_JSON;
    if (json)
        etch_out_text(out, "{");
    for (uint32_t i = 0; i < r->n_values && i < ETCH_VALUES_MAX; i++)
        print_undeclared_value(r, i, json, out);
    if (json)
        etch_out_text(out, "}");
}
