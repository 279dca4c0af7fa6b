/* SPDX-License-Identifier: MIT
 *
 * plugin.c: a library with events of its own, loaded and unloaded by actor.c.
 */
#include <stdint.h>

#include "trace-plugin.h"

__attribute__((visibility("default"))) void plugin_run(uint64_t who, uint64_t from, uint64_t n);

void plugin_run(uint64_t who, uint64_t from, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_plugin_tick(who, from + i);
    trace_plugin_name("plugin");
}
