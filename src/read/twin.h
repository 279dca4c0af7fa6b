/* SPDX-License-Identifier: MIT
 *
 * twin.h: programs that are built with both ring backends write each event to
 * two traces: `trace-1` and `trace-1.ctf`.
 *
 * Reads:  what tells whose they are.
 * Writes: nothing.
 * Never:  takes two for one that only have the name in common.
 */
#ifndef ETCH_READ_TWIN_H
#define ETCH_READ_TWIN_H

#include <stdbool.h>

/* Whether the CTF trace PATH.ctf is of the same session as the simple file PATH:
 * it has the same events, and tells more of them. */
bool has_twin(const char *path);

#endif
