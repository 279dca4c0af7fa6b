/* SPDX-License-Identifier: MIT
 *
 * timer.h: events that are on for a while (timer.c).
 */
#ifndef ETCH_RUNTIME_TIMER_H
#define ETCH_RUNTIME_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the timer of an enable word still runs; switches the event off if it
 * does not. True without a timer. Signal-safe. */
bool etch_timer_runs(uint16_t *word);
/* Switches off all events whose timers have run out. Of the drain. */
void etch_timers_expire(void);
/* Starts a timer: its number, or -EBUSY when all run. */
int etch_timer_start(uint64_t ns);

#endif
