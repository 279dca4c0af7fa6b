/* SPDX-License-Identifier: MIT
 *
 * sustained: fires EVENTS events of two u64 as fast as it can and returns from
 * main; who measures, measures the whole process, until its file is closed.
 *
 * usage: sustained EVENTS
 */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s EVENTS\n", argv[0]);
        return 2;
    }
    uint64_t events = strtoull(argv[1], NULL, 10);
    peer_start();
    for (uint64_t i = 0; i < events; i++)
        trace_bench_two(i, events);
    return 0;
}
