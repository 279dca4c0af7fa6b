/* SPDX-License-Identifier: MIT
 *
 * control.c: a program that can be attached to. Fires event 1 of its 6,000 all
 * the time, or sleeps until its input ends.
 *
 * usage: control fire|wait
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace-control.h"

int main(int argc, char **argv)
{
    char byte;
    if (argc != 2)
        return 2;
    puts("ready");
    fflush(stdout);
    while (strcmp(argv[1], "fire") == 0)
        trace_control_event_1(1, 2);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
