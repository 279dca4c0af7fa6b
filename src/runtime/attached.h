/* SPDX-License-Identifier: MIT
 *
 * attached.h: a session for `etch record -p` (attached.c).
 */
#ifndef ETCH_RUNTIME_ATTACHED_H
#define ETCH_RUNTIME_ATTACHED_H

#include <stdbool.h>

/* A session begins: the settings become those that are asked for, if somebody asks.
 * False: it did when the event fired, and nobody does by now. */
bool etch_attached_begin(void);
/* Whether the session is one that was asked for. */
bool etch_attached(void);
/* It could not begin. */
void etch_attached_failed(int error);
/* Whether it is to go on; `look`: whether who asked still lives, too. */
bool etch_attached_wanted(bool look);
/* Whether its pool is to be left to who asked. */
bool etch_attached_leaves(void);
/* It has ended: settings and enable words are the program's own. */
void etch_attached_end(void);
/* In a forked child, which nobody asked. */
void etch_attached_fork(void);

/* Tells others where its pool is; "" where it has none with a name. */
void etch_control_pool(const char *path);

#endif
