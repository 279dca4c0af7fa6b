/* SPDX-License-Identifier: MIT
 *
 * types.c: the C type of an argument, as text → its kind, and whether QEMU
 * lets it pass.
 *
 * Reads:  the type's text.
 * Writes: nothing.
 * Never:  knows a typedef: a word that is not in the table is of kind OTHER.
 */
#include "declare/types.h"

#include <string.h>

#include "declare/declare.h"
#include "format/kind.h"

/* What a word says about the type that it stands in. */
enum {
    WORD_UNKNOWN = 0,
    WORD_CONST = 1,
    WORD_SIGNED,
    WORD_UNSIGNED,
    WORD_LONG,
    WORD_SHORT,
    WORD_INT,
    WORD_VOID,
    WORD_KIND, /* `kind` says all */
};

struct word {
    const char *text;
    unsigned char length;
    unsigned char role;
    char kind;
    bool allowed; /* by QEMU since 2.12 (floating point: since 3.0 not) */
};

#define WORD(text, role, kind, allowed)                                                            \
    {                                                                                              \
        text, sizeof(text) - 1, role, kind, allowed                                                \
    }

static const struct word words[] = {
    WORD("uint32_t", WORD_KIND, ETCH_KIND_UINT, true),
    WORD("int", WORD_INT, 0, true),
    WORD("uint64_t", WORD_KIND, ETCH_KIND_ULLONG, true),
    WORD("const", WORD_CONST, 0, true),
    WORD("char", WORD_KIND, ETCH_KIND_CHAR, true),
    WORD("void", WORD_VOID, 0, true),
    WORD("uint8_t", WORD_KIND, ETCH_KIND_UCHAR, true),
    WORD("unsigned", WORD_UNSIGNED, 0, true),
    WORD("bool", WORD_KIND, ETCH_KIND_BOOL, true),
    WORD("uint16_t", WORD_KIND, ETCH_KIND_USHORT, true),
    WORD("size_t", WORD_KIND, ETCH_KIND_SIZE, true),
    WORD("int64_t", WORD_KIND, ETCH_KIND_LLONG, true),
    WORD("int32_t", WORD_KIND, ETCH_KIND_INT, true),
    WORD("long", WORD_LONG, 0, true),
    WORD("short", WORD_SHORT, 0, true),
    WORD("uintptr_t", WORD_KIND, ETCH_KIND_SIZE, true),
    WORD("ssize_t", WORD_KIND, ETCH_KIND_SSIZE, true),
    WORD("int8_t", WORD_KIND, ETCH_KIND_SCHAR, true),
    WORD("int16_t", WORD_KIND, ETCH_KIND_SHORT, true),
    WORD("signed", WORD_SIGNED, 0, true),
    WORD("ptrdiff_t", WORD_KIND, ETCH_KIND_SSIZE, true),
    WORD("intptr_t", WORD_KIND, ETCH_KIND_SSIZE, false),
    WORD("_Bool", WORD_KIND, ETCH_KIND_BOOL, false),
    WORD("float", WORD_KIND, ETCH_KIND_FLOAT, false),
    WORD("double", WORD_KIND, ETCH_KIND_DOUBLE, false),
};

static const struct word *word_find(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].length == length && memcmp(words[i].text, text, length) == 0)
            return &words[i];
    return NULL;
}

/* A pointer's kind: a string is spelt in one of four ways, as QEMU has it, so
 * that both tools store the same fields. */
static char pointer_kind(const char *type, size_t length)
{
    static const char *const spellings[] = {"const char *", "char *", "const char*", "char*"};
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        if (strlen(spellings[i]) == length && memcmp(type, spellings[i], length) == 0)
            return ETCH_KIND_STRING;
    return ETCH_KIND_POINTER;
}

/* The kind of a type of several words: unsigned long int. */
static char integer_kind(unsigned longs, bool is_short, bool is_unsigned)
{
    if (is_short)
        return is_unsigned ? ETCH_KIND_USHORT : ETCH_KIND_SHORT;
    if (longs == 0)
        return is_unsigned ? ETCH_KIND_UINT : ETCH_KIND_INT;
    if (longs == 1)
        return is_unsigned ? ETCH_KIND_ULONG : ETCH_KIND_LONG;
    return is_unsigned ? ETCH_KIND_ULLONG : ETCH_KIND_LLONG;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

char etch_type_kind(const char *type, size_t length)
{
    unsigned seen[WORD_KIND + 1] = {0};
    char kind = 0;
    while (length && is_blank(type[0]))
        type++, length--;
    if (length && type[length - 1] == '*')
        return pointer_kind(type, length);
    for (size_t at = 0; at < length;) {
        size_t begin = at;
        while (at < length && !is_blank(type[at]))
            at++;
        const struct word *word = word_find(type + begin, at - begin);
        if (!word || word->role == WORD_VOID || (word->role == WORD_KIND && kind))
            return ETCH_KIND_OTHER;
        seen[word->role]++;
        if (word->role == WORD_KIND)
            kind = word->kind;
        while (at < length && is_blank(type[at]))
            at++;
    }
    unsigned sized = seen[WORD_LONG] + seen[WORD_SHORT];
    unsigned integer = sized + seen[WORD_INT] + seen[WORD_SIGNED] + seen[WORD_UNSIGNED];
    if (kind == ETCH_KIND_CHAR && sized + seen[WORD_INT] == 0) {
        if (seen[WORD_UNSIGNED])
            return ETCH_KIND_UCHAR;
        return seen[WORD_SIGNED] ? ETCH_KIND_SCHAR : ETCH_KIND_CHAR;
    }
    if (kind)
        return integer == 0 ? kind : ETCH_KIND_OTHER;
    if (integer == 0)
        return ETCH_KIND_OTHER;
    return integer_kind(seen[WORD_LONG], seen[WORD_SHORT] != 0, seen[WORD_UNSIGNED] != 0);
}

char etch_declare_kind(const char *type)
{
    return etch_type_kind(type, strlen(type));
}

/* Words are split at single spaces and lose their stars; a tab therefore makes
 * a word that nobody knows. */
bool etch_type_allowed(const char *type, size_t length)
{
    char bare[16];
    for (size_t at = 0; at < length; at++) {
        size_t n = 0;
        for (; at < length && type[at] != ' '; at++) {
            if (type[at] == '*')
                continue;
            if (n == sizeof(bare))
                return false;
            bare[n++] = type[at];
        }
        if (n == 0)
            continue;
        const struct word *word = word_find(bare, n);
        if (!word || !word->allowed)
            return false;
    }
    return true;
}

bool etch_type_tcg(const char *type, const char **native)
{
    static const char *const tcg[][2] = {
        {"TCGv", "uint64_t"},
        {"TCGv_i64", "uint64_t"},
        {"TCGv_i32", "uint32_t"},
        {"TCGv_ptr", "void *"},
    };
    for (size_t i = 0; i < sizeof(tcg) / sizeof(tcg[0]); i++)
        if (strcmp(type, tcg[i][0]) == 0) {
            *native = tcg[i][1];
            return true;
        }
    return false;
}
