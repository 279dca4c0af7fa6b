/* SPDX-License-Identifier: MIT
 *
 * switch.c: commands that the drain carries out: `trace-file` and `snapshot`. They
 * come from a thread of the program, or by the control page from another process.
 *
 * Reads:  the command block of the control page, as hostile input.
 * Writes: its answer; the files of the trace; which they are, into the pool, so
 *         that at any moment either the old ones count or the new.
 */
#include <limits.h>

#include "format/control_page.h"
#include "runtime/control.h"
#include "runtime/drain.h"
#include "runtime/folder.h"
#include "runtime/meta.h"
#include "runtime/outputs.h"
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

/* ---- from one file to the next ---- */

/* Where the trace goes, as page 0 says once page 1 counts no more. */
static void settle_names(struct etch_pool_header *pool, const struct etch_pool_next *next)
{
    for (size_t i = 0; i < sizeof(pool->trace_path); i++)
        pool->trace_path[i] = next->trace_path[i];
    for (size_t i = 0; i < sizeof(pool->ctf_path); i++)
        pool->ctf_path[i] = next->ctf_path[i];
    pool->rotated_files = pool->rotated_events = 0;
    __atomic_store_n(&pool->outputs, next->outputs, __ATOMIC_RELEASE);
}

/* Every output goes on where the others are; files begin. */
static void begin_streams(struct drain *d, uint32_t before)
{
    uint32_t used = __atomic_load_n(&d->pool->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i <= SLOTS; i = i + 1 == used ? SLOTS : i + 1) {
        struct stream *st = &d->streams[i];
        if (before != 0 && !(before & ETCH_OUT_CTF))
            st->written.seq = st->at.seq;
        if (before != 0 && !(before & ETCH_OUT_SIMPLE)) {
            st->at.seq = st->written.seq;
            st->at.offset = 0;
        }
        if (before == 0 && i < SLOTS) /* what was lost while it was off is of no file */
            st->at.told = st->told_ctf =
                __atomic_load_n(&pool_slots(d->pool)[i].discarded, __ATOMIC_RELAXED);
        st->written.offset = st->written.file = 0;
        st->begin_seq = st->written.seq;
        if (i < SLOTS) {
            struct etch_pool_slot *slot = &pool_slots(d->pool)[i];
            slot->trace_seq = st->written.seq;
            slot->trace_discarded = st->told_ctf;
        }
    }
}

static void begin_file(struct drain *d, int fd)
{
    struct stat st;
    if (d->fd >= 0)
        sys_close(d->fd);
    if (d->base_fd >= 0 && d->base_fd != d->fd)
        sys_close(d->base_fd);
    d->fd = d->base_fd = fd;
    d->regular =
        fd >= 0 && sys6(SYS_fstat, fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 && S_ISREG(st.st_mode);
    d->file = d->file_offset = 0;
    d->mapped = d->mapped_kept = NULL;
    d->first_event = d->events;
    d->batch = rotate_batch();
    d->failed = d->ctf->failed = false;
}

/* From the next checkpoint on the trace is in `files`; without any it is switched
 * off, and keeps its names for who asks. False: the side file does not tell of it. */
static bool switch_files(struct drain *d, const struct trace_files *files)
{
    struct etch_pool_header *pool = d->pool;
    struct etch_pool_next *next = pool_next(pool);
    uint32_t before = d->outputs;
    const char *trace = files ? files->trace_path : pool->trace_path;
    const char *ctf = files ? files->ctf_path : pool->ctf_path;
    for (size_t i = 0; i < sizeof(next->trace_path); i++)
        next->trace_path[i] = trace[i];
    for (size_t i = 0; i < sizeof(next->ctf_path); i++)
        next->ctf_path[i] = ctf[i];
    if (before & ETCH_OUT_CTF)
        ctf_end_streams(d);
    d->outputs = next->outputs = files ? d->s->kinds : 0;
    bool noted = etch_meta_files(d->s, next);
    d->s->ctf = files ? files->ctf : (struct ctf_metadata){.closed = true};
    begin_streams(d, before);
    begin_file(d, files ? files->trace_fd : -1);
    ctf_close(d);
    if (d->s->ctf_fd >= 0)
        sys_close(d->s->ctf_fd);
    d->s->ctf_fd = files ? files->ctf_fd : -1;
    d->ctf->clock_passed = 0;
    __atomic_store_n(&next->generation, d->generation + 1, __ATOMIC_RELEASE);
    drain_checkpoint(d);
    settle_names(pool, next);
    __atomic_store_n(&next->generation, 0, __ATOMIC_RELEASE);
    return noted;
}

/* ---- trace-file ---- */

void drain_say_path(struct text *said, const char *what, const char *path, int error)
{
    text_add(said, what);
    text_add(said, " \"");
    text_add(said, path);
    text_add(said, "\": ");
    text_add(said, etch_reason(error));
}

/* Everything that is committed is written, or told why not. */
static int write_all_out(struct drain *d, struct text *said)
{
    if (!d->holds && !(d->outputs & ETCH_OUT_CTF))
        drain_seal_open(d);
    drain_all(d);
    if (!d->failed && !d->ctf->failed)
        return 0;
    drain_say_path(said, "cannot write", d->failed ? d->pool->trace_path : d->pool->ctf_path,
                   d->error);
    return d->error;
}

static int turn_on(struct drain *d, struct text *said)
{
    struct trace_files *files = &d->sw->files;
    char reason[256];
    struct text unsaid = text_in(reason, sizeof(reason));
    if (d->outputs == 0 && d->s->kinds == 0)
        return -ENOENT;
    /* What the old files do not take goes to the new ones. */
    write_all_out(d, &unsaid);
    if (!etch_registry_try())
        return -EAGAIN;
    int r = etch_outputs_open(d->s, files, said);
    if (r == 0 && !switch_files(d, files) && etch_settings.dir[0] != '\0') {
        text_add(said, said->used != 0 ? "\n" : "");
        text_add(said, "`etch record` will not find it: there is no room in ");
        text_add(said, d->pool->meta_path);
    }
    etch_registry_release();
    return r;
}

static int turn_off(struct drain *d, struct text *said)
{
    if (d->outputs == 0)
        return 0;
    int r = write_all_out(d, said);
    if (r < 0)
        return r;
    if (!etch_registry_try())
        return -EAGAIN;
    switch_files(d, NULL);
    etch_registry_release();
    return 0;
}

static int command_set(struct drain *d, const char *path, struct text *said)
{
    struct trace_names *kept = &d->sw->names;
    if (path[0] != '/' || text_length(path) + 32 > PATH_SIZE) {
        drain_say_path(said, "cannot open", path, path[0] != '/' ? -EINVAL : -ENAMETOOLONG);
        return -EINVAL;
    }
    *kept = d->s->names;
    etch_names_set(d->s, path);
    int r = d->outputs != 0 ? turn_on(d, said) : 0;
    if (r < 0)
        d->s->names = *kept;
    return r;
}

/* ---- commands ---- */

static const char *after(const char *text, const char *word)
{
    while (*word != '\0' && *text == *word)
        text++, word++;
    return *word != '\0' ? NULL : *text == ' ' ? text + 1 : *text == '\0' ? text : NULL;
}

static int command_start(struct drain *d, const char *rest, struct text *said)
{
    const char *on = after(rest, "on"), *off = after(rest, "off");
    const char *path = on != NULL ? on : off;
    int r = path == NULL ? -EINVAL : 0;
    if (r == 0 && off != NULL)
        r = turn_off(d, said);
    if (r == 0 && *path != '\0')
        r = command_set(d, path, said);
    return r == 0 && on != NULL && d->outputs == 0 ? turn_on(d, said) : r;
}

/* One command. 0 or -errno; what is to be said. -EAGAIN: not now. */
static int carry_out(struct drain *d, const char *text, struct text *said)
{
    const char *rest;
    if (text[0] == '\0') /* whoever asked has given up */
        return 0;
    if (text_equal(text, "flush"))
        return write_all_out(d, said);
    if (text_equal(text, "on"))
        return d->outputs != 0 ? 0 : turn_on(d, said);
    if (text_equal(text, "off"))
        return turn_off(d, said);
    if ((rest = after(text, "set")) != NULL)
        return command_set(d, rest, said);
    if ((rest = after(text, "snapshot")) != NULL)
        return ctf_snapshot(d, rest, said);
    if ((rest = after(text, "start")) != NULL)
        return command_start(d, rest, said);
    text_add(said, "the program does not know this command: it is of another version");
    return -ENOSYS;
}

/* Of a thread of the program. */
static bool serve_request(struct drain *d)
{
    struct request *request = &d->s->request;
    struct text said = text_in(request->said, sizeof(request->said));
    request->status = carry_out(d, request->text, &said);
    return request->status != -EAGAIN;
}

/* ---- the control page ---- */

bool etch_command_read(const struct etch_control_blocks *blocks, uint64_t taken,
                       struct etch_control_half *to)
{
    const struct etch_control_command *command = &blocks->command;
    return etch_control_serial(&command->turn, command->half) != taken &&
           etch_control_half_read(&command->turn, command->half, to);
}

void etch_command_answer(struct etch_control_blocks *blocks, uint64_t serial, int status)
{
    blocks->command.status = status;
    __atomic_store_n(&blocks->command.answered, serial, __ATOMIC_RELEASE);
}

static bool serve_page(struct drain *d)
{
    struct etch_control_blocks *blocks = etch_control_blocks;
    if (blocks == NULL || !etch_command_read(blocks, d->s->command_taken, &d->sw->half))
        return true;
    struct text said = text_in(blocks->command.answer, sizeof(blocks->command.answer));
    __atomic_store_n(&blocks->command.begun, (uint32_t)d->sw->half.serial, __ATOMIC_RELEASE);
    int status = carry_out(d, d->sw->half.text, &said);
    if (status == -EAGAIN)
        return false;
    d->s->command_taken = d->sw->half.serial;
    drain_show(d);
    etch_command_answer(blocks, d->sw->half.serial, status);
    return true;
}

bool drain_command_waits(const struct drain *d)
{
    const struct etch_control_blocks *blocks = etch_control_blocks;
    return blocks != NULL &&
           etch_control_serial(&blocks->command.turn, blocks->command.half) != d->s->command_taken;
}

bool drain_commands(struct drain *d)
{
    uint32_t asked = __atomic_load_n(&d->s->command.asked, __ATOMIC_SEQ_CST);
    bool done = true;
    if (asked != d->s->command.done) {
        done = serve_request(d);
        if (done) {
            drain_show(d);
            drain_fulfil(&d->s->command, asked);
        }
    }
    return serve_page(d) && done;
}
