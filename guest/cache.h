/* SPDX-License-Identifier: MIT
 *
 * cache.h: the memory of translated code and the blocks in it. The memory is
 * mapped twice, once to write and once to run; no page is both. It is used from
 * its begin to its end and then, with all threads out of it, anew. All functions
 * but cache_at() and cache_running() are called with the translator's lock held.
 */
#ifndef ETCH_GUEST_CACHE_H
#define ETCH_GUEST_CACHE_H

#include "guest/emit.h"

#define CACHE_SIZE (64u << 20)
/* No block's code is longer. */
#define CACHE_BLOCK_MAX (64u << 10)

/* Before all else, and in a forked child: empty, with its stubs. 0 or -errno. */
int cache_start(void);

const struct stubs *cache_stubs(void);

/* Whether what is translated now leaves all that rounds to the interpreter. */
static inline bool cache_careful(const struct guest_cpu *cpu)
{
    return cpu->frm > ROUND_UP;
}

/* Where memory that is written to runs. */
const uint8_t *cache_running(const uint8_t *written);

struct block *cache_find(const struct guest_cpu *cpu);

/* Translates what is at cpu->pc. NULL: there is no code, or no memory (*full: the code
 * memory is used up, cache_empty() helps). */
struct block *cache_translate(const struct guest_cpu *cpu, bool *full);

/* Lets a direct exit jump straight to its target from now on. */
void cache_link(const struct block_exit *exit, const struct block *target);

/* The block in whose running code `host` lies, and the index of its instruction;
 * NULL: none. May be called in a signal handler. */
struct block *cache_at(uintptr_t host, unsigned *insn);

/* Whether blocks were made of code in [start, start + size). */
bool cache_holds(uint64_t start, uint64_t size);

/* Forgets all blocks. Their code stays, for threads that are in it, until the memory is
 * emptied. */
void cache_forget(void);

/* No thread is in it: all memory is free again. */
void cache_empty(void);

#endif
