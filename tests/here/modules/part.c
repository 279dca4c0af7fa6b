/* SPDX-License-Identifier: MIT */
#include <etch/here.h>

void part_fire(void);
void part_fire(void)
{
    etch("same in=%s number=%d", "part", 2);
}
