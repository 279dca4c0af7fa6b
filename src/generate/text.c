/* SPDX-License-Identifier: MIT
 *
 * text.c: the growing buffer.
 *
 * Reads:  what its callers hand over.
 * Writes: memory only.
 * Never:  prints, exits.
 */
#include "generate/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

void etch_text_reserve(struct etch_text *text, size_t bytes)
{
    if (text->v || bytes < HUGE_PAGE)
        return;
    size_t capacity = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    text->v = aligned_alloc(HUGE_PAGE, capacity);
    if (!text->v)
        return; /* a guess that was too high: it grows as it needs */
    /* A thousand page faults less; where there are no huge pages, no harm. */
    madvise(text->v, capacity, MADV_HUGEPAGE);
    text->capacity = capacity;
}

bool etch_text_grow(struct etch_text *text, size_t n)
{
    if (text->failed)
        return false;
    size_t capacity = text->capacity ? text->capacity : 65536;
    while (capacity - text->n <= n)
        capacity *= 2;
    char *v = realloc(text->v, capacity);
    if (!v) {
        text->failed = true;
        return false;
    }
    text->v = v;
    text->capacity = capacity;
    return true;
}

void etch_text_number(struct etch_text *text, unsigned long long number)
{
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    etch_text_add(text, digits + at, sizeof(digits) - at);
}

void etch_text_escaped(struct etch_text *text, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\' || (c == '?' && i > 0 && bytes[i - 1] == '?')) {
            char pair[2] = {'\\', (char)c};
            etch_text_add(text, pair, 2);
        } else if (c < ' ' || c > '~') {
            char octal[4] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                             (char)('0' + (c & 7))};
            etch_text_add(text, octal, 4);
        } else {
            etch_text_add(text, &bytes[i], 1);
        }
    }
}

void etch_text_depfile_word(struct etch_text *text, const char *path)
{
    for (const char *c = path; *c; c++) {
        if (*c == ' ' || *c == '#')
            etch_text_add(text, "\\", 1);
        else if (*c == '$')
            etch_text_add(text, "$", 1);
        etch_text_add(text, c, 1);
    }
    etch_text_add(text, " ", 1);
}

size_t etch_text_line(struct etch_text *text)
{
    const char *end = text->v + text->n;
    const char *at = text->v + text->counted;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        text->newlines++;
        at++;
    }
    text->counted = text->n;
    return text->newlines + 1;
}

void etch_text_free(struct etch_text *text)
{
    free(text->v);
    *text = (struct etch_text){0};
}
