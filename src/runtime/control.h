/* SPDX-License-Identifier: MIT
 *
 * control.h: the control page (control.c), what others ask for by it (switch.c), and what
 * it tells them (recording.c).
 */
#ifndef ETCH_RUNTIME_CONTROL_H
#define ETCH_RUNTIME_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/folder.h"

struct etch_control_blocks;
struct etch_control_half;
struct etch_control_header;
struct etch_group;
struct session;

/* Maps the control page over a new group's words, all off, with the registry
 * lock held. False where they stay private. */
bool etch_control_map(struct etch_group *group);
/* The group's library is being unloaded: nobody looks for its names any more. */
void etch_control_gone(const struct etch_group *group);
void etch_control_fork(void);
/* The page of this process, or NULL; the drain reads it. Its blocks, or NULL as long as
 * they are not backed. */
extern struct etch_control_header *etch_control_page;
extern struct etch_control_blocks *etch_control_blocks;
/* Has the blocks backed, if they can be; with the registry lock held. */
void etch_control_open(void);
extern char etch_control_path[PATH_SIZE];
/* Removes the page of this process. */
void etch_control_end(void);

/* ---- switch.c ---- */

/* Copies the command that counts if it is another one than `taken`. */
bool etch_command_read(const struct etch_control_blocks *blocks, uint64_t taken,
                       struct etch_control_half *to);
void etch_command_answer(struct etch_control_blocks *blocks, uint64_t serial, int status);

/* ---- recording.c ---- */

/* Tells the control page what becomes of a session that begins, or cannot. */
void etch_recording_state(struct session *s, uint32_t state);

#endif
