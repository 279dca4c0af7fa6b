/* SPDX-License-Identifier: MIT
 *
 * program.h: a program, from its file to its first instruction.
 */
#ifndef ETCH_GUEST_PROGRAM_H
#define ETCH_GUEST_PROGRAM_H

#include "cpu.h"

struct program {
    const char *path;
    const char *argv0; /* what the guest sees as its name */
    char **arguments;  /* behind that, NULL at the end */
    char **environment;
};

/* Loads it and its dynamic loader, makes its stack, and sets the cpu to its start:
 * 0, or -errno with the reason in *error and the file that has it in *where. */
int program_load(struct guest_cpu *cpu, const struct program *program, const char **error,
                 const char **where);

#endif
