/* SPDX-License-Identifier: MIT
 *
 * control_cpus.h: an event's state for one CPU: the rule that the process itself
 * and those that switch its events from outside share.
 *
 * An event with the property vcpu is on for all CPUs but those of the set that its
 * enable word names: so one that appears takes over every event that is on.
 */
#ifndef ETCH_FORMAT_CONTROL_CPUS_H
#define ETCH_FORMAT_CONTROL_CPUS_H

#include <errno.h>
#include <stdbool.h>

#include "format/control_page.h"

static inline bool control_cpu_bit(const uint64_t *words, unsigned cpu)
{
    return cpu < ETCH_CONTROL_CPUS &&
           (__atomic_load_n(&words[cpu / 64], __ATOMIC_RELAXED) >> cpu % 64 & 1) != 0;
}

static inline bool control_cpu_is_there(const struct etch_control_cpus *cpus, unsigned cpu)
{
    return control_cpu_bit(cpus->there, cpu);
}

/* Whether an event of that enable word is on for a CPU. */
static inline bool control_cpu_on(const struct etch_control_cpus *cpus, uint16_t word, unsigned cpu)
{
    unsigned set = ETCH_CONTROL_SET(word);
    return word != 0 && (set == 0 || !control_cpu_bit(cpus->set[set].off, cpu));
}

/* The set that event `id` may write: its own one, else one that nobody has; 0:
 * all are in use. */
static inline unsigned control_cpu_set(struct etch_control_cpus *cpus, uint32_t id)
{
    unsigned unused = 0;
    for (unsigned i = 1; i < ETCH_CONTROL_SETS; i++) {
        if (cpus->set[i].event == id + 1)
            return i;
        if (cpus->set[i].event == 0 && unused == 0)
            unused = i;
    }
    return unused;
}

/* Switches event `id`, whose enable word is *word, for one CPU that is there: *word
 * is what to store behind the set that it names then (*set, 0: none was written).
 * 0, or -EBUSY when all sets are in use. */
static inline int control_cpu_switch(struct etch_control_cpus *cpus, uint32_t id, unsigned cpu,
                                     bool on, uint16_t *word, unsigned *set)
{
    const unsigned mask = (ETCH_CONTROL_SETS - 1) << ETCH_CONTROL_SET_SHIFT;
    const uint64_t *was = ETCH_CONTROL_SET(*word) ? cpus->set[ETCH_CONTROL_SET(*word)].off : NULL;
    uint64_t off[ETCH_CONTROL_CPU_WORDS], any_off = 0, any_on = 0;
    for (unsigned i = 0; i < ETCH_CONTROL_CPU_WORDS; i++) {
        off[i] = cpus->there[i] & (*word == 0 ? ~UINT64_C(0) : was == NULL ? 0 : was[i]);
        if (i == cpu / 64)
            off[i] = on ? off[i] & ~(UINT64_C(1) << cpu % 64) : off[i] | UINT64_C(1) << cpu % 64;
        any_off |= off[i];
        any_on |= cpus->there[i] & ~off[i];
    }
    *set = any_off && any_on ? control_cpu_set(cpus, id) : 0;
    if (any_off && any_on && *set == 0)
        return -EBUSY;
    *word = (uint16_t)(any_on == 0 ? 0 : (*word & ~mask) | 1u);
    if (*set == 0)
        return 0;
    cpus->set[*set].event = id + 1;
    for (unsigned i = 0; i < ETCH_CONTROL_CPU_WORDS; i++)
        __atomic_store_n(&cpus->set[*set].off[i], off[i], __ATOMIC_RELAXED);
    *word = (uint16_t)(*word | 2u | *set << ETCH_CONTROL_SET_SHIFT);
    return 0;
}

#endif
