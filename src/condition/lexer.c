/* SPDX-License-Identifier: MIT
 *
 * lexer.c: see lexer.h.
 *
 * Reads:  the text, within its length.
 * Writes: a fault.
 */
#include "condition/lexer.h"

int lexer_fail(struct lexer *l, size_t at, const char *before, const char *name, size_t length,
               const char *after)
{
    struct text t = text_in(l->fault->message, sizeof(l->fault->message));
    l->fault->column = at + 1;
    text_add(&t, before);
    if (name != NULL) {
        text_add(&t, "`");
        text_bytes(&t, name, length < 64 ? length : 64);
        text_add(&t, "`");
    }
    text_add(&t, after);
    return -EINVAL;
}

void lexer_blanks(struct lexer *l)
{
    while (lexer_char(l, 0) == ' ' || lexer_char(l, 0) == '\t')
        l->at++;
}

bool lexer_take(struct lexer *l, const char *op)
{
    size_t n = text_length(op);
    lexer_blanks(l);
    for (size_t i = 0; i < n; i++)
        if (lexer_char(l, i) != op[i])
            return false;
    l->at += n;
    return true;
}

size_t lexer_name(const struct lexer *l)
{
    size_t n = 0;
    char first = lexer_char(l, 0);
    while ((first < '0' || first > '9') && lexer_word_char(lexer_char(l, n)))
        n++;
    return n;
}

bool lexer_take_word(struct lexer *l, const char *word)
{
    size_t before = l->at;
    if (lexer_take(l, word) && !lexer_word_char(lexer_char(l, 0)))
        return true;
    l->at = before;
    return false;
}

/* ---- numbers ---- */

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

int lexer_number(struct lexer *l, uint64_t *number)
{
    size_t begin = l->at;
    unsigned base = 10;
    uint64_t v = 0;
    bool over = false;
    if (lexer_char(l, 0) == '0' && (lexer_char(l, 1) | 0x20) == 'x') {
        base = 16;
        l->at += 2;
    }
    size_t digits = l->at;
    for (unsigned d; (d = digit_value(lexer_char(l, 0))) < base; l->at++)
        over |= __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v);
    size_t n = l->at - digits;
    char unit = lexer_char(l, 0) & ~0x20;
    unsigned shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
    l->at += shift != 0;
    size_t end = l->at;
    while (lexer_word_char(lexer_char(l, end - l->at)))
        end++;
    if (end == begin)
        return lexer_fail(l, begin, "a number is missing: 4096, 0x1000 or 4K", NULL, 0, "");
    if (n == 0 || end > l->at)
        return lexer_fail(l, begin, "", l->text + begin, end - begin,
                          " is no number; 4096, 0x1000 and 4K are");
    if (base == 10 && n > 1 && l->text[digits] == '0')
        return lexer_fail(l, begin, "", l->text + begin, end - begin,
                          " begins with 0: octal numbers are written 0x...");
    if (over || v > UINT64_MAX >> shift)
        return lexer_fail(l, begin, "", l->text + begin, end - begin, " is above 64 bits");
    *number = v << shift;
    return 0;
}

/* ---- characters and texts ---- */

char lexer_text_byte(const char *text, size_t *at)
{
    static const char letters[] = "n\nt\tr\r0";
    char c = text[(*at)++];
    if (c != '\\')
        return c;
    c = text[(*at)++];
    if (c == 'x') {
        unsigned v = digit_value(text[*at]) * 16 + digit_value(text[*at + 1]);
        *at += 2;
        return (char)v;
    }
    for (size_t i = 0; i < sizeof(letters) - 1; i += 2)
        if (c == letters[i])
            return letters[i + 1];
    return c;
}

static bool escape_is_known(const struct lexer *l)
{
    char c = lexer_char(l, 1);
    if (c == 'x')
        return digit_value(lexer_char(l, 2)) < 16 && digit_value(lexer_char(l, 3)) < 16;
    return c == 'n' || c == 't' || c == 'r' || c == '0' || c == '\\' || c == '\'' || c == '"';
}

/* Passes over 'c' or "text"; how many bytes it stands for, or -EINVAL. */
static int quoted(struct lexer *l, char quote)
{
    size_t begin = l->at++;
    int bytes = 0;
    for (char c; (c = lexer_char(l, 0)) != quote; bytes++) {
        if (c == '\0')
            return lexer_fail(l, begin, "the closing ", &quote, 1, " is missing");
        if (c == '\\' && !escape_is_known(l))
            return lexer_fail(l, l->at, "", l->text + l->at, l->at + 1 < l->length ? 2 : 1,
                              " is no escape; \\n \\t \\r \\0 \\xHH \\\\ \\' \\\" are");
        size_t at = l->at;
        char byte = lexer_text_byte(l->text, &at);
        if (byte == '\0' && quote == '"')
            return lexer_fail(l, l->at, "a text ends at its first NUL; leave this out", NULL, 0,
                              "");
        l->at = at;
    }
    l->at++;
    return bytes;
}

static int character(struct lexer *l, struct constant *c)
{
    size_t at = l->at + 1;
    int n = quoted(l, '\'');
    if (n < 0)
        return n;
    if (n != 1)
        return lexer_fail(l, c->begin, "one character stands between '', a text between \"\"", NULL,
                          0, "");
    c->type = CONSTANT_CHAR;
    c->number = (unsigned char)lexer_text_byte(l->text, &at);
    return 0;
}

int lexer_constant(struct lexer *l, struct constant *c)
{
    lexer_blanks(l);
    *c = (struct constant){.begin = l->at};
    char first = lexer_char(l, 0);
    int r = 0;
    if (first == '"') {
        c->type = CONSTANT_TEXT;
        c->number = l->at;
        r = quoted(l, '"');
    } else if (first == '\'') {
        r = character(l, c);
    } else if (lexer_take_word(l, "NULL")) {
        c->type = CONSTANT_NULL;
    } else if (lexer_take_word(l, "true") || lexer_take_word(l, "false")) {
        c->type = CONSTANT_BOOL;
        c->number = first == 't';
    } else if (first == '-' || (first >= '0' && first <= '9')) {
        c->negative = first == '-';
        l->at += c->negative;
        r = lexer_number(l, &c->number);
    } else {
        size_t n = lexer_name(l);
        return lexer_fail(l, l->at, n ? "" : "a constant is missing", n ? l->text + l->at : NULL, n,
                          n ? " is no constant; 4096, 'c', \"text\", NULL, true are"
                            : ": 4096, 'c', \"text\", NULL or true");
    }
    c->end = l->at;
    return r < 0 ? r : 0;
}
