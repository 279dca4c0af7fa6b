/* SPDX-License-Identifier: MIT
 *
 * control.c: a program that can be attached to.
 *
 * usage: control wait|fire
 *
 * wait: sleeps until its input ends. fire: looks at event 1 of its 6,000 all the
 * time. Whenever that is on it fires it once, and says when it saw it on and when
 * the call had returned, in microseconds of CLOCK_REALTIME; then "off" once it is.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trace-control.h"

static long long now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

static void await(bool on)
{
    while (trace_event_get_state_backends(TRACE_CONTROL_EVENT_1) != on)
        ;
}

static void fire(void)
{
    char text[64];
    trace_control_event_2(1, 2); /* if that is on there is a pool from here on */
    say("ready");
    for (;;) {
        await(true);
        long long seen = now_us();
        trace_control_event_1(1, 2);
        snprintf(text, sizeof(text), "%lld %lld", seen, now_us());
        say(text);
        await(false);
        say("off");
    }
}

int main(int argc, char **argv)
{
    char byte;
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "fire") == 0)
        fire();
    say("ready");
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
