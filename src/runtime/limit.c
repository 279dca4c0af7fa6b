/* SPDX-License-Identifier: MIT
 *
 * limit.c: "limit N/s": a bucket of N tokens an event, filled by N a second.
 * What it holds back is counted in the pool, where a kill leaves it, and told
 * in the trace by an event of our own: as soon as one gets through again, once a
 * second at most, and at exit.
 *
 * Reads:  CLOCK_MONOTONIC.
 * Writes: buckets, counts; the event etch_suppressed.
 * Never:  locks or allocates where an event fires.
 */
#include <inttypes.h>

#include "runtime/condition.h"
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/sys.h"
#include "runtime/write.h"

#define SECOND_NS UINT64_C(1000000000)

/* ---- the event that tells ---- */

static const struct {
    struct etch_note note;
    struct etch_note_event event;
    struct strings {
        char group[sizeof(ETCH_SUPPRESSED_GROUP)];
        char name[sizeof(ETCH_SUPPRESSED_NAME)];
        char args[sizeof(ETCH_SUPPRESSED_ARGS)];
        char format[sizeof(ETCH_SUPPRESSED_FORMAT)];
        char kinds[sizeof(ETCH_SUPPRESSED_KINDS)];
        char file[sizeof("libetch")];
    } text;
} note = {
    {.version = ETCH_NOTE_VERSION,
     .long_size = sizeof(long),
     .ptr_size = sizeof(void *),
     .char_signed = ETCH_CHAR_SIGNED,
     .n_events = 1,
     .text_size = sizeof(struct strings)},
    {.name = offsetof(struct strings, name),
     .args = offsetof(struct strings, args),
     .format = offsetof(struct strings, format),
     .kinds = offsetof(struct strings, kinds),
     .file = offsetof(struct strings, file)},
    {ETCH_SUPPRESSED_GROUP, ETCH_SUPPRESSED_NAME, ETCH_SUPPRESSED_ARGS, ETCH_SUPPRESSED_FORMAT,
     ETCH_SUPPRESSED_KINDS, "libetch"},
};

static struct group_entry group; /* of that event; without words: it is always on */
static bool registered;

void etch_limits_register(void)
{
    if (registered)
        return;
    registered = true;
    group.note = &note.note;
    group.n_events = 1;
    etch_group_add(&group);
}

/* Of an event's group, to the backends that it has. */
static void tell_lines(uint32_t backends, const char *event, uint64_t count, uint32_t limit,
                       uint64_t total)
{
#define LINE                                                                                       \
    ETCH_SUPPRESSED_NAME " %s: %" PRIu64 " over the limit of %" PRIu32 "/s, %" PRIu64 " in all\n", \
        event, count, limit, total
    if (backends & ETCH_BACKEND_LOG)
        etch_log(LINE);
    if (backends & ETCH_BACKEND_SYSLOG)
        etch_syslog(LINE);
    if (backends & ETCH_BACKEND_FTRACE)
        etch_ftrace(LINE);
#undef LINE
}

/* False: there was no room for it. */
static bool tell_ring(const char *event, uint64_t count, uint32_t limit, uint64_t total)
{
    const uint64_t values[] = {(uintptr_t)event, count, limit, total};
    return etch_event_store(group.first_id, group.note, 0, values, etch_frame());
}

static void tell(const char *event, uint32_t backends, struct etch_pool_limit *l)
{
    uint32_t limit = __atomic_load_n(&l->limit, __ATOMIC_RELAXED);
    uint64_t total = __atomic_load_n(&l->suppressed, __ATOMIC_RELAXED);
    uint64_t count = total - __atomic_load_n(&l->told, __ATOMIC_RELAXED);
    if (count == 0)
        return;
    tell_lines(backends, event, count, limit, total);
    if (!(backends & (ETCH_BACKEND_SIMPLE | ETCH_BACKEND_CTF)) ||
        tell_ring(event, count, limit, total))
        __atomic_store_n(&l->told, total, __ATOMIC_RELEASE);
}

/* ---- counting ---- */

/* Where there is no pool: the log alone. */
static struct etch_pool_limit private_limits[ETCH_POOL_LIMITS];

/* An event that is held back may be a process's first: its count, too, is there
 * after a kill. */
static struct session *hold_for(uint32_t backends)
{
    bool pool = backends & (ETCH_BACKEND_SIMPLE | ETCH_BACKEND_CTF);
    return pool ? etch_session_hold_begin() : etch_session_hold();
}

/* The count of an event, found by its id; the last one is of all that find no
 * place. NULL: there is none, and none is to be made. */
static struct etch_pool_limit *find(struct etch_pool_limit *limits, uint32_t id, bool make)
{
    struct etch_pool_limit *others = &limits[ETCH_POOL_LIMITS - 1];
    for (uint32_t i = 0; i < ETCH_POOL_LIMITS - 1; i++) {
        struct etch_pool_limit *l = &limits[(id + i) % (ETCH_POOL_LIMITS - 1)];
        uint32_t is = __atomic_load_n(&l->event, __ATOMIC_ACQUIRE);
        if (is == 0 && !make)
            return NULL;
        if (is == 0)
            __atomic_compare_exchange_n(&l->event, &is, id + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE);
        if (is == 0 || is == id + 1)
            return l;
    }
    if (make)
        __atomic_store_n(&others->event, ETCH_POOL_LIMIT_OTHERS, __ATOMIC_RELEASE);
    return make ? others : NULL;
}

/* ---- the bucket ---- */

bool etch_limit_take(struct limit *l, uint64_t now_ns)
{
    uint64_t token = SECOND_NS / l->per_second;
    uint64_t full = __atomic_load_n(&l->full_ns, __ATOMIC_RELAXED);
    for (;;) {
        uint64_t from = full > now_ns ? full : now_ns;
        if (from - now_ns > (l->per_second - 1) * token)
            return false;
        if (__atomic_compare_exchange_n(&l->full_ns, &full, from + token, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return true;
    }
}

/* By libc, which need not call the kernel for it. */
static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static bool pass(struct limit *l, const struct etch_group *of, uint32_t index,
                 struct etch_pool_limit *limits)
{
    uint64_t now = now_ns();
    bool passes = etch_limit_take(l, now);
    struct etch_pool_limit *count = find(limits, of->first_id + index, !passes);
    if (!passes) {
        __atomic_store_n(&count->limit, l->per_second, __ATOMIC_RELAXED);
        __atomic_store_n(&count->last_ns, now, __ATOMIC_RELAXED);
        __atomic_add_fetch(&count->suppressed, 1, __ATOMIC_RELEASE);
        return false;
    }
    uint64_t last = count == NULL ? now : __atomic_load_n(&count->told_ns, __ATOMIC_RELAXED);
    if (now - last >= SECOND_NS &&
        __atomic_load_n(&count->suppressed, __ATOMIC_RELAXED) !=
            __atomic_load_n(&count->told, __ATOMIC_RELAXED) &&
        __atomic_compare_exchange_n(&count->told_ns, &last, now, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
        tell(etch_note_text(of->note) + etch_note_events(of->note)[index].name, of->backends,
             count);
    return true;
}

bool etch_limit_passes(struct limit *l, const struct etch_group *of, uint32_t index)
{
    struct session *s = hold_for(of->backends);
    bool passes = pass(l, of, index, s == NULL ? private_limits : pool_limits(s->pool));
    if (s != NULL)
        etch_session_drop(s);
    return passes;
}

struct limit *etch_limit_new(uint32_t per_second)
{
    struct limit *l = etch_arena(sizeof(*l));
    if (l != NULL)
        l->per_second = per_second;
    return l;
}

/* ---- the end ---- */

/* Of the events of a group, or (NULL) of all that are left. */
static void tell_rest(struct etch_pool_limit *limits, const struct group_entry *only,
                      uint32_t backends)
{
    for (uint32_t i = 0; i < ETCH_POOL_LIMITS; i++) {
        uint32_t id = __atomic_load_n(&limits[i].event, __ATOMIC_ACQUIRE) - 1;
        const struct group_entry *g = only == NULL ? etch_groups : only;
        while (g != NULL && id - g->first_id >= g->n_events)
            g = only == NULL ? g->next : NULL;
        if (g != NULL || only == NULL)
            tell(g == NULL ? ETCH_SUPPRESSED_OTHERS : group_event_name(g, id - g->first_id),
                 backends, &limits[i]);
    }
}

void etch_limits_end(const struct group_entry *g)
{
    uint32_t backends = g == NULL ? ETCH_BACKEND_LOG : g->group->backends;
    if (!registered)
        return;
    tell_rest(private_limits, g, backends);
    struct session *s = etch_session_hold();
    if (s == NULL)
        return;
    if (s->pid == (uint32_t)sys_getpid())
        tell_rest(pool_limits(s->pool), g, g == NULL ? ETCH_BACKEND_SIMPLE : backends);
    etch_session_drop(s);
}

void etch_limits_fork(void)
{
    for (uint32_t i = 0; registered && i < ETCH_POOL_LIMITS; i++)
        private_limits[i] = (struct etch_pool_limit){0};
}
