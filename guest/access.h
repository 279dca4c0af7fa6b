/* SPDX-License-Identifier: MIT
 *
 * access.h: every access of ours to memory of the guest that may fault. The
 * handler of host faults knows these functions by their section and goes on where
 * cpu->faulted says.
 */
#ifndef ETCH_GUEST_ACCESS_H
#define ETCH_GUEST_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

/* 1, 2, 4 or 8 bytes, wherever they lie; a load without its sign. */
uint64_t guest_load(uint64_t address, unsigned size);
void guest_store(uint64_t address, uint64_t value, unsigned size);

/* Atomic, at an aligned address, of 4 or 8 bytes: the operation of an AMO, whose
 * answer is the old value; and compare and swap. */
uint64_t guest_atomic(enum insn_op op, uint64_t address, uint64_t value);
bool guest_swap(uint64_t address, uint64_t old, uint64_t value, unsigned size);

/* The host's pc lies in one of the functions above or below. */
bool guest_access_at(uintptr_t pc);

/* Decodes the instruction at `pc`: its length, or 0 where it cannot be fetched; then
 * cpu->fault_address is where not. */
size_t guest_fetch(struct guest_cpu *cpu, uint64_t pc, struct insn *insn);

/* Between the guest's memory and ours: 0, or -EFAULT where the guest may not. */
int guest_read(void *to, uint64_t from, size_t size);
int guest_write(uint64_t to, const void *from, size_t size);
/* A string with its NUL, its length; -EFAULT, -ENAMETOOLONG. */
int64_t guest_read_string(char *to, uint64_t from, size_t room);

#endif
