/* SPDX-License-Identifier: MIT
 *
 * snapshot.c: what the pool holds at a moment, as a CTF trace of its own. Nothing
 * counts as written for it, and the recording goes on as if it had not been.
 *
 * Reads:  the pool's sealed packets.
 * Writes: a folder that is made for it.
 */
#include "runtime/ctf_metadata.h"
#include "runtime/drain.h"
#include "runtime/outputs.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/sys.h"

/* How far a stream's own file is. */
struct kept {
    struct etch_written written;
    uint64_t told_ctf;
};

/* All packets of the list; how many streams, or -errno. */
static int write_streams(struct drain *d, struct kept *kept)
{
    int n = 0, r = 0;
    for (uint32_t i = 0, end; i < d->n_items && r >= 0; i = end) {
        struct stream *st = &d->streams[d->items[i].slot];
        for (end = i; end < d->n_items && d->items[end].slot == d->items[i].slot;)
            end++;
        kept[d->items[i].slot] = (struct kept){st->written, st->told_ctf};
        uint64_t begin_seq = st->begin_seq;
        st->written = (struct etch_written){.seq = d->items[i].seq};
        st->begin_seq = d->holds ? 0 : st->written.seq;
        r = ctf_write_stream(d, i, end);
        n += r > 0;
        st->written = kept[d->items[i].slot].written;
        st->told_ctf = kept[d->items[i].slot].told_ctf;
        st->begin_seq = begin_seq;
    }
    return r < 0 ? r : n;
}

static void remove_files(const struct trace_files *files, const struct drain *d)
{
    for (uint32_t i = 0; i < d->n_items; i++) {
        char name[64];
        struct text t = text_in(name, sizeof(name));
        text_add(&t, "stream-");
        text_u64(&t, d->items[i].slot);
        sys_unlinkat(files->ctf_fd, name);
    }
    sys_unlinkat(files->ctf_fd, "metadata");
    sys6(SYS_unlinkat, AT_FDCWD, SYS_PTR(files->ctf_path), AT_REMOVEDIR, 0, 0, 0);
}

/* In the place of the trace's own folder, for as long as it takes. */
static int write_packets(struct drain *d, const struct trace_files *files)
{
    size_t size = SLOTS * sizeof(struct kept);
    struct kept *kept = sys_mmap_anonymous(size);
    if (kept == NULL)
        return -ENOMEM;
    struct ctf_metadata metadata = d->s->ctf;
    int folder = d->s->ctf_fd;
    uint64_t newest = d->newest, newest_ns = d->newest_ns;
    ctf_close(d);
    d->s->ctf = files->ctf;
    d->s->ctf_fd = files->ctf_fd;
    d->ctf->one_file = true;
    int r = write_streams(d, kept);
    if (r > 0)
        etch_ctf_clock(d->s, files->ctf_fd, &d->now);
    ctf_close(d);
    d->ctf->one_file = false;
    d->s->ctf_fd = folder;
    d->s->ctf = metadata;
    d->newest = newest;
    d->newest_ns = newest_ns;
    sys_munmap(kept, size);
    return r;
}

int ctf_snapshot(struct drain *d, const char *path, struct text *said)
{
    struct trace_files *files = &d->sw->files;
    if (path[0] != '/') {
        drain_say_path(said, "cannot open", path, -EINVAL);
        return -EINVAL;
    }
    if (!etch_registry_try())
        return -EAGAIN;
    int r = etch_folder_fresh(d->s, path, false, files, said);
    if (r == 0) {
        drain_seal_open(d);
        drain_collect(d, false);
        r = write_packets(d, files);
        if (r < 0)
            drain_say_path(said, "cannot write", files->ctf_path, r);
        if (r == 0)
            *said = text_in(said->data, said->size);
        if (r == 0)
            text_add(said, "no event is in memory: what was recorded is in the trace");
        if (r <= 0)
            remove_files(files, d);
        sys_close(files->ctf_fd);
        if (d->holds)
            drain_let_go(d);
    }
    etch_registry_release();
    return r > 0 ? 0 : r < 0 ? r : -ENODATA;
}
