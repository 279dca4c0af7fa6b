/* SPDX-License-Identifier: MIT
 *
 * ctf.h: what in_ctf.c, ctf_scan.c and ctf_follow.c share.
 */
#ifndef ETCH_READ_CTF_H
#define ETCH_READ_CTF_H

#include <sys/stat.h>

#include "read/packets.h"
#include "read/pool.h"
#include "read/tsdl.h"

/* A stream that is in the merger. */
struct open_stream {
    uint32_t stream;
    uint64_t file;            /* number of its last file */
    struct packet_feed *feed; /* of that file; NULL: it has none */
};

struct ctf {
    struct source source;
    struct source *merger;
    struct packet_trace *trace;
    struct tsdl *tsdl; /* NULL: no metadata, the side file and the pool must do */
    struct meta *side; /* or NULL */
    struct meta *meta; /* what of these two is asked first */
    struct pool *pool; /* what it has is in the merger; or NULL */
    char *path;        /* of the folder; NULL: there is none */
    struct stat folder;
    char *pool_path;
    int pool_fd;         /* of a live pool that is followed, else -1 */
    uint64_t generation; /* of its checkpoint, as far as it is followed */
    uint8_t uuid[16];
    struct open_stream *streams;
    size_t n_streams;
    struct fault_queue later;
};

/* How far a file counts: to its end, unless a pool says otherwise. */
static inline uint64_t ctf_limit(const struct etch_written *written, uint64_t file)
{
    if (written == NULL || file < written->file)
        return UINT64_MAX;
    return file == written->file ? written->offset : 0;
}

/* How far the pool says that a stream is written, in *written, or NULL: there is
 * no pool, or it does not know the stream. */
const struct etch_written *ctf_written(const struct ctf *c, uint32_t stream,
                                       struct etch_written *written);

/* The packets that the pool has of a stream; NULL: out of memory. */
struct packet_feed *ctf_pool_part(const struct ctf *c, uint32_t stream);

/* Each 0 or -errno: opens all stream files that are not open yet; and streams
 * that are in the pool alone. */
int ctf_scan_files(struct ctf *c);
int ctf_add_pool_streams(struct ctf *c);

/* Whether its folder is still called so. */
bool ctf_is_there(const struct ctf *c);

/* Whether a pool is of this trace still: it may go on in another folder. */
bool ctf_is_of(const struct ctf *c, const struct etch_pool_header *header);

/* Looks what the live process has written since: 1: more, 0: nothing, -errno. */
int ctf_follow(struct ctf *c);

#endif
