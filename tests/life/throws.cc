// SPDX-License-Identifier: MIT
//
// throws.cc: exceptions that pass through functions with events, past objects
// whose destructors fire some. Prints `ticks N`.
#include <cinttypes>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "trace-life.h"

static uint64_t ticks;

struct fires {
    ~fires() { trace_life_tick(0, ticks++); }
};

static void deeper(unsigned depth)
{
    fires at_end;
    trace_life_tick(0, ticks++);
    if (depth == 0)
        throw std::runtime_error("enough");
    deeper(depth - 1);
}

// An argument that throws: the event is not fired.
static uint64_t refuse()
{
    throw std::string("no");
}

int main()
{
    for (unsigned i = 0; i < 2000; i++) {
        try {
            deeper(i % 5);
        } catch (const std::runtime_error &) {
            trace_life_tick(0, ticks++);
        }
        try {
            trace_life_tick(0, refuse());
        } catch (const std::string &) {
            trace_life_tick(0, ticks++);
        }
    }
    std::printf("ticks %" PRIu64 "\n", ticks);
    return 0;
}
