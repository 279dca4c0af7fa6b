/* SPDX-License-Identifier: MIT
 *
 * lexer.h: the words, operators and constants of a condition, and what is said
 * of those that are none. For src/condition only.
 */
#ifndef ETCH_CONDITION_LEXER_H
#define ETCH_CONDITION_LEXER_H

#include <errno.h>

#include "condition/condition.h"
#include "format/text.h"

struct lexer {
    const char *text;
    size_t length, at;
    struct etch_clause_fault *fault;
};

/* A constant. */
struct constant {
    enum {
        CONSTANT_NUMBER,
        CONSTANT_CHAR,
        CONSTANT_BOOL,
        CONSTANT_NULL,
        CONSTANT_TEXT,
    } type;
    bool negative;
    uint64_t number; /* its magnitude; of a text: where its quote opens */
    size_t begin, end;
};

/* Says what is wrong in column `at` + 1: up to three pieces; `name`, if any,
 * comes between backquotes behind `before`. -EINVAL. */
int lexer_fail(struct lexer *l, size_t at, const char *before, const char *name, size_t length,
               const char *after);

void lexer_blanks(struct lexer *l);

/* The character at hand, `ahead` of it; '\0' at the end. */
static inline char lexer_char(const struct lexer *l, size_t ahead)
{
    return l->at + ahead < l->length ? l->text[l->at + ahead] : '\0';
}

static inline bool lexer_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Takes an operator that stands here. */
bool lexer_take(struct lexer *l, const char *op);

/* Whether the word stands here, whole; takes it. */
bool lexer_take_word(struct lexer *l, const char *word);

/* The length of the name that stands here; 0: none. */
size_t lexer_name(const struct lexer *l);

/* A number with K, M or G behind it. 0 or -EINVAL. */
int lexer_number(struct lexer *l, uint64_t *number);

/* A constant. 0 or -EINVAL. */
int lexer_constant(struct lexer *l, struct constant *c);

/* The next byte of a text or character that is known to be whole, its escape
 * resolved. */
char lexer_text_byte(const char *text, size_t *at);

#endif
