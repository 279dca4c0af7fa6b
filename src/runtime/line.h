/* SPDX-License-Identifier: MIT
 *
 * line.h: lines by printf's rules (line.c), and where they go: log.c, syslog.c, ftrace.c.
 */
#ifndef ETCH_RUNTIME_LINE_H
#define ETCH_RUNTIME_LINE_H

#include <stdarg.h>
#include <stdint.h>

struct text;

/* As vsprintf, up to `end`; where the NUL stands, or NULL where vsnprintf must do it: what
 * does not fit, or needs what this does not know (ap is used up then). */
char *etch_line(char *p, char *end, const char *format, va_list ap);
/* A number of `width` digits at least; one past it. */
char *etch_line_number(char *p, uint64_t v, unsigned width);
/* gettid(), asked once a thread; and what a forked child does about that where its
 * kernel ignores MADV_WIPEONFORK. In a vforked child it is the parent's. */
uint32_t etch_line_thread(void);
void etch_line_fork(void);

/* ---- log.c ---- */

/* Before a fork, with the registry lock held. */
void etch_log_fork(void);

/* ---- syslog.c ---- */

/* When a group with this backend registers. */
void etch_syslog_prepare(void);

/* ---- high.c ---- */

/* Opens a file under a number that programs do not reuse. The descriptor or
 * -errno. */
int etch_open_high(const char *path, int flags);

/* ---- tracefs.c ---- */

/* The folder of a mounted tracefs into an empty text. 0 or -ENOENT. */
int etch_tracefs_find(struct text *path);

#endif
