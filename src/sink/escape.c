/* SPDX-License-Identifier: MIT
 *
 * escape.c: see escape.h.
 *
 * Reads:  bytes of any content.
 * Writes: the output buffer.
 * Never:  lets a control character through.
 */
#include "sink/escape.h"

/* The most bytes that one byte of a string becomes. */
#define WORST 6u

/* Whether a byte of the word is below 0x20, 0x7f or above: exact where no byte
 * is above 0x7f, and then true anyway. */
static inline bool word_is_plain(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t below = (w | high) - ones * 0x20; /* bit 7 falls where byte < 0x20 */
    uint64_t above = (w & ~high) + ones;       /* bit 7 rises where byte = 0x7f */
    return ((~below | above | w) & high) == 0;
}

bool etch_text_is_plain(const char *s, size_t n)
{
    for (; n >= 8; s += 8, n -= 8) {
        uint64_t w;
        memcpy(&w, s, 8);
        if (!word_is_plain(w))
            return false;
    }
    for (; n; s++, n--)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
            return false;
    return true;
}

unsigned etch_utf8_length(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (length == 0 || length > n || s[0] > 0xf4)
        return 0;
    if (length == 1)
        return s[0] >= 0x20 && s[0] != 0x7f;
    for (unsigned i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) || /* overlong, surrogate */
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))   /* overlong, too large */
        return 0;
    if (s[0] == 0xc2 && s[1] < 0xa0) /* C1: terminals obey them */
        return 0;
    /* Line and paragraph separators, and what turns the direction of writing. */
    if (s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) ||
                         (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)))
        return 0;
    return length;
}

static char *put_hex_escape(char *p, unsigned char c)
{
    p[0] = '\\';
    p[1] = 'x';
    return etch_put_hex_n(p + 2, c, 2);
}

/* The letter of \t, \n, \r; else 0. */
static char letter_of(char c)
{
    return c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : '\0';
}

static char *put_letter_escape(char *p, char letter)
{
    p[0] = '\\';
    p[1] = letter;
    return p + 2;
}

static char *copy_plain(struct etch_out *out, char *p, const char *s, size_t n)
{
    while (n) {
        size_t part = n < ETCH_OUT_SIZE / 2 ? n : ETCH_OUT_SIZE / 2;
        p = etch_out_room(out, p, part);
        memcpy(p, s, part);
        p += part;
        s += part;
        n -= part;
    }
    return p;
}

char *etch_put_text(struct etch_out *out, char *p, const char *s, size_t n)
{
    if (etch_text_is_plain(s, n))
        return copy_plain(out, p, s, n);
    for (const char *end = s + n; s < end;) {
        p = etch_out_room(out, p, WORST);
        unsigned length = etch_utf8_length(s, (size_t)(end - s));
        if (length) {
            memcpy(p, s, length);
            p += length;
            s += length;
            continue;
        }
        char letter = letter_of(*s);
        p = letter ? put_letter_escape(p, letter) : put_hex_escape(p, (unsigned char)*s);
        s++;
    }
    return p;
}

static char *put_json_escape(char *p, char c)
{
    char letter = c == '"' || c == '\\' ? c : c == '\b' ? 'b' : c == '\f' ? 'f' : letter_of(c);
    if (letter)
        return put_letter_escape(p, letter);
    memcpy(p, "\\u00", 4);
    return etch_put_hex_n(p + 4, (unsigned char)c, 2);
}

/* JSON allows all of UTF-8 from U+0080 on; what etch_utf8_length() refuses for
 * the sake of terminals is written as \u escapes. */
static char *put_json_wide(char *p, const char **at, size_t n)
{
    const unsigned char *s = (const unsigned char *)*at;
    unsigned length = etch_utf8_length(*at, n);
    if (length) {
        memcpy(p, s, length);
        *at += length;
        return p + length;
    }
    unsigned code = 0xfffd;
    length = 1;
    if (n >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) {
        code = s[1];
        length = 2;
    } else if (n >= 3 && s[0] == 0xe2 && (s[1] == 0x80 || s[1] == 0x81) && (s[2] & 0xc0) == 0x80) {
        code = 0x2000u | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
        length = 3;
    }
    *at += length;
    memcpy(p, "\\u", 2);
    return etch_put_hex_n(p + 2, code, 4);
}

char *etch_put_json(struct etch_out *out, char *p, const char *s, size_t n)
{
    for (const char *end = s + n; s < end;) {
        p = etch_out_room(out, p, WORST);
        unsigned char c = (unsigned char)*s;
        if (c >= 0x80) {
            p = put_json_wide(p, &s, (size_t)(end - s));
            continue;
        }
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            p = put_json_escape(p, *s);
        else
            *p++ = *s;
        s++;
    }
    return p;
}

char *etch_put_python(struct etch_out *out, char *p, const char *s, size_t n)
{
    bool single = n && memchr(s, '\'', n), quoted = n && memchr(s, '"', n);
    char quote = single && !quoted ? '"' : '\'';

    p = etch_out_room(out, p, 2);
    *p++ = 'b';
    *p++ = quote;
    if (!single && etch_text_is_plain(s, n) && !(n && memchr(s, '\\', n))) {
        p = copy_plain(out, p, s, n);
    } else {
        for (const char *end = s + n; s < end; s++) {
            p = etch_out_room(out, p, WORST);
            char letter = *s == '\\' || *s == quote ? *s : letter_of(*s);
            if (letter)
                p = put_letter_escape(p, letter);
            else if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
                p = put_hex_escape(p, (unsigned char)*s);
            else
                *p++ = *s;
        }
    }
    p = etch_out_room(out, p, 1);
    *p++ = quote;
    return p;
}
