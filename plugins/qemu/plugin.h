/* SPDX-License-Identifier: MIT
 *
 * plugin.h: what the plugin's parts know of each other. etch-qemu.c cuts QEMU's blocks
 * into parts and says what is called where; store.c is what is called.
 */
#ifndef ETCH_PLUGINS_QEMU_PLUGIN_H
#define ETCH_PLUGINS_QEMU_PLUGIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/frame.h"

/* Instructions of a block of QEMU's that follow each other and are one path: all of
 * them, unless they are many or one is not known. For as long as QEMU: it does not say
 * when it forgets a block. */
struct part {
    atomic_uint process; /* whose dictionary has it */
    uint32_t id;
    uint32_t size;
    uint64_t next[2]; /* where it goes on, one way or the other; of jalr it is not known */
    unsigned tail;    /* the first slot whose register is read once the part has been left */
    struct frame_path *path;
};

/* In front of an instruction of a part: slots whose registers are read there. */
struct point {
    const struct part *part;
    unsigned insn;
    unsigned first, end;
};

/* An instruction that is in no path: an ecall, or one that the table has not. */
struct stop {
    uint64_t pc, next;
    bool call;
};

extern enum frame_level level;

static inline bool level_has_registers(void)
{
    return level == FRAME_RESULTS || level == FRAME_REPLAY;
}

/* Puts it into the dictionary of this process. */
void part_declare(struct part *part);

/* Called by QEMU's code: where a part begins, at a point of it, at a stop; and behind an
 * access, with the slot of its address. */
void store_part(unsigned vcpu, void *part);
void store_point(unsigned vcpu, void *point);
void store_stop(unsigned vcpu, void *stop);
void store_access(unsigned vcpu, uint32_t info, uint64_t address, void *slot);

/* Of levels without registers an ecall, behind its stop: number, a0 to a5. */
void store_call(const uint64_t values[7]);
void store_result(uint64_t a0);
void store_end(void);
void store_forked(void);

#endif
