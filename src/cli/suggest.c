/* SPDX-License-Identifier: MIT
 *
 * suggest.c: edit distance, to name what a misspelt word may have meant.
 *
 * Reads:  the words given.
 * Writes: nothing.
 */
#include "cli/suggest.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX_LEN 63

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Insertions, deletions, changes and swaps of neighbours that lead from a to b. */
static size_t distance(const char *a, const char *b)
{
    size_t row[3][WORD_MAX_LEN + 1];
    size_t n = strlen(a), m = strlen(b);

    if (n > WORD_MAX_LEN || m > WORD_MAX_LEN)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = min3(up[j] + 1, now[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                upup[j - 2] + 1 < now[j])
                now[j] = upup[j - 2] + 1;
        }
    }
    return row[n % 3][m];
}

const char *cli_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX, len = strlen(word);

    for (size_t i = 0; i < n; i++) {
        /* What was typed so far of a longer name is near, too. */
        size_t d = len > 1 && strncmp(names[i], word, len) == 0 ? 1 : distance(word, names[i]);
        if (d < best_distance) {
            best_distance = d;
            best = names[i];
        }
    }
    return best_distance <= 1 + len / 4 ? best : NULL;
}
