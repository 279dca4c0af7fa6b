/* SPDX-License-Identifier: MIT
 *
 * ctf_text.h: what the two files that write a CTF trace's metadata share.
 */
#ifndef ETCH_RUNTIME_CTF_TEXT_H
#define ETCH_RUNTIME_CTF_TEXT_H

#include "runtime/runtime.h"

/* ctf_env.c: the lines of the environment block that tell of the process; what
 * cannot be found out is left out. */
void ctf_env(struct text *t, const struct session *s);

#endif
