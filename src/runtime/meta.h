/* SPDX-License-Identifier: MIT
 *
 * meta.h: the side file (meta.c).
 */
#ifndef ETCH_RUNTIME_META_H
#define ETCH_RUNTIME_META_H

#include <stdbool.h>

struct etch_pool_next;
struct session;

/* Makes it and writes what is known at the start. 0 or -errno. */
int etch_meta_create(struct session *s);
/* Appends the groups that it does not hold yet; with the registry lock held. */
void etch_meta_groups(struct session *s, int fd);
/* The same where the file is not open: a group that registers late. */
void etch_meta_late_groups(struct session *s);
/* Where the trace goes on; with the registry locked. False: there is no room for it. */
bool etch_meta_files(const struct session *s, const struct etch_pool_next *next);

#endif
