/* SPDX-License-Identifier: MIT
 *
 * replay.c: runs a fuzz target over the files of a folder, without libFuzzer.
 *
 * Reads:  the folder named by argv[1].
 * Writes: stderr.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name)
{
    static uint8_t data[1 << 20];
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof(data), f);
    fclose(f);
    /* A copy of just the size, so that a sanitizer sees a read beyond it. */
    uint8_t *input = malloc(size ? size : 1);
    if (!input)
        return 1;
    for (size_t i = 0; i < size; i++)
        input[i] = data[i];
    LLVMFuzzerTestOneInput(input, size);
    free(input);
    return 0;
}

int main(int argc, char **argv)
{
    int n = 0, failed = 0;
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;

    if (!d) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        failed |= replay(argv[1], e->d_name);
        n++;
    }
    closedir(d);
    fprintf(stderr, "%d inputs\n", n);
    return failed || n == 0;
}
