/* SPDX-License-Identifier: MIT
 *
 * ctf_metadata.c: the file `metadata` of a CTF trace, in the language TSDL of
 * CTF 1.8: the head (layout of packets, clock, environment) and a block for each
 * event. It only grows, by whole blocks, before the first event that needs them
 * can fire; only the clock's numbers are written over, in place and as wide as
 * before, so that it can be read at any moment.
 *
 * Reads:  the notes of the groups.
 * Writes: the file; how far it is written, into the session.
 * Never:  calls libc: the drain writes what could not be written at the start.
 */
#include "format/tsdl.h"
#include "runtime/clock.h"
#include "runtime/ctf_metadata.h"
#include "runtime/folder.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/sys.h"

/* Address space for blocks; memory as it is used. */
#define SHEET_SIZE (1u << 20)

struct sheet {
    int fd;
    struct ctf_metadata *at;
    struct text text; /* not yet in the file */
};

/* What is in the sheet, whole. */
static int sheet_write(struct sheet *sheet)
{
    size_t done = 0;
    while (done < sheet->text.used) {
        long r = sys_pwrite(sheet->fd, sheet->text.data + done, sheet->text.used - done,
                            sheet->at->size + done);
        if (r == -EINTR)
            continue;
        if (r == -EFBIG)
            sys_consume_sigxfsz();
        if (r <= 0) {
            sys_ftruncate(sheet->fd, sheet->at->size);
            return r == 0 ? -ENOSPC : (int)r;
        }
        done += (size_t)r;
    }
    sheet->at->size += done;
    sheet->text = text_in(sheet->text.data, sheet->text.size);
    return 0;
}

/* ---- what stands in it ---- */

static struct tsdl_trace trace_of(const struct etch_pool_header *pool)
{
    return (struct tsdl_trace){pool->uuid, pool->clock, pool->first};
}

static void put_head(struct text *t, struct session *s)
{
    struct tsdl_trace trace = trace_of(s->pool);
    struct etch_clock_pair now = etch_clock_pair_now(s->pool->clock);
    text_add(t, "/* CTF 1.8 */\n\n");
    tsdl_put_start(t, &trace);
    s->ctf.clock = t->used;
    tsdl_put_clock(t, &trace, &now);
    ctf_env(t, s);
    tsdl_put_streams(t);
}

static void put_event(struct text *t, const struct etch_note *note, uint32_t index, uint32_t id)
{
    const struct etch_note_event *e = &etch_note_events(note)[index];
    const char *text = etch_note_text(note);
    const struct tsdl_event event = {
        .name = text + e->name,
        .group = text + note->group,
        .args = text + e->args,
        .format = text + e->format,
        .kinds = text + e->kinds,
        .file = text + e->file,
        .id = id,
        .line = e->line,
        .flags = e->flags,
        .long_size = sizeof(long),
        .ptr_size = sizeof(void *),
        .char_signed = (char)-1 < 0,
    };
    tsdl_put_event(t, &event);
}

/* The events of a group that can fire. */
static int write_group(struct sheet *sheet, const struct group_entry *g)
{
    const struct etch_note *note = __atomic_load_n(&g->note, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < g->n_events; i++) {
        if (group_event_disabled(g, i))
            continue;
        for (size_t kept = sheet->text.used;; kept = 0) {
            put_event(&sheet->text, note, i, g->first_id + i);
            if (!sheet->text.cut)
                break;
            if (kept == 0)
                return -ENAMETOOLONG;
            sheet->text.used = kept;
            int r = sheet_write(sheet);
            if (r < 0)
                return r;
        }
    }
    return sheet_write(sheet);
}

static int write_missing(struct sheet *sheet, struct session *s)
{
    int r = 0;
    if (s->ctf.size == 0) {
        put_head(&sheet->text, s);
        r = sheet_write(sheet);
    }
    for (struct group_entry *g = etch_groups; r == 0 && g != NULL; g = g->next) {
        if (g->first_id < s->ctf.next_id || g->n_events == 0)
            continue;
        r = write_group(sheet, g);
        if (r == 0)
            s->ctf.next_id = g->first_id + g->n_events;
    }
    return r;
}

int etch_ctf_metadata(struct session *s, int folder)
{
    int fd = sys_openat(folder, "metadata", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    char *memory = fd < 0 ? NULL : sys_mmap_anonymous(SHEET_SIZE);
    int r = fd < 0 ? fd : -ENOMEM;
    if (memory != NULL) {
        struct sheet sheet = {fd, &s->ctf, text_in(memory, SHEET_SIZE)};
        r = write_missing(&sheet, s);
        sys_munmap(memory, SHEET_SIZE);
    }
    if (fd >= 0)
        sys_close(fd);
    return r;
}

/* The most that an entry takes. */
#define FRAME_TEXT 32768

int etch_ctf_frame(struct session *s, const struct etch_frame_class *entry)
{
    char data[FRAME_TEXT], name[PATH_SIZE];
    struct text path = text_in(name, sizeof(name));
    text_add(&path, s->pool->ctf_path);
    text_add(&path, "/metadata");
    struct sheet sheet = {-1, &s->ctf, text_in(data, sizeof(data))};
    if (!s->ctf.frames)
        text_add(&sheet.text, TSDL_FRAMES);
    if (!tsdl_put_frame(&sheet.text, entry))
        return -EINVAL;
    if (sheet.text.cut)
        return -E2BIG;
    sheet.fd = sys_openat(AT_FDCWD, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    int r = sheet.fd < 0 ? sheet.fd : s->ctf.size == 0 ? -EAGAIN : sheet_write(&sheet);
    if (sheet.fd >= 0)
        sys_close(sheet.fd);
    s->ctf.frames = s->ctf.frames || r == 0;
    return r;
}

void etch_ctf_late_groups(struct session *s)
{
    int folder = sys_openat(AT_FDCWD, s->pool->ctf_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder < 0)
        return; /* the drain tries again before it writes packets */
    etch_ctf_metadata(s, folder);
    sys_close(folder);
}

void etch_ctf_clock(struct session *s, int folder, const struct etch_clock_pair *last)
{
    if (s->ctf.size == 0)
        return;
    char data[2048];
    struct text t = text_in(data, sizeof(data));
    struct tsdl_trace trace = trace_of(s->pool);
    tsdl_put_clock(&t, &trace, last);
    int fd = sys_openat(folder, "metadata", O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    sys_pwrite(fd, data, t.used, s->ctf.clock);
    sys_close(fd);
}
