/* SPDX-License-Identifier: MIT
 *
 * text.h: strings in a fixed buffer, without libc: snprintf is not safe in a
 * signal handler and reads TLS that the drain does not have.
 */
#ifndef ETCH_FORMAT_TEXT_H
#define ETCH_FORMAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t size, used; /* used < size; always ended by NUL */
    bool cut;          /* something did not fit */
};

static inline struct text text_in(char *data, size_t size)
{
    data[0] = '\0';
    return (struct text){data, size, 0, false};
}

static inline void text_bytes(struct text *t, const char *s, size_t n)
{
    size_t used = t->used, last = t->size - 1, i = 0;
    /* One byte at a time: clang 14 -O2 copies digits of text_u64() wrongly where it
     * makes a block of them. */
    for (; i < n && used < last; i++, used++) {
        t->data[used] = s[i];
        __asm__ volatile("" : : : "memory");
    }
    t->cut = t->cut || i < n;
    t->used = used;
    t->data[used] = '\0';
}

static inline size_t text_length(const char *s)
{
    size_t n = 0;
    while (s[n] != '\0')
        n++;
    return n;
}

static inline void text_add(struct text *t, const char *s)
{
    text_bytes(t, s, text_length(s));
}

static inline void text_u64(struct text *t, uint64_t v)
{
    char digits[20];
    size_t n = sizeof(digits);
    do
        digits[--n] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    text_bytes(t, digits + n, sizeof(digits) - n);
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b)
        a++, b++;
    return *a == *b;
}

#endif
