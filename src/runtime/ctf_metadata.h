/* SPDX-License-Identifier: MIT
 *
 * ctf_metadata.h: the CTF trace, but for its streams: its folder (ctf_folder.c) and its
 * metadata (ctf_metadata.c, ctf_env.c).
 */
#ifndef ETCH_RUNTIME_CTF_METADATA_H
#define ETCH_RUNTIME_CTF_METADATA_H

struct etch_clock_pair;
struct etch_frame_class;
struct session;
struct text;

/* Makes its folder, as the settings name it, with metadata that is whole. 0 or
 * -errno, said. */
int etch_ctf_open(struct session *s);
/* Writes the metadata that are missing; with the registry lock held. 0 or
 * -errno. */
int etch_ctf_metadata(struct session *s, int folder);
/* The same of a group that registers late, where the folder is not open. */
void etch_ctf_late_groups(struct session *s);
/* Appends an entry of the dictionary of frames; with the registry lock held. 0 or
 * -errno. */
int etch_ctf_frame(struct session *s, const struct etch_frame_class *entry);
/* Corrects the clock's frequency and offset in place. */
void etch_ctf_clock(struct session *s, int folder, const struct etch_clock_pair *last);

/* ctf_env.c: the lines of the environment block that tell of the process; what
 * cannot be found out is left out. */
void ctf_env(struct text *t, const struct session *s);

#endif
