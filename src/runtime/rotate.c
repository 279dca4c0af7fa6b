/* SPDX-License-Identifier: MIT
 *
 * rotate.c: a simple trace in several files: PATH, PATH.part1, PATH.part2 …, each
 * whole by itself. Of PATH, when it is its turn to go, a stub stays that counts the
 * events which were removed, as QEMU's dropped ones.
 *
 * Reads:  the settings.
 * Writes: makes and removes files of the trace; the stub; into the pool first
 *         what is removed, so that whoever finishes a killed process's trace
 *         does the rest of it.
 */
#include "format/simple.h"
#include "runtime/drain.h"
#include "runtime/folder.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/trace_file.h"

static struct text name_of(const struct drain *d, char *name, uint64_t number)
{
    struct text t = text_in(name, PATH_SIZE);
    text_add(&t, d->pool->trace_path);
    text_add(&t, ETCH_TRACE_PART);
    text_u64(&t, number);
    return t;
}

/* Bytes of a write: less than a file may have. */
size_t rotate_batch(void)
{
    uint64_t size = etch_settings.max_size / 8;
    return size != 0 && size < OUT_FLUSH ? (size_t)size : OUT_FLUSH;
}

bool rotate_prepare(struct drain *d)
{
    if (etch_settings.max_files == 0 || etch_settings.max_size == 0)
        return true;
    d->starts = sys_mmap_anonymous(etch_settings.max_files * sizeof(*d->starts));
    return d->starts != NULL;
}

/* Whether the next batch may be too much for the file. */
bool rotate_due(const struct drain *d)
{
    return etch_settings.max_size != 0 && d->regular && d->out_used == 0 &&
           d->file_offset + rotate_batch() + ETCH_STRING_MAX > etch_settings.max_size;
}

static void write_stub(struct drain *d)
{
    struct etch_simple_stub stub =
        etch_simple_stub_make(d->pool->first.monotonic_ns, d->pool->pid, d->pool->rotated_events);
    sys_pwrite(d->base_fd, &stub, sizeof(stub), 0);
    sys_ftruncate(d->base_fd, sizeof(stub));
}

/* Removes the file `number`; `events` were in all up to it. */
static void remove_file(struct drain *d, uint64_t number, uint64_t events)
{
    char name[PATH_SIZE];
    d->pool->rotated_events = events;
    __atomic_store_n(&d->pool->rotated_files, number + 1, __ATOMIC_RELEASE);
    if (number != 0 && !name_of(d, name, number).cut)
        sys_unlinkat(AT_FDCWD, name);
    write_stub(d);
}

bool etch_part_remove(const char *path)
{
    uint64_t header[3] = {0};
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return fd == -ENOENT;
    long n = sys_read(fd, header, sizeof(header));
    sys_close(fd);
    return (n == 0 || (header[0] == ETCH_SIMPLE_HEADER_ID && header[1] == ETCH_SIMPLE_MAGIC)) &&
           sys_unlinkat(AT_FDCWD, path) == 0;
}

/* Begins the next file. Where that fails the one at hand grows on. */
void rotate_next(struct drain *d)
{
    char name[PATH_SIZE];
    uint64_t number = d->file + 1, keep = etch_settings.max_files;
    /* One of an older trace of that name; the one behind it would be taken for
     * ours. */
    if (name_of(d, name, number + 1).cut)
        return;
    etch_part_remove(name);
    name_of(d, name, number);
    etch_part_remove(name);
    int fd = sys_openat(AT_FDCWD, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    if (d->fd != d->base_fd)
        sys_close(d->fd);
    d->fd = fd;
    d->file = number;
    d->file_offset = 0;
    d->mapped = d->mapped_kept = NULL;
    if (keep == 0)
        return;
    uint64_t *start = &d->starts[number % keep];
    if (number >= keep) /* that many are full: the oldest ends where the next begins */
        remove_file(d, number - keep, d->starts[(number + 1) % keep] - d->first_event);
    *start = d->events;
}
