/* SPDX-License-Identifier: MIT */
#include <etch/here.h>

void NAME(void);
__attribute__((visibility("default"))) void NAME(void)
{
    etch(TEXT " long=%ld", 1234567890123l);
    etch("same in=%s", TEXT);
}
