/* SPDX-License-Identifier: MIT
 *
 * folder.h: the runtime folder, and files in it (folder.c).
 */
#ifndef ETCH_RUNTIME_FOLDER_H
#define ETCH_RUNTIME_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "format/pool.h"
#include "format/text.h"

#define PATH_SIZE ETCH_POOL_PATH_MAX

/* The working folder and a slash, in an empty text, which stays empty where that
 * folder was removed or lies outside of our root. */
void text_cwd(struct text *path);

/* Opens (and makes) it: /run/user/UID/etch, else /dev/shm/etch-UID; checks that
 * it is ours and private. An O_PATH-like descriptor, or -errno. */
int etch_folder_open(struct text *path);

/* Makes a new private file NAME.PID.N in it, with the lowest N that is free or becomes
 * so by remove_former (may be NULL). Returns the descriptor or -errno; *path is its
 * absolute name. */
int etch_folder_create(const char *name, bool (*remove_former)(int dir, const char *name),
                       struct text *path);

/* ftruncate that does not raise SIGXFSZ; signals must be blocked. */
int etch_resize(int fd, uint64_t size);

/* Backs a part of a file, so that no store to it raises SIGBUS; unlike
 * posix_fallocate it neither raises SIGXFSZ nor falls back to writing. Signals
 * must be blocked. */
int etch_allocate(int fd, uint64_t from, uint64_t size);

#endif
