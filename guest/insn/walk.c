/* SPDX-License-Identifier: MIT
 *
 * walk.c: packets of frames → runs of paths, thread by thread, level replay made full.
 *
 * Reads:  records of the reader.
 * Writes: what it knows of the threads.
 * Never:  believes an id, a size or a count of the trace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"

bool run_access(const struct run *run, unsigned i, struct access *a)
{
    const struct frame_insn *fi = &run->path->insn[i];
    const struct insn_info *info = insn_info(&fi->insn);
    if (!(info->class & (INSN_LOAD | INSN_STORE)))
        return false;
    uint64_t base;
    bool amo = info->class & INSN_AMO;
    *a = (struct access){
        .size = info->size, .load = info->class & INSN_LOAD, .store = info->class & INSN_STORE};
    if (run_value(run, &fi->address, &a->address) && run_value(run, &fi->data, &a->loaded)) {
        a->known = true;
        a->stored = a->loaded;
        return true;
    }
    if (!run_value(run, &fi->in[0], &base) && fi->insn.rs1 != 0)
        return false;
    a->address = base + (amo ? 0 : (uint64_t)fi->insn.imm);
    uint64_t mask = info->size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * info->size) - 1;
    if (a->load) {
        a->known = run_value(run, &fi->out, &a->loaded);
        a->loaded &= mask;
    }
    if (a->store) {
        run_value(run, &fi->in[1], &a->stored);
        a->stored &= mask;
    }
    return true;
}

void run_apply(const struct run *run, unsigned i, struct registers *to)
{
    const struct frame_insn *fi = &run->path->insn[i];
    const struct frame_value *values[] = {&fi->in[0], &fi->in[1], &fi->in[2], &fi->out};
    for (unsigned k = 0; k < 4; k++) {
        uint64_t v;
        if (run_value(run, values[k], &v)) {
            to->v[values[k]->reg] = v;
            to->known |= UINT64_C(1) << values[k]->reg;
        } else if (k == 3 && fi->out.source != VALUE_NONE) {
            to->known &= ~(UINT64_C(1) << fi->out.reg);
        }
    }
    to->pc = fi->pc + fi->insn.length;
}

/* ---- threads ---- */

static struct thread *thread_of(struct walk *w, const struct etch_record *r)
{
    for (size_t i = w->n_threads; i-- > 0;)
        if (w->thread[i]->tid == r->tid && w->thread[i]->pid == r->pid)
            return w->thread[i];
    struct thread **more = realloc(w->thread, (w->n_threads + 1) * sizeof(*more));
    struct thread *t = calloc(1, sizeof(*t));
    if (more != NULL)
        w->thread = more;
    if (more == NULL || t == NULL) {
        free(t);
        return NULL;
    }
    t->pid = r->pid;
    t->tid = r->tid;
    t->cpu.reserved_address = UINT64_MAX;
    w->thread[w->n_threads++] = t;
    return t;
}

static struct dict *dict_of(struct walk *w, const struct frame_dict *from)
{
    for (size_t i = w->n_dicts; i-- > 0;)
        if (w->dict[i].from == from) {
            dict_images(&w->dict[i], w->symbols);
            return &w->dict[i];
        }
    struct dict *more = realloc(w->dict, (w->n_dicts + 1) * sizeof(*more));
    if (more == NULL)
        return NULL;
    w->dict = more;
    more[w->n_dicts] = (struct dict){.from = from};
    dict_images(&more[w->n_dicts], w->symbols);
    return &more[w->n_dicts++];
}

void walk_free(struct walk *w)
{
    for (size_t i = 0; i < w->n_dicts; i++)
        dict_free(&w->dict[i]);
    for (size_t i = 0; i < w->n_threads; i++)
        free(w->thread[i]);
    free(w->dict);
    free(w->thread);
    free(w->error);
}

/* Frames of a thread are missing: nothing is known of it. */
static void forget(struct walk *w, const struct etch_record *r)
{
    for (size_t i = 0; i < w->n_threads; i++)
        if (w->thread[i]->pid == r->pid && (r->tid == 0 || w->thread[i]->tid == r->tid)) {
            w->thread[i]->whole = w->thread[i]->in_call = false;
            w->thread[i]->now.known = 0;
        }
}

static void take_state(struct thread *t, const unsigned char *p)
{
    memcpy(&t->cpu.pc, p + 4, 8);
    memcpy(&t->cpu.x[1], p + 12, 31 * 8);
    memcpy(t->cpu.f, p + 12 + 31 * 8, sizeof(t->cpu.f));
    memcpy(&t->cpu.fflags, p + 12 + 63 * 8, 4);
    memcpy(&t->cpu.frm, p + 16 + 63 * 8, 4);
    memcpy(t->now.v, t->cpu.x, sizeof(t->cpu.x));
    memcpy(t->now.v + 32, t->cpu.f, sizeof(t->cpu.f));
    t->now.known = UINT64_MAX;
    t->now.pc = t->cpu.pc;
    t->now.frm = t->cpu.frm;
    t->whole = true;
}

/* ---- frames ---- */

/* An ecall of which it is now known that it came back, or that it did not. */
static bool end_call(struct walk *w, const struct insn_sink *sink, struct thread *t, bool came_back,
                     uint64_t result)
{
    uint64_t number = w->number++;
    t->in_call = false;
    bool more = sink->call == NULL || sink->call(sink->self, t, number, came_back, result);
    if (came_back) {
        t->cpu.x[10] = t->now.v[10] = result;
        t->now.known |= UINT64_C(1) << 10;
    }
    t->now.pc = t->call[0] + 4;
    return more;
}

/* How many instructions of a path were run: all, unless the next frame tells less. */
static unsigned count_of(const struct entry *e, const unsigned char *next, const unsigned char *end)
{
    uint32_t cut[2];
    if (end - next < FRAME_CUT_SIZE)
        return e->stored->count;
    memcpy(cut, next, sizeof(cut));
    return cut[0] == FRAME_CUT && cut[1] < e->stored->count ? cut[1] : e->stored->count;
}

static bool take_path(struct walk *w, const struct insn_sink *sink, struct thread *t,
                      struct entry *e, const unsigned char *p, const unsigned char *end)
{
    static unsigned char expanded[EXPANDED_SIZE];
    struct run run = {.thread = t,
                      .entry = e,
                      .path = e->full != NULL ? e->full : e->stored,
                      .frame = e->full != NULL ? p : NULL,
                      .count = count_of(e, p + e->size, end),
                      .first = w->number};
    if (w->track) {
        w->before = t->now;
        w->before.pc = run.path->insn[0].pc;
        run.before = &w->before;
    }
    if (e->full != NULL && e->full != e->stored) {
        run.frame = t->whole ? expanded : NULL;
        if (t->whole)
            replay_expand(t, e, p, run.count, expanded);
    }
    w->number += run.count;
    for (unsigned i = 0; w->track && i < run.count; i++)
        run_apply(&run, i, &t->now);
    t->now.frm = t->cpu.frm;
    return run.count == 0 || sink->run == NULL || sink->run(sink->self, &run);
}

static bool take_other(struct walk *w, const struct insn_sink *sink, struct thread *t, uint32_t id,
                       const unsigned char *p)
{
    uint64_t v;
    uint32_t number;
    memcpy(&v, p + 4, id == FRAME_CUT ? 4 : 8);
    switch (id) {
    case FRAME_STATE:
        take_state(t, p);
        return true;
    case FRAME_SYSCALL:
        memcpy(t->call, p + 4, sizeof(t->call));
        t->in_call = true;
        return true;
    case FRAME_RESULT:
        return !t->in_call || end_call(w, sink, t, true, v);
    case FRAME_SIGNAL:
        memcpy(&number, p + 12, sizeof(number));
        return sink->signal == NULL || sink->signal(sink->self, t, v, number);
    default:
        return true;
    }
}

static int refuse(struct walk *w, const struct etch_record *r, const char *what, uint64_t id)
{
    if (w->error == NULL && asprintf(&w->error, "process %u, thread %u: frame of entry %lu: %s",
                                     r->pid, r->tid, id, what) < 0)
        w->error = NULL;
    return -EINVAL;
}

/* 1: go on, 0: the sink has enough, -errno. */
static int take_packet(struct walk *w, const struct insn_sink *sink, const struct etch_record *r)
{
    const unsigned char *p = (const void *)(uintptr_t)r->value[0], *end = p + r->value[1];
    struct dict *dict = dict_of(w, (const void *)(uintptr_t)r->value[2]);
    struct thread *t = thread_of(w, r);
    uint32_t id = 0;
    if (t == NULL || dict == NULL)
        return -ENOMEM;
    w->bytes += r->value[1];
    for (; p < end; w->frames++) {
        memcpy(&id, p, end - p < 4 ? (size_t)(end - p) : 4);
        struct entry *e = end - p < 4 ? NULL : dict_find(dict, id);
        if (e == NULL || (uint64_t)(end - p) < e->size)
            return refuse(w, r, e == NULL ? "the dictionary has none of that kind" : "it is cut",
                          id);
        bool more = true;
        if (t->in_call && id != FRAME_RESULT)
            more = end_call(w, sink, t, false, 0);
        if (more)
            more = e->stored != NULL ? take_path(w, sink, t, e, p, end)
                                     : take_other(w, sink, t, id, p);
        if (!more)
            return 0;
        p += e->size;
    }
    return 1;
}

/* ---- the trace ---- */

/* Calls that never came back: those that ended their thread, or a kill. */
static void end_calls(struct walk *w, const struct insn_sink *sink)
{
    for (size_t i = 0; i < w->n_threads; i++)
        if (w->thread[i]->in_call)
            end_call(w, sink, w->thread[i], false, 0);
}

int walk_trace(struct walk *w, const char *const *paths, size_t n, const struct insn_sink *sink)
{
    const struct etch_read_options options = {.frames = true};
    static struct etch_record record;
    struct etch_reader *reader;
    int got, status = 0, more = 1;
    char *error;
    int opened = etch_reader_open(&reader, paths, n, &options, &w->error);
    if (opened < 0)
        return opened;
    while (more > 0 && (got = etch_reader_next(reader, &record, &error)) != 0) {
        if (got < 0) { /* told, and on behind it */
            if (!w->quiet)
                fprintf(stderr, "etch-insn: %s\n", error);
            free(error);
            status = 1;
        } else if (record.type == ETCH_RECORD_FRAMES) {
            more = take_packet(w, sink, &record);
        } else if (record.type == ETCH_RECORD_LOST) {
            forget(w, &record);
            more = sink->lost == NULL || sink->lost(sink->self, &record);
        }
    }
    if (more > 0)
        end_calls(w, sink);
    etch_reader_close(reader);
    return more < 0 ? more : status;
}
