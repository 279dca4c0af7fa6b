/* SPDX-License-Identifier: MIT
 *
 * outputs.h: the files of a trace that is switched to others (outputs.c).
 */
#ifndef ETCH_RUNTIME_OUTPUTS_H
#define ETCH_RUNTIME_OUTPUTS_H

#include <stdbool.h>

#include "runtime/session.h"

/* Files of a trace that are not yet in use. */
struct trace_files {
    int trace_fd, ctf_fd; /* or -1 */
    char trace_path[PATH_SIZE], ctf_path[PATH_SIZE];
    struct ctf_metadata ctf;
};

/* The session's names: those of the files that it has; the one that was asked for;
 * those that the settings say. */
void etch_names_of_paths(struct session *s);
void etch_names_set(struct session *s, const char *path);
void etch_names_default(struct session *s);
/* Makes files of these names, or, where something is in the way, of others, which
 * *said tells. 0 or -errno, told; with the registry lock held. */
int etch_outputs_open(struct session *s, struct trace_files *files, struct text *said);
/* The folder alone, with metadata that is whole. */
int etch_folder_fresh(struct session *s, const char *name, bool add_suffix,
                      struct trace_files *files, struct text *said);
/* Makes a folder; one that is there must be empty. A descriptor or -errno. */
int etch_ctf_folder_new(const char *path);

#endif
