/* SPDX-License-Identifier: MIT
 *
 * read_at.h: a part of a file, all of it or nothing.
 *
 * Reads:  the file, by pread: its position stays.
 * Writes: nothing.
 * Never:  maps it, for a file that is cut while it is mapped kills the reader.
 */
#ifndef ETCH_READ_READ_AT_H
#define ETCH_READ_READ_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool read_at(int fd, void *to, size_t size, uint64_t offset);

#endif
