/* SPDX-License-Identifier: MIT
 *
 * What events with the property vcpu take from QEMU's CPUState: the bitmap of
 * those that are on.
 */
#ifndef ETCH_SHIM_CPU_H
#define ETCH_SHIM_CPU_H

#include "qemu/osdep.h"

struct CPUState {
    unsigned long trace_dstate[1];
};

static inline bool test_bit(uint32_t bit, const unsigned long *map)
{
    return (map[0] >> bit) & 1;
}

#endif
