/* SPDX-License-Identifier: MIT */
/*
 * mix.c: runs the kernels named, or all, and prints the checksum of each.
 *
 * Reads:  argv: mix [SCALE [KERNEL...]]; SCALE rounds of some ten million instructions each (1).
 * Writes: stdout, a line a kernel: NAME CHECKSUM. Status 2 for a kernel that is not there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"

static const struct kernel {
    const char *name;
    uint64_t (*run)(unsigned scale);
} kernels[] = {
    {"qsort", mix_qsort},   {"crc", mix_crc},   {"matmul", mix_matmul}, {"hash", mix_hash},
    {"sha256", mix_sha256}, {"pi", mix_pi},     {"nbody", mix_nbody},   {"mandel", mix_mandel},
    {"vm", mix_vm},         {"text", mix_text},
};

static const unsigned n_kernels = sizeof(kernels) / sizeof(kernels[0]);

static void run(const struct kernel *kernel, unsigned scale)
{
    printf("%s %016llx\n", kernel->name, (unsigned long long)kernel->run(scale));
}

int main(int argc, char **argv)
{
    unsigned scale = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;

    for (unsigned k = 0; argc <= 2 && k < n_kernels; k++)
        run(&kernels[k], scale);
    for (int i = 2; i < argc; i++) {
        unsigned k = 0;

        while (k < n_kernels && strcmp(kernels[k].name, argv[i]))
            k++;
        if (k == n_kernels) {
            fprintf(stderr, "mix: no kernel '%s'\n", argv[i]);
            return 2;
        }
        run(&kernels[k], scale);
    }
    return 0;
}
