/* SPDX-License-Identifier: MIT
 *
 * prog.c: events without a build step: each call declares its event.
 *
 *     make
 *     etch list ./prog
 *     etch record -e '*' -- ./prog soup tea
 *     etch print
 */
#include <etch/here.h>
#include <stdio.h>

static size_t letters(const char *word)
{
    size_t n = 0;
    while (word[n] != '\0')
        n++;
    etch("counted word=%s letters=%zu", word, n);
    return n;
}

int main(int argc, char **argv)
{
    size_t all = 0;
    etch("started words=%d", argc - 1);
    for (int i = 1; i < argc; i++)
        all += letters(argv[i]);
    etch("done mean=%.1f", argc > 1 ? (double)all / (argc - 1) : 0.0);
    printf("%zu\n", all);
}
