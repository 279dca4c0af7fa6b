/* SPDX-License-Identifier: MIT
 *
 * The event fired from code in a shared library, where the thread's cursor is
 * reached by another way than in an executable.
 */
#include "peer.h"

#include "hot_library.h"

void hot_library_events(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_benchlib_two(i, n);
}
