/* SPDX-License-Identifier: MIT
 *
 * timer.c: events that are on for a while: a number in the enable word says which
 * of the control page's timers ends it. The drain looks at them; without one the
 * first event that fires behind its end is not recorded.
 *
 * Reads:  the control page, which other processes write.
 * Writes: enable words.
 */
#include "format/control_page.h"
#include "runtime/control.h"
#include "runtime/register.h"
#include "runtime/sys.h"
#include "runtime/timer.h"

static bool has_ended(uint64_t until)
{
    return until != 0 && until <= sys_clock_ns(CLOCK_MONOTONIC);
}

bool etch_timer_runs(uint16_t *word)
{
    uint16_t was = __atomic_load_n(word, __ATOMIC_RELAXED);
    unsigned timer = ETCH_CONTROL_TIMER(was);
    const struct etch_control_header *page = etch_control_page;
    if (timer == 0 || page == NULL ||
        !has_ended(__atomic_load_n(&page->until_ns[timer], __ATOMIC_RELAXED)))
        return true;
    __atomic_compare_exchange_n(word, &was, was & ETCH_CONTROL_RECORDED, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    return (was & ETCH_CONTROL_RECORDED) != 0;
}

void etch_timers_expire(void)
{
    struct etch_control_header *page = etch_control_page;
    uint32_t ended = 0;
    for (unsigned i = 1; page != NULL && i < ETCH_CONTROL_TIMERS; i++)
        if (has_ended(__atomic_load_n(&page->until_ns[i], __ATOMIC_RELAXED)))
            ended |= 1u << i;
    if (ended == 0)
        return;
    for (struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE)) {
        struct etch_group *group = __atomic_load_n(&g->group, __ATOMIC_ACQUIRE);
        for (uint32_t i = 0; group != NULL && i < group->n_events; i++)
            etch_timer_runs(&group->words[i]);
    }
    for (unsigned i = 1; i < ETCH_CONTROL_TIMERS; i++)
        if (ended >> i & 1)
            __atomic_store_n(&page->until_ns[i], 0, __ATOMIC_RELAXED);
}

int etch_timer_start(uint64_t ns)
{
    struct etch_control_header *page = etch_control_page;
    etch_timers_expire();
    for (unsigned i = 1; page != NULL && i < ETCH_CONTROL_TIMERS; i++) {
        uint64_t unused = 0;
        if (__atomic_compare_exchange_n(&page->until_ns[i], &unused,
                                        sys_clock_ns(CLOCK_MONOTONIC) + ns, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return (int)i;
    }
    return page == NULL ? -ENOSYS : -EBUSY;
}
