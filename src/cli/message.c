/* SPDX-License-Identifier: MIT
 *
 * message.c: what a command says to its user.
 *
 * Reads:  NO_COLOR, TERM.
 * Writes: stderr; flushes stdout.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static void vsay(const struct cli_command *self, const char *format, va_list ap)
{
    fflush(stdout);
    fprintf(stderr, self ? "etch %s: " : "etch: ", self ? self->name : "");
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
}

void cli_error(const struct cli_command *self, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsay(self, format, ap);
    va_end(ap);
}

int cli_usage(const struct cli_command *self, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsay(self, format, ap);
    va_end(ap);
    fprintf(stderr, "`etch %s --help` shows the options\n", self->name);
    return CLI_USAGE;
}

bool cli_colour(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fd) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

int cli_finish(const struct cli_command *self, int status)
{
    bool failed = ferror(stdout);

    if (fflush(stdout) == 0 && !failed)
        return status;
    if (errno != EPIPE)
        cli_error(self, "cannot write to stdout: %s", strerror(errno));
    return status == CLI_OK ? CLI_FAILURE : status;
}
