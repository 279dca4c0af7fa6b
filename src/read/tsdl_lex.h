/* SPDX-License-Identifier: MIT
 *
 * tsdl_lex.h: the words of TSDL.
 *
 * Reads:  text in memory.
 * Writes: nothing.
 * Never:  reads behind the end of the text; knows what the words mean.
 */
#ifndef ETCH_READ_TSDL_LEX_H
#define ETCH_READ_TSDL_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tsdl_kind { TSDL_END, TSDL_WORD, TSDL_NUMBER, TSDL_STRING, TSDL_MARK, TSDL_BROKEN };

struct tsdl_token {
    enum tsdl_kind kind;
    const char *text; /* a string without its quotes, its escapes as they stand */
    size_t size;
    unsigned line;
};

struct tsdl_lexer {
    const char *at, *end;
    unsigned line;
    struct tsdl_token token; /* the one that is looked at */
};

/* Starts at the first token. */
struct tsdl_lexer tsdl_lexer_of(const char *text, size_t size);

/* Steps to the next token. */
void tsdl_step(struct tsdl_lexer *lexer);

/* Whether the token is this word or mark. */
bool tsdl_is(const struct tsdl_lexer *lexer, const char *text);

/* Steps over all tokens of `text` if they are what stands here; false at the
 * first that is not, which is then looked at. */
bool tsdl_match(struct tsdl_lexer *lexer, const char *text);

/* The number that is looked at; steps over it. False: it is none. */
bool tsdl_number(struct tsdl_lexer *lexer, uint64_t *value);

/* The string that is looked at, without escapes, malloc'd, with NUL behind it;
 * steps over it. NULL: it is none, or holds NUL. */
char *tsdl_string(struct tsdl_lexer *lexer);

#endif
