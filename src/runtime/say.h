/* SPDX-License-Identifier: MIT
 *
 * say.h: messages on stderr (say.c).
 */
#ifndef ETCH_RUNTIME_SAY_H
#define ETCH_RUNTIME_SAY_H

/* "PROGRAM: etch: WHAT: DETAIL: REASON" on stderr, in one write; detail and
 * reason may be NULL. */
void etch_say(const char *what, const char *detail, const char *reason);
void etch_say_to(int fd, const char *what, const char *detail, const char *reason);
const char *etch_program_name(void);
/* The reason of a -errno, in words. */
const char *etch_reason(int error);

#endif
