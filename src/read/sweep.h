/* SPDX-License-Identifier: MIT
 *
 * sweep.h: what ended processes left in the runtime folder and nobody needs.
 */
#ifndef ETCH_READ_SWEEP_H
#define ETCH_READ_SWEEP_H

/* Removes the control pages of processes that are gone, and side files whose
 * pool is. Pools are left: they hold events, unless
 * the process was killed while it made one. Never fails: what cannot be
 * removed stays. */
void etch_sweep(void);

/* The same but for control pages, for who looks at all of them. */
void etch_sweep_others(void);

/* A control page alone. */
void etch_sweep_page(int dir, const char *name);

#endif
