/* SPDX-License-Identifier: MIT
 *
 * hot_library.h: the event fired from code in a shared library.
 */
#ifndef ETCH_BENCH_HOT_LIBRARY_H
#define ETCH_BENCH_HOT_LIBRARY_H

#include <stdint.h>

void hot_library_events(uint64_t n);

#endif
