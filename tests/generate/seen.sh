#!/bin/bash
# SPDX-License-Identifier: MIT
#
# seen.sh: loops that do nothing but ask for an event see it switched on from
# another thread: the test of an event is neither hoisted nor merged.
set -eu
. "$TESTS/lib.sh"

cat >trace-events <<'EOF'
asked(void) "asked"
fired(int x) "fired %d"
EOF
"$ETCH" gen -g seen -b log trace-events

cat >seen.c <<'EOF'
#include <etch/etch.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* alarm */
#include "trace-seen.h"

static sem_t asking, firing, line;

static void *ask(void *unused)
{
    sem_post(&asking);
    while (!trace_event_get_state(TRACE_ASKED))
        ;
    while (!trace_asked_enabled())
        ;
    return unused;
}

static void *fire(void *unused)
{
    sem_post(&firing);
    for (;;)
        trace_fired(1);
    return unused;
}

static void sink(const char *text, size_t length, void *unused)
{
    (void)length;
    (void)unused;
    if (strstr(text, "fired 1"))
        sem_post(&line);
}

int main(void)
{
    pthread_t asker, firer;
    alarm(60); /* an event that is never seen ends the test */
    sem_init(&asking, 0, 0);
    sem_init(&firing, 0, 0);
    sem_init(&line, 0, 0);
    etch_log_set_sink(sink, NULL);
    if (pthread_create(&asker, NULL, ask, NULL) || pthread_create(&firer, NULL, fire, NULL))
        return 2;
    sem_wait(&asking);
    sem_wait(&firing);
    trace_event_set_state_dynamic(trace_event_name("asked"), true);
    pthread_join(asker, NULL);
    trace_event_set_state_dynamic(trace_event_name("fired"), true);
    sem_wait(&line);
    return 0;
}
EOF
for cc in gcc clang; do
    needs "$cc"
    for o in -O2 -O3 "-O2 -flto"; do
        # clang 14's LTO needs its own linker.
        lto=
        [ "$cc $o" != "clang -O2 -flto" ] || lto=-fuse-ld=lld
        [ -z "$lto" ] || needs ld.lld
        # shellcheck disable=SC2086
        "$cc" $o $lto -Wall -Wextra -Werror -Wno-unreachable-code -I"$INCLUDE" seen.c trace-seen.c \
            "$LIBETCH" -lpthread -o seen
        run 0 ./seen
    done
done
