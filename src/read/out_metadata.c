/* SPDX-License-Identifier: MIT
 *
 * out_metadata.c: see out_metadata.h. Written again from the same pool and side
 * file they are the same.
 */
#include "read/out_metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/note.h"
#include "read/read_at.h"

#define NEW_NAME  ".metadata.new" /* readers of CTF pass over hidden files */
#define HEAD_MOST (64u << 10)

/* A text that grows. */
struct sheet {
    struct text text;
    bool failed;
};

/* Makes room for `n` bytes more. */
static bool sheet_room(struct sheet *s, size_t n)
{
    size_t want = s->text.used + n + 1;
    if (want <= s->text.size)
        return true;
    size_t size = want > 2 * s->text.size ? want : 2 * s->text.size;
    char *data = realloc(s->text.data, size);
    s->failed = s->failed || data == NULL;
    if (data == NULL)
        return false;
    s->text.data = data;
    s->text.size = size;
    return true;
}

/* ---- what is there ---- */

static bool is_number(char c)
{
    return (c >= '0' && c <= '9') || c == ' ';
}

/* Puts the clock in the place of the old one, which differs in its numbers
 * only; false: it does not. */
static bool replace_clock(struct text *t, const struct tsdl_trace *trace,
                          const struct etch_clock_pair *last)
{
    char data[2048];
    struct text clock = text_in(data, sizeof(data));
    tsdl_put_clock(&clock, trace, last);
    char *at = memmem(t->data, t->used, "clock {", 7);
    if (at == NULL || (size_t)(t->data + t->used - at) < clock.used)
        return false;
    for (size_t i = 0; i < clock.used; i++)
        if (at[i] != data[i] && !(is_number(at[i]) && is_number(data[i])))
            return false;
    memcpy(at, data, clock.used);
    return true;
}

static bool take_old(struct sheet *s, const struct tsdl *old)
{
    int fd = open(old->meta.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool taken =
        fd >= 0 && sheet_room(s, old->whole) && read_at(fd, s->text.data, (size_t)old->whole, 0);
    if (fd >= 0)
        close(fd);
    s->text.used = taken ? (size_t)old->whole : 0;
    return taken;
}

/* ---- what is made anew ---- */

/* Arguments with blanks between them. */
static void put_command(struct text *t, const struct meta *side)
{
    char line[4096];
    size_t n = side->command_size < sizeof(line) ? side->command_size : sizeof(line);
    for (size_t i = 0; i < n; i++)
        line[i] = side->command[i] == '\0' ? ' ' : side->command[i];
    if (n > 1)
        tsdl_env_string(t, "command", line, n - 1);
}

static void put_head(struct sheet *s, const struct tsdl_trace *trace,
                     const struct etch_clock_pair *last, const struct meta *side)
{
    struct note_machine machine = {sizeof(long), sizeof(void *), (char)-1 < 0};
    if (side->n_groups != 0)
        machine = side->group[0]->machine;
    struct text *t = &s->text;
    text_add(t, "/* CTF 1.8 */\n\n");
    tsdl_put_start(t, trace);
    tsdl_put_clock(t, trace, last);
    tsdl_env_number(t, "vpid", side->header.pid);
    tsdl_env_number(t, "ppid", side->header.ppid);
    tsdl_env_number(t, "start_time", side->header.start_time);
    if (side->exe != NULL)
        tsdl_env_string(t, "executable", side->exe, strlen(side->exe));
    put_command(t, side);
    tsdl_env_number(t, "long_size", machine.long_size);
    tsdl_env_number(t, "pointer_size", machine.ptr_size);
    tsdl_env_number(t, "char_signed", machine.char_signed);
    tsdl_put_streams(t);
}

/* A new head before the events of an old text, none where there is no text. */
static void replace_head(struct sheet *s, const struct tsdl_trace *trace,
                         const struct etch_clock_pair *last, const struct meta *side)
{
    static const char first[] = "\nevent {";
    struct text old = s->text;
    const char *events =
        old.used == 0 ? NULL : memmem(old.data, old.used, first, sizeof(first) - 1);
    size_t n = events != NULL ? (size_t)(old.data + old.used - events) : 0;
    s->text = (struct text){0};
    if (sheet_room(s, HEAD_MOST))
        put_head(s, trace, last, side);
    if (sheet_room(s, n) && n != 0)
        text_bytes(&s->text, events, n);
    free(old.data);
}

static void put_event(struct sheet *s, const struct meta_group *g, size_t index)
{
    const struct etch_decl *d = &g->list.v[index];
    char kinds[ETCH_VALUES_MAX + 1] = "";
    if (d->n_args > ETCH_VALUES_MAX)
        return; /* no reader of ours would decode it either */
    for (size_t i = 0; i < d->n_args; i++)
        kinds[i] = d->args[i].kind;
    const struct tsdl_event event = {
        .name = d->name,
        .group = g->name != NULL ? g->name : "",
        .args = d->args_text,
        .format = d->format != NULL ? d->format : "",
        .kinds = kinds,
        .file = d->file,
        .id = g->first_id + (uint32_t)index,
        .line = d->line,
        .flags = (d->properties & ETCH_PROP_DISABLE ? (uint32_t)ETCH_NOTE_DISABLED : 0) |
                 (d->properties & ETCH_PROP_VCPU ? (uint32_t)ETCH_NOTE_VCPU : 0),
        .long_size = g->machine.long_size,
        .ptr_size = g->machine.ptr_size,
        .char_signed = g->machine.char_signed,
    };
    /* Of a text three bytes for one, in the URI; and of the name once more. */
    size_t most = 512 +
                  4 * (strlen(event.name) + strlen(event.group) + strlen(event.args) +
                       strlen(event.format) + strlen(event.file)) +
                  64 * d->n_args;
    if (sheet_room(s, most))
        tsdl_put_event(&s->text, &event);
}

/* The events that can fire and have no block yet. */
static void put_events(struct sheet *s, const struct meta *side, uint64_t from_id)
{
    for (size_t i = 0; i < side->n_groups; i++)
        for (size_t k = 0; k < side->group[i]->list.n; k++)
            if (side->group[i]->first_id + k >= from_id &&
                !(side->group[i]->list.v[k].properties & ETCH_PROP_DISABLE))
                put_event(s, side->group[i], k);
}

/* ---- as a whole ---- */

static int write_whole(int fd, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, data + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? -ENOSPC : -errno;
        done += (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

static int replace_file(int dir, const struct text *text)
{
    unlinkat(dir, NEW_NAME, 0); /* of a recovery that was killed */
    int fd = openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    int error = fd < 0 ? -errno : write_whole(fd, text->data, text->used);
    if (fd >= 0)
        close(fd);
    if (error == 0 && renameat(dir, NEW_NAME, dir, "metadata") < 0)
        error = -errno;
    if (error < 0 && fd >= 0)
        unlinkat(dir, NEW_NAME, 0);
    return error;
}

int out_metadata(int fd, const char *dir, const struct tsdl_trace *trace,
                 const struct etch_clock_pair *last, const struct tsdl *old,
                 const struct meta *side, struct fault *fault)
{
    struct sheet s = {0};
    bool taken = old != NULL && take_old(&s, old);
    bool kept = taken && replace_clock(&s.text, trace, last);
    int error = taken || side != NULL ? 0 : -ENOENT;
    if (!kept && side != NULL)
        replace_head(&s, trace, last, side);
    if (side != NULL)
        put_events(&s, side, taken ? old->highest : 0);
    if (error == 0)
        error = s.failed || s.text.cut ? -ENOMEM : replace_file(fd, &s.text);
    free(s.text.data);
    return error < 0 ? fault_system(fault, error, dir, "cannot write the metadata") : 0;
}
