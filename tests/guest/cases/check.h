/* SPDX-License-Identifier: MIT
 *
 * check.h: of the guest programs: what does not hold is said, and fails.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);       \
            fflush(stdout);                                                                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
