/* SPDX-License-Identifier: MIT
 *
 * twin.c: see twin.h. The side file says which session a simple file is of;
 * where there is none, its first event must be of the process, and of its time.
 */
#include "read/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/in_ctf.h"
#include "read/in_trace.h"
#include "read/tsdl.h"

/* What a clock may be off where events of a moment are stamped. */
#define SLACK_NS 1000000u

static bool same_moment(const char *path, const struct tsdl *tsdl)
{
    uint32_t pid;
    uint64_t time;
    return trace_first_event(path, UINT64_MAX, &pid, &time) && pid == tsdl->meta.header.pid &&
           time + SLACK_NS >= tsdl->meta.first.monotonic_ns &&
           time <= tsdl->meta.last.monotonic_ns + SLACK_NS;
}

static bool same_session(const char *path, const struct tsdl *tsdl)
{
    struct fault silent = {NULL, NULL};
    struct meta *meta = NULL;
    char *side;
    if (asprintf(&side, "%s.meta", path) < 0)
        return false;
    meta_open(&meta, side, &silent);
    free(side);
    if (meta == NULL)
        return same_moment(path, tsdl);
    bool same = memcmp(meta->header.uuid, tsdl->meta.header.uuid, 16) == 0;
    meta_close(meta);
    return same;
}

bool has_twin(const char *path)
{
    struct fault silent = {NULL, NULL};
    struct tsdl *tsdl = NULL;
    char *folder;
    if (asprintf(&folder, "%s.ctf", path) < 0)
        return false;
    if (ctf_is_trace(folder) && !ctf_is_trace(path))
        tsdl_open(&tsdl, folder, &silent);
    bool same = tsdl != NULL && !tsdl->headless && same_session(path, tsdl);
    tsdl_close(tsdl);
    free(folder);
    return same;
}
