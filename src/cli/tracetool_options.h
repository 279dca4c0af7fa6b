/* SPDX-License-Identifier: MIT
 *
 * tracetool_options.h: the command line of QEMU's tracetool, by era.
 */
#ifndef ETCH_CLI_TRACETOOL_OPTIONS_H
#define ETCH_CLI_TRACETOOL_OPTIONS_H

#include "declare/declare.h"

struct tracetool_options {
    enum etch_era era;
    const char *format, *backends, *group, *binary, *probe_prefix, *target_type, *target_name;
    bool help, list_backends, check_backends;
    char **operands;
    int n_operands;
};

/* Reads argv as Python's getopt does: options come first, "--opt=V" and
 * "--opt V", unique prefixes do; --qemu=VERSION, ours, chooses the era of what
 * follows it. 0, or -1 with the message, which the next call overwrites. */
int tracetool_read_options(struct tracetool_options *o, int argc, char **argv,
                           const char **message);

#endif
