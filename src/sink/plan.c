/* SPDX-License-Identifier: MIT
 *
 * plan.c: compiles declarations to plans, see plan.h.
 *
 * Reads:  a declaration: its arguments and its format.
 * Writes: a struct etch_plan.
 * Never:  sees a record.
 */
#include "sink/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/kind.h"
#include "sink/escape.h"

/* A plan in the making. */
struct maker {
    struct etch_plan *plan;
    const struct etch_decl *decl;
    size_t step_room, text_room;
    size_t next; /* argument of the next conversion */
    int error;
};

/* Opens the next step. */
static struct etch_step *add_step(struct maker *m)
{
    struct etch_plan *plan = m->plan;
    if (plan->n_steps == m->step_room) {
        size_t room = m->step_room ? 2 * m->step_room : 8;
        void *more = realloc(plan->steps, room * sizeof(*plan->steps));
        if (!more) {
            m->error = -ENOMEM;
            return NULL;
        }
        plan->steps = more;
        m->step_room = room;
    }
    struct etch_step *step = &plan->steps[plan->n_steps++];
    *step = (struct etch_step){
        .literal = (uint32_t)plan->text_size, .width = ETCH_PLAN_NONE, .precision = ETCH_PLAN_NONE};
    return step;
}

static void add_text(struct maker *m, const char *text, size_t n)
{
    struct etch_plan *plan = m->plan;
    if (plan->text_size + n + ETCH_OUT_SLACK > m->text_room) {
        size_t room = 2 * (plan->text_size + n + ETCH_OUT_SLACK);
        char *more = realloc(plan->text, room);
        if (!more) {
            m->error = -ENOMEM;
            return;
        }
        memset(more + plan->text_size, 0, room - plan->text_size);
        plan->text = more;
        m->text_room = room;
    }
    memcpy(plan->text + plan->text_size, text, n);
    plan->text_size += n;
}

/* The literal text that stands in a declared format: as it is, but without
 * control characters, since an event is a line. */
static void add_escaped(struct maker *m, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned length = text[i] == '\t' ? 1 : etch_utf8_length(text + i, n - i);
        if (length) {
            add_text(m, text + i, length);
            i += length;
            continue;
        }
        char escape[8];
        snprintf(escape, sizeof(escape), text[i] == '\n' ? "\\n" : "\\x%02x",
                 (unsigned char)text[i]);
        add_text(m, escape, strlen(escape));
        i++;
    }
}

static void add_string(struct maker *m, const char *text)
{
    add_text(m, text, strlen(text));
}

/* Ends a step: what was added since add_step() is its literal. */
static void end_step(struct maker *m, struct etch_step *step, enum etch_print print)
{
    step->literal_size = (uint32_t)(m->plan->text_size - step->literal);
    step->print = (uint8_t)print;
}

/* ---- the declared format ---- */

/* The bits of the type that a length modifier names, on the machines whose
 * traces we read: long, size_t and pointers have 64. */
static unsigned length_bits(const char *length, char letter)
{
    if (letter == 'c')
        return 8;
    if (strcmp(length, "hh") == 0)
        return 8;
    if (strcmp(length, "h") == 0)
        return 16;
    return length[0] ? 64 : 32;
}

static uint8_t flag_bits(const char *flags)
{
    uint8_t bits = 0;
    for (; *flags; flags++)
        bits |= *flags == '-'   ? ETCH_FLAG_MINUS
                : *flags == '+' ? ETCH_FLAG_PLUS
                : *flags == ' ' ? ETCH_FLAG_BLANK
                : *flags == '#' ? ETCH_FLAG_ALT
                : *flags == '0' ? ETCH_FLAG_ZERO
                                : 0;
    return bits;
}

/* How an integer prints: by the fast ways where no flag asks for more. */
static enum etch_print integer_print(struct etch_step *step)
{
    bool plain = step->flags == 0 && step->precision == ETCH_PLAN_NONE;
    if (plain && step->width == ETCH_PLAN_NONE) {
        switch (step->letter) {
        case 'd':
        case 'i':
            return ETCH_PRINT_SIGNED;
        case 'u':
            return ETCH_PRINT_UNSIGNED;
        case 'x':
            return ETCH_PRINT_HEX;
        case 'p':
            return ETCH_PRINT_POINTER;
        }
    }
    /* %016x and %.16x. */
    if (step->letter == 'x' && step->flags == ETCH_FLAG_ZERO && step->width > 0 &&
        step->width <= 16 && step->precision == ETCH_PLAN_NONE)
        return ETCH_PRINT_HEX_ZEROS;
    if (step->letter == 'x' && step->flags == 0 && step->width == ETCH_PLAN_NONE &&
        step->precision > 0 && step->precision <= 16) {
        step->width = step->precision;
        return ETCH_PRINT_HEX_ZEROS;
    }
    return ETCH_PRINT_INTEGER;
}

/* How the argument prints under the conversion's letter; what does not fit
 * together, since traces are hostile, prints as what the value is. */
static enum etch_print conversion_print(struct etch_step *step, char kind)
{
    bool text = step->letter == 's';
    if (kind == ETCH_KIND_STRING)
        return !text || (step->width == ETCH_PLAN_NONE && step->precision == ETCH_PLAN_NONE)
                   ? ETCH_PRINT_STRING
                   : ETCH_PRINT_CHARACTERS;
    if (step->letter && strchr("fFeEgGaA", step->letter)) {
        if (kind == ETCH_KIND_DOUBLE || kind == ETCH_KIND_FLOAT)
            return ETCH_PRINT_DOUBLE;
        step->shift = 0;
        return ETCH_PRINT_SIGNED;
    }
    if (text) {
        step->shift = 0;
        return ETCH_PRINT_POINTER;
    }
    return step->letter == 'c' ? ETCH_PRINT_CHARACTERS : integer_print(step);
}

/* A width or precision: takes an argument where it is '*'. */
static bool take_size(struct maker *m, int declared, int32_t *size, uint8_t *argument)
{
    *size = declared < 0                     ? declared
            : declared < ETCH_PLAN_WIDTH_MAX ? declared
                                             : ETCH_PLAN_WIDTH_MAX;
    if (declared == ETCH_PLAN_ARGUMENT) {
        if (m->next >= m->plan->n_values || m->decl->args[m->next].kind == ETCH_KIND_STRING)
            return false;
        *argument = (uint8_t)m->next++;
    }
    return true;
}

/* One conversion, behind the literal text before it; stands as it is where it
 * is malformed, not ours or has no argument. */
static void add_conversion(struct maker *m, struct etch_step *step, const char *text,
                           const struct etch_conversion *c)
{
    bool known = c->letter && strchr("diuoxXcspfFeEgGaA", c->letter);
    step->letter = c->letter;
    step->flags = flag_bits(c->flags);
    if (!known || !take_size(m, c->width, &step->width, &step->width_argument) ||
        !take_size(m, c->precision, &step->precision, &step->precision_argument) ||
        m->next >= m->plan->n_values) {
        add_escaped(m, text + c->begin, c->end - c->begin);
        end_step(m, step, ETCH_PRINT_NOTHING);
        return;
    }
    step->argument = (uint8_t)m->next++;
    step->shift = (uint8_t)(c->letter == 'p' ? 0 : 64 - length_bits(c->length, c->letter));
    step->is_signed = c->letter == 'd' || c->letter == 'i';
    end_step(m, step, conversion_print(step, m->decl->args[step->argument].kind));
}

/* Literal text of a format, where %% is a per cent sign. */
static void add_literal(struct maker *m, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t run = 0;
        while (i + run < n && text[i + run] != '%')
            run++;
        if (run < n - i)
            run++;
        add_escaped(m, text + i, run);
        i += run;
        if (text[i - 1] == '%' && i < n && text[i] == '%')
            i++;
    }
}

static void make_format(struct maker *m, const char *text)
{
    size_t at = 0, done = 0;
    struct etch_conversion c;

    while (!m->error && etch_format_next(text, &at, &c)) {
        struct etch_step *step = add_step(m);
        if (!step)
            return;
        add_literal(m, text + done, c.begin - done);
        add_conversion(m, step, text, &c);
        done = c.end;
    }
    struct etch_step *last = m->error || !text[done] ? NULL : add_step(m);
    if (last) {
        add_literal(m, text + done, strlen(text) - done);
        end_step(m, last, ETCH_PRINT_NOTHING);
    }
}

/* ---- the other styles ---- */

static enum etch_print field_print(char kind)
{
    switch (kind) {
    case ETCH_KIND_STRING:
        return ETCH_PRINT_QUOTED;
    case ETCH_KIND_BOOL:
        return ETCH_PRINT_BOOL;
    case ETCH_KIND_FLOAT:
    case ETCH_KIND_DOUBLE:
        return ETCH_PRINT_NUMBER;
    default:
        /* Plain char may be unsigned where it was recorded: then the reader
         * has not extended it, and as a signed number it is the same. */
        return etch_kind_signed(kind, true) ? ETCH_PRINT_SIGNED : ETCH_PRINT_UNSIGNED;
    }
}

/* What stands before a field's name: JSON's pointers are strings, whose quote
 * closes here. */
static const char *field_opening(const struct etch_decl *decl, size_t i, enum etch_plan_style style)
{
    if (style != ETCH_PLAN_JSON)
        return i ? " " : "";
    if (i == 0)
        return "{\"";
    return decl->args[i - 1].kind == ETCH_KIND_POINTER ? "\",\"" : ",\"";
}

static void add_field(struct maker *m, size_t i, enum etch_plan_style style)
{
    const struct etch_arg *arg = &m->decl->args[i];
    bool json = style == ETCH_PLAN_JSON, text = arg->kind == ETCH_KIND_STRING;
    struct etch_step *step = add_step(m);
    if (!step)
        return;
    step->argument = (uint8_t)i;
    add_string(m, field_opening(m->decl, i, style));
    add_escaped(m, arg->name, strlen(arg->name));
    add_string(m, json ? "\":" : "=");

    if (style == ETCH_PLAN_SIMPLETRACE || style == ETCH_PLAN_BARE) {
        add_string(m, text ? "" : "0x");
        end_step(m, step,
                 !text                            ? ETCH_PRINT_HEX
                 : style == ETCH_PLAN_SIMPLETRACE ? ETCH_PRINT_PYTHON
                                                  : ETCH_PRINT_BYTES);
    } else if (arg->kind == ETCH_KIND_POINTER) {
        add_string(m, json ? "\"0x" : "0x");
        end_step(m, step, ETCH_PRINT_HEX);
    } else {
        end_step(m, step, field_print(arg->kind));
    }
}

static void make_fields(struct maker *m, enum etch_plan_style style)
{
    size_t n = m->plan->n_values;
    for (size_t i = 0; i < n && !m->error; i++)
        add_field(m, i, style);
    if (m->error || style != ETCH_PLAN_JSON)
        return;
    struct etch_step *last = add_step(m);
    if (last) {
        bool quote = n && m->decl->args[n - 1].kind == ETCH_KIND_POINTER;
        add_string(m, n == 0 ? "{}" : quote ? "\"}" : "}");
        end_step(m, last, ETCH_PRINT_NOTHING);
    }
}

int etch_plan_make(struct etch_plan *plan, const struct etch_decl *decl, enum etch_plan_style style)
{
    *plan = (struct etch_plan){.style = style};
    plan->n_values = (uint32_t)(decl->n_args < ETCH_VALUES_MAX ? decl->n_args : ETCH_VALUES_MAX);
    struct maker m = {.plan = plan, .decl = decl};
    int broken = 0;

    add_string(&m, ""); /* an event without arguments has a text, too */
    if (style == ETCH_PLAN_FORMAT && decl->format) {
        size_t where;
        char *text = etch_format_expand(decl->format, &broken, &where);
        if (text)
            make_format(&m, text);
        free(text);
    } else if (style != ETCH_PLAN_FORMAT) {
        make_fields(&m, style);
    }
    if (broken == -EINVAL)
        make_fields(&m, ETCH_PLAN_RAW);
    if (m.error || broken == -ENOMEM) {
        etch_plan_free(plan);
        return -ENOMEM;
    }
    return broken;
}

void etch_plan_free(struct etch_plan *plan)
{
    free(plan->steps);
    free(plan->text);
    *plan = (struct etch_plan){0};
}
