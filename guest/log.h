/* SPDX-License-Identifier: MIT
 *
 * log.h: -d ITEMS: what QEMU's option of that name writes about a guest, line by line:
 * in_asm (code, when it is first run), exec (each block before it is run), cpu (the
 * registers then), fpu (those of floating point with them). nochain is what it always
 * does: nothing is left out.
 */
#ifndef ETCH_GUEST_LOG_H
#define ETCH_GUEST_LOG_H

#include "cpu.h"

/* "in_asm,exec,cpu"; false: one is not known. */
bool log_parse(const char *items);
/* -D FILE instead of stderr: 0 or -errno. */
int log_open(const char *path);
/* --singlestep: each instruction is a block. */
void log_single(void);
bool log_is_on(void);

extern const struct guest_engine guest_logger;

#endif
