/* SPDX-License-Identifier: MIT
 *
 * format.c: declared formats: C literals and PRI macros → the text that printf
 * would get → its conversions.
 *
 * Reads:  the format's text.
 * Writes: the resolved text.
 * Never:  prints, or knows the arguments (lint.c and the readers do).
 */
#include "declare/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct resolver {
    const char *format;
    size_t at; /* in the format */
    char *out;
    uint32_t *map; /* or NULL */
    size_t n;      /* bytes in out */
    bool wide;
};

static void put(struct resolver *r, size_t from, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (r->map)
            r->map[r->n] = (uint32_t)from;
        r->out[r->n++] = bytes[i];
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void put_utf8(struct resolver *r, size_t from, uint32_t code)
{
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = n == 1 ? (char)code : (char)((0xf00 >> n & 0xff) | code);
    put(r, from, bytes, n);
}

/* An escape of numbers: \x1f, \033, \u00e9. `at` is at its first digit. */
static bool numeric_escape(struct resolver *r, size_t from, char letter)
{
    unsigned most = letter == 'u' ? 4 : letter == 'U' ? 8 : letter == 'x' ? -1u : 3;
    unsigned base = letter >= '0' && letter <= '7' ? 8 : 16, n = 0;
    uint32_t code = 0;
    for (int digit;
         n < most && (digit = hex_digit(r->format[r->at])) >= 0 && (unsigned)digit < base;
         n++, r->at++)
        code = (code * base) + (uint32_t)digit;
    if (n == 0 || ((letter == 'u' || letter == 'U') && (n != most || code > 0x10ffff)))
        return false;
    if (letter == 'u' || letter == 'U')
        put_utf8(r, from, code);
    else
        put(r, from, &(char){(char)code}, 1);
    return true;
}

/* The escape at `at`, behind its backslash. */
static bool resolve_escape(struct resolver *r)
{
    static const char letters[] = "abfnrtv\"\\'?e", values[] = "\a\b\f\n\r\t\v\"\\'?\033";
    size_t from = r->at - 1;
    char c = r->format[r->at];
    const char *found = c ? strchr(letters, c) : NULL;
    if (found) {
        put(r, from, &values[found - letters], 1);
        r->at++;
        return true;
    }
    if (c >= '0' && c <= '7')
        return numeric_escape(r, from, c);
    r->at += c != '\0';
    return (c == 'x' || c == 'u' || c == 'U') && numeric_escape(r, from, c);
}

static enum etch_format_fault resolve_literal(struct resolver *r, size_t *where)
{
    *where = r->at++;
    for (char c; (c = r->format[r->at]) != '"';) {
        if (c == '\0')
            return ETCH_FORMAT_OPEN;
        r->at++;
        if (c != '\\') {
            put(r, r->at - 1, &c, 1);
            continue;
        }
        size_t escape = r->at - 1;
        if (r->format[r->at] == '\0')
            return ETCH_FORMAT_OPEN;
        if (!resolve_escape(r)) {
            *where = escape;
            return ETCH_FORMAT_ESCAPE;
        }
    }
    r->at++;
    return ETCH_FORMAT_GOOD;
}

/* PRI, the letter, the width → length modifier and letter. */
static bool resolve_macro(struct resolver *r, const char *word, size_t n)
{
    static const struct {
        const char *name, *length, *wide;
    } widths[] = {
        {"64", "ll", "w64"},   {"32", "", "w32"},      {"16", "h", "w16"},      {"8", "hh", "w8"},
        {"PTR", "t", "t"},     {"MAX", "j", "j"},      {"LEAST64", "ll", "ll"}, {"LEAST32", "", ""},
        {"LEAST16", "h", "h"}, {"LEAST8", "hh", "hh"},
    };
    if (n < 5 || memcmp(word, "PRI", 3) != 0 || !strchr("diouxX", word[3]))
        return false;
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
        if (strlen(widths[i].name) == n - 4 && memcmp(widths[i].name, word + 4, n - 4) == 0) {
            const char *length = r->wide ? widths[i].wide : widths[i].length;
            put(r, (size_t)(word - r->format), length, strlen(length));
            put(r, (size_t)(word - r->format), word + 3, 1);
            return true;
        }
    return false;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

enum etch_format_fault etch_format_resolve(const char *format, bool wide, char *text, uint32_t *map,
                                           size_t *where)
{
    struct resolver r = {.format = format, .out = text, .map = map, .wide = wide};
    enum etch_format_fault fault = ETCH_FORMAT_GOOD;
    for (char c; fault == ETCH_FORMAT_GOOD && (c = format[r.at]) != '\0';) {
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            r.at++;
        } else if (c == '"') {
            fault = resolve_literal(&r, where);
        } else {
            *where = r.at;
            while (is_word(format[r.at]))
                r.at++;
            if (r.at == *where)
                fault = ETCH_FORMAT_STRAY;
            else if (!resolve_macro(&r, format + *where, r.at - *where))
                fault = ETCH_FORMAT_MACRO;
        }
    }
    r.out[r.n] = '\0';
    return fault;
}

char *etch_format_expand(const char *format, int *error, size_t *where)
{
    char *text = malloc(strlen(format) + 1);
    if (!text) {
        *error = -ENOMEM;
        return NULL;
    }
    if (etch_format_resolve(format, false, text, NULL, where) == ETCH_FORMAT_GOOD)
        return text;
    free(text);
    *error = -EINVAL;
    return NULL;
}

/* A number or '*' at *p. */
static int scan_number(const char **p)
{
    if (**p == '*') {
        ++*p;
        return -2;
    }
    int n = -1;
    for (; **p >= '0' && **p <= '9'; ++*p) {
        n = (n < 0 ? 0 : n) * 10 + (**p - '0');
        if (n > ETCH_WIDTH_MAX)
            n = ETCH_WIDTH_MAX;
    }
    return n;
}

static void scan_length(const char **p, char length[4])
{
    static const char *const lengths[] = {"hh", "h", "ll",  "l",   "z",   "t",
                                          "j",  "L", "w64", "w32", "w16", "w8"};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t n = strlen(lengths[i]);
        if (strncmp(*p, lengths[i], n) == 0) {
            memcpy(length, lengths[i], n + 1);
            *p += n;
            return;
        }
    }
    length[0] = '\0';
}

bool etch_format_next(const char *expanded, size_t *at, struct etch_conversion *conversion)
{
    const char *p = expanded + *at;
    while ((p = strchr(p, '%')) != NULL && p[1] == '%')
        p += 2;
    if (!p) {
        *at += strlen(expanded + *at);
        return false;
    }
    memset(conversion, 0, sizeof(*conversion));
    conversion->begin = (size_t)(p++ - expanded);
    for (size_t n = 0; *p && strchr("-+ #0", *p); p++)
        if (!strchr(conversion->flags, *p) && n < sizeof(conversion->flags) - 1)
            conversion->flags[n++] = *p;
    conversion->width = scan_number(&p);
    conversion->precision = -1;
    if (*p == '.') {
        p++;
        conversion->precision = scan_number(&p);
        if (conversion->precision == -1)
            conversion->precision = 0;
    }
    scan_length(&p, conversion->length);
    if (*p && strchr("diouxXcspfFeEgGaAnm", *p))
        conversion->letter = *p++;
    conversion->end = (size_t)(p - expanded);
    *at = conversion->end;
    return true;
}
