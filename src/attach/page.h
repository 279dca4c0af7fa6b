/* SPDX-License-Identifier: MIT
 *
 * page.h: one control page, opened and checked; hostile input.
 */
#ifndef ETCH_ATTACH_PAGE_H
#define ETCH_ATTACH_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "format/control_page.h"

/* Opens `name` in the folder `dir` and checks that it is what libetch makes: a
 * file of its own name, 0600, of the folder's owner, one link, of our version,
 * every group within it. Returns a descriptor, or -errno; *why is then what is
 * wrong with it, a constant, or NULL. -EPROTO: of another version, of whose header
 * the first ETCH_CONTROL_COMMON bytes are known. *st is the file's. */
int page_open(int dir, const char *name, uid_t owner, struct stat *st,
              struct etch_control_header *header, const char **why);

/* The groups again: a library may have been loaded since. */
int page_reread(int fd, struct etch_control_header *header, const char **why);

#endif
