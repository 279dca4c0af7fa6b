/* SPDX-License-Identifier: MIT
 *
 * cpus.c: the CPUs that a program simulates, by which events with the property
 * vcpu are switched one by one: their numbers, and the sets of the control page
 * (format/control_cpus.h).
 *
 * Reads:  the first argument of such events, the address of a CPU.
 * Writes: which CPUs there are; sets and enable words.
 * Never:  locks or allocates where an event fires.
 */
#include <etch/control.h>

#include "format/control_cpus.h"
#include "format/control_page.h"
#include "runtime/control.h"
#include "runtime/cpus.h"
#include "runtime/register.h"
#include "runtime/sys.h"

/* From address to number: open addressing. A CPU that goes leaves GONE where a
 * search may have to pass. */
#define PLACES (2 * ETCH_CONTROL_CPUS)
#define GONE   ((const void *)1)

struct place {
    const void *cpu;
    uint32_t number; /* stored before cpu is */
};

/* Made for the first CPU, and then there for ever. */
static struct place *places;

/* The sets where the control page has no blocks. */
static struct etch_control_cpus private_cpus;

static struct etch_control_cpus *cpus(void)
{
    struct etch_control_blocks *blocks = __atomic_load_n(&etch_control_blocks, __ATOMIC_ACQUIRE);
    return blocks == NULL ? &private_cpus : &blocks->cpus;
}

static uint32_t place_of(const void *cpu)
{
    return (uint32_t)((uint64_t)(uintptr_t)cpu * UINT64_C(0x9e3779b97f4a7c15) >> 40) % PLACES;
}

/* The number of a CPU; ETCH_CONTROL_CPUS for one that has none. */
static unsigned number_of(const void *cpu)
{
    const struct place *table = __atomic_load_n(&places, __ATOMIC_ACQUIRE);
    for (uint32_t n = 0, i = place_of(cpu); table != NULL && n < PLACES;
         n++, i = (i + 1) % PLACES) {
        const void *there = __atomic_load_n(&table[i].cpu, __ATOMIC_ACQUIRE);
        if (there == cpu)
            return __atomic_load_n(&table[i].number, __ATOMIC_RELAXED);
        if (there == NULL)
            break;
    }
    return ETCH_CONTROL_CPUS;
}

bool etch_cpu_wants(unsigned word, const void *cpu)
{
    return control_cpu_on(cpus(), (uint16_t)word, number_of(cpu));
}

/* ---- with the registry lock held ---- */

/* The lowest number that is free; ETCH_CONTROL_CPUS: none is. */
static unsigned number_free(const struct etch_control_cpus *c)
{
    unsigned i = 0;
    while (i < ETCH_CONTROL_CPUS && control_cpu_is_there(c, i))
        i++;
    return i;
}

static void place_add(const void *cpu, unsigned number)
{
    uint32_t i = place_of(cpu);
    while (places[i].cpu != NULL && places[i].cpu != GONE)
        i = (i + 1) % PLACES;
    __atomic_store_n(&places[i].number, number, __ATOMIC_RELAXED);
    __atomic_store_n(&places[i].cpu, cpu, __ATOMIC_RELEASE);
}

/* Nothing has to pass the last place before an empty one. */
static void place_remove(const void *cpu)
{
    uint32_t i = place_of(cpu);
    while (places[i].cpu != cpu)
        i = (i + 1) % PLACES;
    bool last = places[(i + 1) % PLACES].cpu == NULL;
    __atomic_store_n(&places[i].cpu, last ? NULL : GONE, __ATOMIC_RELEASE);
    for (; last && places[(i + PLACES - 1) % PLACES].cpu == GONE; i--)
        __atomic_store_n(&places[(i + PLACES - 1) % PLACES].cpu, NULL, __ATOMIC_RELEASE);
}

/* It takes over every event that is on: no set has it, whoever had the number. */
static void cpu_add(const void *cpu)
{
    etch_control_open();
    struct etch_control_cpus *c = cpus();
    unsigned number = number_free(c);
    if (places == NULL)
        __atomic_store_n(&places, etch_arena(PLACES * sizeof(*places)), __ATOMIC_RELEASE);
    if (places == NULL || number == ETCH_CONTROL_CPUS || number_of(cpu) != ETCH_CONTROL_CPUS)
        return;
    const uint64_t bit = UINT64_C(1) << number % 64;
    for (unsigned i = 1; i < ETCH_CONTROL_SETS; i++)
        __atomic_and_fetch(&c->set[i].off[number / 64], ~bit, __ATOMIC_RELAXED);
    __atomic_or_fetch(&c->there[number / 64], bit, __ATOMIC_RELEASE);
    place_add(cpu, number);
}

static void cpu_remove(const void *cpu)
{
    unsigned number = number_of(cpu);
    if (number == ETCH_CONTROL_CPUS)
        return;
    place_remove(cpu);
    __atomic_and_fetch(&cpus()->there[number / 64], ~(UINT64_C(1) << number % 64),
                       __ATOMIC_RELEASE);
}

bool etch_cpus_known(void)
{
    return places != NULL;
}

void etch_cpus_move(struct etch_control_cpus *to)
{
    *to = *cpus();
}

void etch_cpus_keep(void)
{
    private_cpus = *cpus();
}

int etch_event_set_cpu(struct group_entry *g, uint32_t i, unsigned number, bool on)
{
    uint16_t word = (uint16_t)etch_event_word(g, i);
    unsigned set;
    int error = control_cpu_switch(cpus(), g->first_id + i, number, on, &word, &set);
    if (error == 0)
        etch_event_set_word(g, i, word);
    return error;
}

bool etch_event_on_cpu(const struct group_entry *g, uint32_t i, unsigned number)
{
    return control_cpu_on(cpus(), (uint16_t)etch_event_word(g, i), number);
}

bool etch_cpu_is_there(unsigned number)
{
    return control_cpu_is_there(cpus(), number);
}

/* ---- QEMU's interface ---- */

void trace_init_vcpu(const void *cpu)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    cpu_add(cpu);
    etch_registry_unlock(signals);
}

void trace_fini_vcpu(const void *cpu)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    cpu_remove(cpu);
    etch_registry_unlock(signals);
}

/* The group of an event, by its enable word, and its index there; NULL for one of
 * code that QEMU's own tracetool made. */
static struct group_entry *group_of(const TraceEvent *event, uint32_t *i)
{
    for (struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE)) {
        const struct etch_group *group = __atomic_load_n(&g->group, __ATOMIC_ACQUIRE);
        uintptr_t at = group == NULL ? 0 : (uintptr_t)event->dstate - (uintptr_t)group->words;
        *i = (uint32_t)(at / sizeof(uint16_t));
        if (group != NULL && at < g->n_events * sizeof(uint16_t))
            return g;
    }
    return NULL;
}

bool trace_event_is_vcpu(const TraceEvent *event)
{
    uint32_t i;
    const struct group_entry *g = group_of(event, &i);
    return g != NULL && group_event_vcpu(g, i);
}

/* How many events with the property have an id below `id`. */
static uint32_t vcpu_events(uint32_t id)
{
    uint32_t n = 0;
    for (const struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE))
        for (uint32_t i = 0; g->foreign == NULL && i < g->n_events; i++)
            n += g->first_id + i < id && group_event_vcpu(g, i);
    return n;
}

uint32_t trace_get_vcpu_event_count(void)
{
    return vcpu_events(UINT32_MAX);
}

uint32_t trace_event_get_vcpu_id(const TraceEvent *event)
{
    uint32_t i;
    const struct group_entry *g = group_of(event, &i);
    return g != NULL && group_event_vcpu(g, i) ? vcpu_events(g->first_id + i)
                                               : TRACE_VCPU_EVENT_NONE;
}

bool trace_event_get_vcpu_state_dynamic(const void *cpu, const TraceEvent *event)
{
    return etch_word_on_cpu(event->dstate, cpu);
}

bool etch_word_on_cpu(const uint16_t *word, const void *cpu)
{
    return etch_cpu_wants(__atomic_load_n(word, __ATOMIC_RELAXED), cpu);
}

void trace_event_set_vcpu_state_dynamic(const void *cpu, TraceEvent *event, bool state)
{
    uint32_t i;
    sys_sigset signals;
    unsigned number = number_of(cpu);
    struct group_entry *g = group_of(event, &i);
    if (g == NULL || number == ETCH_CONTROL_CPUS || !group_event_vcpu(g, i))
        return;
    etch_registry_lock(&signals);
    etch_event_set_cpu(g, i, number, state);
    etch_registry_unlock(signals);
}
