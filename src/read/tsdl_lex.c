/* SPDX-License-Identifier: MIT
 *
 * tsdl_lex.c: see tsdl_lex.h.
 */
#include "read/tsdl_lex.h"

#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/* Blanks and comments. */
static void skip(struct tsdl_lexer *l)
{
    while (l->at < l->end) {
        bool comment = l->end - l->at >= 2 && l->at[0] == '/' && l->at[1] == '*';
        const char *end = l->at + 1;
        if (comment) {
            end = memmem(l->at + 2, (size_t)(l->end - l->at) - 2, "*/", 2);
            end = end == NULL ? l->end : end + 2;
        } else if (strchr(" \t\r\n", *l->at) == NULL || *l->at == '\0') {
            return;
        }
        for (; l->at < end; l->at++)
            l->line += *l->at == '\n';
    }
}

/* The end of a string's text, or NULL. */
static const char *string_end(const char *p, const char *end)
{
    for (; p < end && *p != '"'; p++) {
        if (*p == '\n' || *p == '\0')
            return NULL;
        if (*p == '\\' && ++p == end)
            return NULL;
    }
    return p < end ? p : NULL;
}

void tsdl_step(struct tsdl_lexer *l)
{
    skip(l);
    struct tsdl_token *t = &l->token;
    *t = (struct tsdl_token){TSDL_END, l->at, 0, l->line};
    if (l->at == l->end)
        return;
    if (*l->at == '"') {
        const char *end = string_end(l->at + 1, l->end);
        t->kind = end == NULL ? TSDL_BROKEN : TSDL_STRING;
        t->text = end == NULL ? l->at : l->at + 1;
        t->size = end == NULL ? 1 : (size_t)(end - t->text);
        l->at = end == NULL ? l->end : end + 1;
        return;
    }
    t->kind = is_digit(*l->at) ? TSDL_NUMBER : is_word(*l->at) ? TSDL_WORD : TSDL_MARK;
    do
        l->at++;
    while (t->kind != TSDL_MARK && l->at < l->end && is_word(*l->at));
    t->size = (size_t)(l->at - t->text);
}

struct tsdl_lexer tsdl_lexer_of(const char *text, size_t size)
{
    struct tsdl_lexer l = {.at = text, .end = text + size, .line = 1};
    tsdl_step(&l);
    return l;
}

bool tsdl_is(const struct tsdl_lexer *l, const char *text)
{
    return (l->token.kind == TSDL_WORD || l->token.kind == TSDL_MARK) &&
           strlen(text) == l->token.size && memcmp(text, l->token.text, l->token.size) == 0;
}

bool tsdl_match(struct tsdl_lexer *l, const char *text)
{
    struct tsdl_lexer want = tsdl_lexer_of(text, strlen(text));
    for (; want.token.kind != TSDL_END; tsdl_step(&want)) {
        if (l->token.kind != want.token.kind || l->token.size != want.token.size ||
            memcmp(l->token.text, want.token.text, want.token.size) != 0)
            return false;
        tsdl_step(l);
    }
    return true;
}

bool tsdl_number(struct tsdl_lexer *l, uint64_t *value)
{
    uint64_t v = 0;
    if (l->token.kind != TSDL_NUMBER)
        return false;
    for (size_t i = 0; i < l->token.size; i++)
        if (!is_digit(l->token.text[i]) || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(l->token.text[i] - '0'), &v))
            return false;
    *value = v;
    tsdl_step(l);
    return true;
}

/* One byte of a string; its size as it stands. */
static size_t unescape(const char *p, const char *end, char *byte)
{
    *byte = *p;
    if (*p != '\\')
        return 1;
    size_t digits = 0;
    unsigned v = 0;
    while (digits < 3 && p + 1 + digits < end && p[1 + digits] >= '0' && p[1 + digits] <= '7')
        v = v << 3 | (unsigned)(p[1 + digits++] - '0');
    *byte = digits > 0 ? (char)v : p[1];
    return digits > 0 ? 1 + digits : 2;
}

char *tsdl_string(struct tsdl_lexer *l)
{
    const char *p = l->token.text, *end = p + l->token.size;
    char *text = l->token.kind == TSDL_STRING ? malloc(l->token.size + 1) : NULL;
    size_t n = 0;
    if (text == NULL)
        return NULL;
    while (p < end) {
        p += unescape(p, end, &text[n]);
        if (text[n++] == '\0') {
            free(text);
            return NULL;
        }
    }
    text[n] = '\0';
    tsdl_step(l);
    return text;
}
