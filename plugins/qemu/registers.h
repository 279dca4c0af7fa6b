/* SPDX-License-Identifier: MIT
 *
 * registers.h: the guest's registers, as QEMU's plugin interface shows them from
 * version 2 on: to callbacks that ask for them, and for the CPU that runs.
 */
#ifndef ETCH_PLUGINS_QEMU_REGISTERS_H
#define ETCH_PLUGINS_QEMU_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/frame.h"

/* Behind those of frame.h. */
enum { REGISTER_FFLAGS = FRAME_REGISTERS, REGISTER_FRM, REGISTERS };

/* x0 to x31, f0 to f31, fflags, frm. */
struct registers {
    uint64_t v[REGISTERS];
};

/* Whether this QEMU has what is needed. */
bool registers_are_there(void);

/* Once a CPU, when it begins. False: x registers are not among what it shows. */
bool registers_find(void);

/* What the CPU has not is 0. */
uint64_t register_read(unsigned reg);
void registers_read(struct registers *to);

/* Whether a signal's handler is entered here: then what was before, and where. Always
 * false where QEMU does not show memory. */
bool registers_before_handler(struct registers *before, uint64_t *pc, uint32_t *signal);

/* Of the calling thread, which reads no more. */
void registers_end(void);

#endif
