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

/* Linear but for one step back to the last star: no pattern is slow. */
static inline bool pattern_match(const char *pattern, const char *name)
{
    const char *star = NULL, *from = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

#endif
