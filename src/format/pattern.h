/* SPDX-License-Identifier: MIT
 *
 * pattern.h: QEMU's event patterns: `*` any run, `?` one character, nothing
 * else is special, the whole name counts. The same for what is switched on and for
 * what is read.
 */
#ifndef ETCH_FORMAT_PATTERN_H
#define ETCH_FORMAT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Linear but for one step back to the last star: no pattern is slow. Both are
 * given with their lengths. */
static inline bool pattern_match_bytes(const char *pattern, size_t length, const char *text,
                                       size_t n)
{
    size_t p = 0, i = 0, star = SIZE_MAX, from = 0;
    while (i < n) {
        if (p < length && pattern[p] == '*') {
            star = p++;
            from = i;
        } else if (p < length && (pattern[p] == '?' || pattern[p] == text[i])) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (p < length && pattern[p] == '*')
        p++;
    return p == length;
}

static inline bool pattern_match(const char *pattern, const char *name)
{
    return pattern_match_bytes(pattern, __builtin_strlen(pattern), name, __builtin_strlen(name));
}

#endif
