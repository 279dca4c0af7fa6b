/* SPDX-License-Identifier: MIT
 *
 * hello.c: the smallest traced program.
 *
 *     ETCH_TRACE='hello_*' ./hello world
 *     etch print trace-*.ctf
 */
#include <etch/etch.h>
#include <errno.h>
#include <stdio.h>

#include "trace-hello.h"

int main(int argc, char **argv)
{
    for (char **a = argv + 1; a < argv + argc;) {
        int n = etch_option(a); /* --trace PATTERN, --trace help */
        if (n < 0)
            return n == -ECANCELED ? 0 : 1;
        if (n == 0) {
            trace_hello_greet(*a, 1);
            printf("hello, %s\n", *a);
        }
        a += n > 0 ? n : 1;
    }
    trace_hello_done();
    return 0;
}
