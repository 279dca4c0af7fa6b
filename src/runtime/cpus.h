/* SPDX-License-Identifier: MIT
 *
 * cpus.h: events that are on for some CPUs (cpus.c).
 */
#ifndef ETCH_RUNTIME_CPUS_H
#define ETCH_RUNTIME_CPUS_H

#include <stdbool.h>
#include <stdint.h>

struct group_entry;

/* Whether an event of that enable word is on for the CPU of that address. */
bool etch_cpu_wants(unsigned word, const void *cpu);
/* Whether there is a CPU of that number. */
bool etch_cpu_is_there(unsigned number);
/* An event's state for one that is there; the registry lock is held. 0, or -EBUSY when
 * too many events differ from CPU to CPU. */
int etch_event_set_cpu(struct group_entry *g, uint32_t i, unsigned number, bool on);
bool etch_event_on_cpu(const struct group_entry *g, uint32_t i, unsigned number);
struct etch_control_cpus; /* format/control_page.h */
/* Whether there ever was one. */
bool etch_cpus_known(void);
/* What is known goes into the blocks of a control page; before the old one of a forked
 * child's parent is left it is kept. */
void etch_cpus_move(struct etch_control_cpus *to);
void etch_cpus_keep(void);

#endif
