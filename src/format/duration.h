/* SPDX-License-Identifier: MIT
 *
 * duration.h: lengths of time as people write them: "5s", "100 ms", "2min".
 */
#ifndef ETCH_FORMAT_DURATION_H
#define ETCH_FORMAT_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads one: a whole number, blanks, a unit. Returns what follows, or NULL. */
static inline const char *duration_parse(const char *p, uint64_t *ns)
{
    static const struct {
        char unit[4];
        uint64_t ns;
    } units[] = {
        {"ns", 1},           {"us", 1000},          {"ms", 1000000},      {"s", 1000000000u},
        {"m", 60000000000u}, {"h", 3600000000000u}, {"min", 60000000000u}};
    uint64_t v = 0;
    if (*p < '0' || *p > '9')
        return NULL;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > 1000000000u)
            return NULL;
        v = v * 10 + (uint64_t)(*p - '0');
    }
    while (*p == ' ' || *p == '\t')
        p++;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = 0;
        while (units[i].unit[n] != '\0' && p[n] == units[i].unit[n])
            n++;
        if (units[i].unit[n] == '\0' && !(p[n] >= 'a' && p[n] <= 'z'))
            return __builtin_mul_overflow(v, units[i].ns, ns) ? NULL : p + n;
    }
    return NULL;
}

#endif
