/* SPDX-License-Identifier: MIT
 *
 * trace_file.h: the files of a trace, by name: trace_file.c, rotate.c.
 */
#ifndef ETCH_RUNTIME_TRACE_FILE_H
#define ETCH_RUNTIME_TRACE_FILE_H

#include <stdbool.h>

struct session;
struct text;

#define META_SUFFIX ".meta"

/* Makes the side file: beside the trace to come (dir=), else in the runtime
 * folder. The descriptor or -errno; its name is in the pool. */
int etch_meta_open(struct session *s);

/* Whether an output that cannot be opened shall have its name in the pool. */
bool etch_late_name(const struct session *s);

/* Opens the trace file that the settings name, after the side file. 0 or
 * -errno, said. */
int etch_trace_open(struct session *s);

/* Makes what there is to open of a name of our own: PATH, else PATH.1 and so on;
 * `make` is called with each until it does not return -EEXIST. */
int etch_fresh(struct text *path, const char *suffix, int (*make)(const char *path));
/* "trace-PID". */
void etch_own_name(struct text *path, const struct session *s);
/* Stores a path of the pool so that nobody sees half of it. */
void etch_publish(char *to, const struct text *path);

/* An advisory lock of the open file, so that another program that was given the
 * same name does not write over a living one's trace. False: one does. */
bool etch_file_lock(int fd);

/* ---- rotate.c ---- */

/* Removes a file of a trace that is no more; true if there is none now. What is
 * no trace stays. */
bool etch_part_remove(const char *path);

#endif
