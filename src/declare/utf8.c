/* SPDX-License-Identifier: MIT
 *
 * utf8.c: characters of a trace-events text.
 *
 * Reads:  bytes.
 * Writes: nothing.
 * Never:  reads past the end that it is given.
 */
#include "declare/parse.h"

/* The code point at p and its length; 0: not UTF-8 (overlong, surrogate, cut). */
static size_t decode(const char *text, const char *end, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] < 0xc2 || p[0] > 0xf4 || (size_t)(end - text) < n)
        return 0;
    *code = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return n;
}

size_t etch_utf8_char(const char *p, const char *end)
{
    uint32_t code;
    if ((unsigned char)*p < 0x80)
        return 1;
    return decode(p, end, &code);
}

/* Blanks, signs and marks outside ASCII that are likely in a text file; all
 * else counts as letters, as nearly all of it is. */
static bool is_letter(uint32_t code)
{
    if (code < 0xc0)
        return code == 0xaa || code == 0xb5 || code == 0xba;
    return code != 0xd7 && code != 0xf7 && !(code >= 0x2000 && code < 0x2070) &&
           !(code >= 0x2190 && code < 0x2c00) && !(code >= 0x3000 && code < 0x3004) &&
           code != 0xfeff && code != 0xfffd;
}

size_t etch_word_char(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p, letter = c | 0x20;
    uint32_t code;
    if (c < 0x80)
        return (letter >= 'a' && letter <= 'z') || c == '_' || (c >= '0' && c <= '9');
    size_t n = decode(p, end, &code);
    return n && is_letter(code) ? n : 0;
}
