/* SPDX-License-Identifier: MIT
 *
 * in_simple.c: events of a simple file.
 *
 * Reads:  records and mapping records, one after the other.
 * Writes: nothing.
 * Never:  stops at damage: it is reported once and what is behind it is read.
 */
#include "read/in_simple.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/simple.h"

#define RECORD_SIZE   sizeof(struct etch_simple_record)
#define RECORD_0_SIZE 64u
/* More ids without a mapping than this are damage, not events. */
#define UNMAPPED_MAX 4096u

int simple_map(struct simple *s, uint64_t id, const char *name, size_t size)
{
    char *text = strndup(name, size);
    if (text == NULL)
        return -ENOMEM;
    const struct etch_decl *decl = NULL;
    if (s->config.by_id != NULL)
        decl = s->config.by_id(s->config.by_id_arg, id, text);
    if (decl == NULL)
        decl = declared_find(s->config.declared, text);
    /* What was mapped may hold more than the name. */
    struct plan *plan = decl == NULL ? plan_new(id, text, size, NULL)
                                     : plan_new(id, decl->name, strlen(decl->name), decl);
    free(text);
    if (plan == NULL)
        return -ENOMEM;
    /* Where nothing was declared at all, raw values are what is expected. */
    plan->told = s->config.by_id == NULL && s->config.declared->list.n == 0;
    return plan_table_put(&s->plans, plan);
}

/* The end of what is there, with `have` bytes of a record that is not whole. */
static int at_end(struct simple *s, size_t have)
{
    if (s->in.error < 0) {
        s->over = true;
        return fault_system(s->source.fault, s->in.error, s->in.path, "cannot read");
    }
    if (s->config.growing)
        return -EAGAIN;
    if (have == 0)
        return 0;
    return simple_resync(s, ETCH_FAULT_RECORD_CUT, "the record is cut by the end of the file");
}

/* A mapping record; the type word was seen. 1, or as at_end(). */
static int scan_mapping(struct simple *s)
{
    size_t have = input_need(&s->in, 20);
    if (have < 20)
        return at_end(s, have);
    const unsigned char *p = s->in.data + s->in.begin;
    uint64_t id = plan_u64(p + 8, s->swap);
    uint32_t length = plan_u32(p + 16, s->swap);
    if (length == 0 || length > SIMPLE_NAME_MAX)
        return simple_resync(s, ETCH_FAULT_DAMAGED, "a name of this length is no event's");
    have = input_need(&s->in, 20 + (size_t)length);
    if (have < 20 + (size_t)length)
        return at_end(s, have);
    p = s->in.data + s->in.begin;
    if (memchr(p + 20, 0, length) != NULL)
        return simple_resync(s, ETCH_FAULT_DAMAGED, "the name of an event holds a NUL");
    if (simple_map(s, id, (const char *)p + 20, length) < 0)
        return fault_system(s->source.fault, -ENOMEM, s->in.path, "cannot map an event");
    s->in.begin += 20 + (size_t)length;
    return 1;
}

/* An event whose id has no mapping gets a plan and a message of its own. */
static struct plan *unmapped(struct simple *s, uint64_t id)
{
    char name[32];
    snprintf(name, sizeof(name), "id_%" PRIu64, id);
    struct plan *plan = plan_new(id, name, sizeof(name), NULL);
    if (plan == NULL || plan_table_put(&s->plans, plan) < 0)
        return NULL;
    plan->unmapped = true;
    s->unmapped++;
    return plan;
}

/* Whether the length of a record contradicts what is known of its event. */
static inline bool fits(const struct plan *plan, uint32_t length)
{
    return plan != NULL && plan->decl != NULL && plan->numbers &&
           plan->size == length - RECORD_SIZE;
}

/* An event record of formats 2 to 4, `head` bytes behind the current place. */
static int scan_record(struct simple *s, size_t head, struct simple_event *event)
{
    size_t have = input_need(&s->in, head + RECORD_SIZE);
    if (have < head + RECORD_SIZE)
        return at_end(s, have);
    const unsigned char *p = s->in.data + s->in.begin + head;
    uint64_t id = plan_u64(p, s->swap);
    uint32_t length = plan_u32(p + 16, s->swap);
    event->time = plan_u64(p + 8, s->swap);
    event->pid = s->version == 2 ? 0 : plan_u32(p + 20, s->swap);
    if (length < RECORD_SIZE || length > SIMPLE_RECORD_MAX)
        return simple_resync(s, ETCH_FAULT_LENGTH, "no record has this length");
    have = input_need(&s->in, head + length);
    if (have < head + length)
        return at_end(s, have);
    struct plan *plan = NULL;
    if (id == ETCH_SIMPLE_DROPPED) {
        if (length != RECORD_SIZE + 8)
            return simple_resync(s, ETCH_FAULT_LENGTH, "no dropped record has this length");
    } else {
        plan = plan_table_get(&s->plans, id);
        if (!fits(plan, length) && !simple_plausible(s, head + length, false))
            return simple_resync(s, ETCH_FAULT_DAMAGED, "the record is damaged");
        if (plan == NULL && s->unmapped < UNMAPPED_MAX)
            plan = unmapped(s, id);
        if (plan == NULL)
            return simple_resync(s, ETCH_FAULT_UNMAPPED, "the id of the event has no name");
    }
    event->plan = plan;
    event->size = length - (uint32_t)RECORD_SIZE;
    event->payload = input_offset(&s->in) + head + RECORD_SIZE;
    s->in.begin += head + length;
    return 1;
}

/* A record of format 0: id, time and six words. */
static int scan_0(struct simple *s, struct simple_event *event)
{
    size_t have = input_need(&s->in, RECORD_0_SIZE);
    if (have < RECORD_0_SIZE)
        return at_end(s, have);
    const unsigned char *p = s->in.data + s->in.begin;
    uint64_t id = plan_u64(p, s->swap);
    event->time = plan_u64(p + 8, s->swap);
    event->pid = 0;
    event->plan = NULL;
    if (id != ETCH_SIMPLE_DROPPED) {
        event->plan = plan_table_get(&s->plans, id);
        if (event->plan == NULL && s->unmapped < UNMAPPED_MAX)
            event->plan = unmapped(s, id);
        if (event->plan == NULL) {
            int error = simple_fault(s, ETCH_FAULT_UNMAPPED, id, NULL,
                                     "no event with the number %" PRIu64 " is declared", id);
            s->in.begin += RECORD_0_SIZE;
            return error;
        }
    }
    event->size = event->plan != NULL && event->plan->decl != NULL ? event->plan->size : 48;
    event->payload = input_offset(&s->in) + 16;
    s->in.begin += RECORD_0_SIZE;
    return 1;
}

int simple_scan(struct simple *s, struct simple_event *event)
{
    if (s->over)
        return 0;
    if (s->version == 0)
        return scan_0(s, event);
    if (s->version != 4)
        return scan_record(s, 0, event);
    for (;;) {
        size_t have = input_need(&s->in, 8);
        if (have < 8)
            return at_end(s, have);
        uint64_t type = plan_u64(s->in.data + s->in.begin, s->swap);
        if (type == ETCH_SIMPLE_EVENT)
            return scan_record(s, 8, event);
        if (type != ETCH_SIMPLE_MAPPING)
            return simple_resync(s, ETCH_FAULT_DAMAGED, "neither an event nor a mapping");
        int found = scan_mapping(s);
        if (found != 1)
            return found;
    }
}

/* Says once what keeps an event from being shown as declared. */
static int tell(struct simple *s, const struct simple_event *event, enum etch_fault_kind kind)
{
    struct plan *plan = event->plan;
    struct etch_read_fault what = {.kind = kind,
                                   .path = s->in.path,
                                   .offset = event->payload,
                                   .number = plan->id,
                                   .name = plan->name};
    plan->told = true;
    s->again = true;
    s->repeat = *event;
    if (kind == ETCH_FAULT_UNMAPPED)
        return fault_set(s->source.fault, -EINVAL, &what,
                         "id %" PRIu64 " has no name in the trace; shown as %s, values raw",
                         plan->id, plan->name);
    if (kind == ETCH_FAULT_UNDECLARED)
        return fault_set(s->source.fault, -EINVAL, &what,
                         "event '%s' is not declared in what was given; its values are shown raw",
                         plan->name);
    return fault_set(s->source.fault, -EINVAL, &what,
                     "%u bytes of arguments of event '%s' do not fit its declaration (%s:%u): the "
                     "trace was written by another build; give that build's events file or "
                     "executable. Its values are shown raw",
                     event->size, plan->name, plan->decl->file, plan->decl->line);
}

int simple_decode(struct simple *s, const struct simple_event *event, struct etch_record *record)
{
    struct plan *plan = event->plan;
    const unsigned char *payload = input_at(&s->in, event->payload);
    record->type = ETCH_RECORD_EVENT;
    record->time_ns = event->time;
    record->pid = event->pid;
    record->tid = 0;
    record->lost = 0;
    if (plan == NULL) {
        record->type = ETCH_RECORD_LOST;
        record->lost = plan_u64(payload, s->swap);
        record->why = (struct etch_lost){.reason = ETCH_LOST_DROPPED};
        record->name = NULL;
        record->decl = NULL;
        record->n_values = 0;
        return 1;
    }
    record->name = plan->name;
    if (plan->decl != NULL && !plan->misfit) {
        if (plan_decode(plan, payload, event->size, s->swap, record))
            return 1;
        plan->misfit = true;
        return tell(s, event, ETCH_FAULT_MISMATCH);
    }
    if (!plan->told)
        return tell(s, event, plan->unmapped ? ETCH_FAULT_UNMAPPED : ETCH_FAULT_UNDECLARED);
    plan_decode_raw(payload, event->size, s->swap, record);
    return 1;
}

static int simple_next(struct source *source, struct etch_record *record)
{
    struct simple *s = (struct simple *)source;
    if (s->config.options->simpletrace != ETCH_SIMPLETRACE_NO)
        return simple_next_simpletrace(s, record);
    if (!s->started) {
        /* Of a process that was followed, and wrote nothing. */
        if (s->headless || (!s->config.growing && input_need(&s->in, 1) == 0))
            return 0;
        int error = simple_header(s);
        s->headless = error < 0 && error != -EAGAIN;
        if (error < 0)
            return error;
    }
    if (s->again) {
        s->again = false;
        return simple_decode(s, &s->repeat, record);
    }
    if (s->window != NULL)
        return simple_next_ordered(s, record);
    struct simple_event event;
    int found = simple_scan(s, &event);
    return found == 1 ? simple_decode(s, &event, record) : found;
}

static void simple_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
    const struct simple *s = (const struct simple *)source;
    *done = input_offset(&s->in);
    *all = s->in.size < s->in.limit ? s->in.size : s->in.limit;
}

static void simple_close(struct source *source)
{
    struct simple *s = (struct simple *)source;
    input_close(&s->in);
    plan_table_free(&s->plans);
    window_free(s->window);
    free(s);
}

static const struct source_ops simple_ops = {simple_next, simple_progress, simple_close};

int simple_open(struct source **source, const char *path, const struct simple_config *config,
                struct fault *fault)
{
    struct simple *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return fault_system(fault, -ENOMEM, path, "cannot open");
    s->source = (struct source){&simple_ops, fault};
    s->config = *config;
    int error = input_open(&s->in, path);
    if (error < 0) {
        free(s);
        return fault_system(fault, error, path, "cannot open the trace");
    }
    s->in.limit = config->limit;
    bool rules = config->options->simpletrace != ETCH_SIMPLETRACE_NO;
    if (!rules && !config->options->unordered) {
        s->window = window_new();
        if (s->window == NULL)
            error = fault_system(fault, -ENOMEM, path, "cannot open");
    }
    /* simpletrace's users get the header's faults with the first event. */
    if (error == 0 && !rules)
        error = simple_header(s);
    if (error == -EAGAIN)
        error = 0;
    if (error < 0)
        simple_close(&s->source);
    else
        *source = &s->source;
    return error;
}
