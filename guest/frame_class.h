/* SPDX-License-Identifier: MIT
 *
 * frame_class.h: paths and the frames that are none, as entries of the trace's
 * dictionary (etch/frame.h): for all that write frames of guest instructions.
 */
#ifndef ETCH_GUEST_FRAME_CLASS_H
#define ETCH_GUEST_FRAME_CLASS_H

#include "frame.h"

/* The first `count` instructions of a path, at least 1, as entry `id`. 0 or -errno. */
int frame_declare(const struct frame_path *path, unsigned count, uint32_t id);

/* What is no path: before the first frame of a process. */
int frame_declare_specials(void);

/* A file in memory: "image BASE PATH". */
int frame_declare_image(const char *image, uint32_t id);

#endif
