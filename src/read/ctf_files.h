/* SPDX-License-Identifier: MIT
 *
 * ctf_files.h: the stream files of a CTF trace.
 *
 * Reads:  the names in its folder, and the first packet of each file.
 * Writes: nothing.
 * Never:  takes a file for a stream's whose packets say otherwise.
 */
#ifndef ETCH_READ_CTF_FILES_H
#define ETCH_READ_CTF_FILES_H

#include <stddef.h>
#include <stdint.h>

struct ctf_file {
    char *path;
    uint32_t stream;
    uint64_t number; /* of a stream's files, in their order: "stream-N.NUMBER"; 0: "stream-N" */
};

/* By stream and number. */
struct ctf_files {
    struct ctf_file *v;
    size_t n;
};

/* Lists those that are not empty. 0 or -errno. */
int ctf_files_list(struct ctf_files *files, const char *folder, const uint8_t uuid[16]);
void ctf_files_free(struct ctf_files *files);

#endif
