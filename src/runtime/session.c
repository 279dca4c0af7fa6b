/* SPDX-License-Identifier: MIT
 *
 * session.c: the recording of a process from its first event to its exit. The
 * session lies in memory that the kernel wipes in a forked child
 * (MADV_WIPEONFORK), who thereby starts afresh without an instruction added to
 * any event.
 *
 * Reads:  the settings.
 * Writes: the session; starts the drain.
 * Never:  allocates with malloc: the first event may be malloc's own.
 */
#include <limits.h>
#include <linux/kcmp.h>

#include "format/text.h"
#include "runtime/attached.h"
#include "runtime/control.h"
#include "runtime/ctf_metadata.h"
#include "runtime/meta.h"
#include "runtime/outputs.h"
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/thread.h"
#include "runtime/trace_file.h"
#include "runtime/write.h"

/* The pointer survives a fork; what it points to is wiped, so that `fresh` tells
 * a child that the memory, and every cursor in it, was its parent's. */
static struct session *the_session;

uint64_t etch_session_missed;

/* Memory for a session. A forked child takes new memory: a thread's pointer to
 * its parent's cursor must never meet a cursor that is in use again. */
static struct session *session_memory(void)
{
    struct session *s = __atomic_load_n(&the_session, __ATOMIC_ACQUIRE);
    if (ETCH_LIKELY(s != NULL && s->fresh != 0))
        return s;
    struct session *old = s;
    s = sys_mmap_anonymous(sizeof(*s));
    if (s == NULL)
        return NULL;
    s->fresh = 1;
    sys_madvise(s, sizeof(*s), MADV_WIPEONFORK);
    if (!__atomic_compare_exchange_n(&the_session, &old, s, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        sys_munmap(s, sizeof(*s));
        return old;
    }
    return s;
}

struct session *etch_session_peek(void)
{
    struct session *s = __atomic_load_n(&the_session, __ATOMIC_ACQUIRE);
    return s != NULL && s->fresh != 0 &&
                   __atomic_load_n(&s->state, __ATOMIC_ACQUIRE) == SESSION_READY
               ? s
               : NULL;
}

struct session *etch_session_any(void)
{
    struct session *s = __atomic_load_n(&the_session, __ATOMIC_ACQUIRE);
    return s != NULL && s->fresh != 0 && s->pool != NULL ? s : NULL;
}

void etch_session_forget(void)
{
    struct session *s = the_session;
    if (s == NULL)
        return;
    /* An event that the fork interrupted may still be stored: into nothing. */
    if (s->pool != NULL)
        sys_mmap(s->pool, s->pool_size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    the_session = NULL;
    etch_session_missed = 0;
    etch_thread_cursor = &etch_cursor_none;
}

static void close_files(struct session *s)
{
    int fds[] = {s->pool_fd, s->trace_fd, s->meta_fd, s->ctf_fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            sys_close(fds[i]);
}

/* Of a session that cannot begin. */
static void remove_files(struct session *s)
{
    if (s->pool_path[0] != '\0')
        sys_unlinkat(AT_FDCWD, s->pool_path);
    if (s->pool->meta_path[0] != '\0')
        sys_unlinkat(AT_FDCWD, s->pool->meta_path);
    etch_control_pool("");
    close_files(s);
}

/* What was said of the trace by the control page before there was a drain that
 * could. */
static void take_command(struct session *s)
{
    struct etch_control_blocks *blocks = etch_control_blocks;
    struct etch_control_half *half = blocks == NULL ? NULL : sys_mmap_anonymous(sizeof(*half));
    if (half == NULL)
        return;
    s->command_taken = blocks->command.answered;
    if (etch_command_read(blocks, s->command_taken, half) && etch_settings_start(half->text) == 0) {
        s->command_taken = half->serial;
        etch_command_answer(blocks, half->serial, 0);
    }
    sys_munmap(half, sizeof(*half));
}

/* A child that was forked past libc, by clone(2) itself or _Fork(3), still
 * shares its parent's. */
static void own_control_page(void)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    etch_control_fork();
    etch_control_open();
    etch_registry_unlock(signals);
}

/* A vforked child runs in its parent's memory: a drain started here would end
 * with the child's exec, and the parent's events with it. */
static bool memory_is_borrowed(void)
{
    return sys6(SYS_kcmp, sys_getpid(), sys_getppid(), KCMP_VM, 0, 0, 0) == 0;
}

/* As `trace-file` said before there was a recording. */
static int open_as_told(struct session *s)
{
    struct trace_files *files = sys_mmap_anonymous(sizeof(*files));
    char line[ETCH_CONTROL_TEXT];
    struct text said = text_in(line, sizeof(line));
    sys_sigset signals;
    int r = files == NULL ? -ENOMEM : 0;
    if (etch_settings.set[0] != '\0')
        etch_names_set(s, etch_settings.set);
    else
        etch_names_default(s);
    if (r == 0 && !etch_settings.off) {
        etch_registry_lock(&signals);
        r = etch_outputs_open(s, files, &said);
        s->ctf = files->ctf;
        etch_registry_unlock(signals);
    }
    if (said.used != 0)
        etch_say("trace-file", line, NULL);
    if (r == 0) {
        const struct trace_names *names = &s->names;
        struct text path = text_in(s->pool->trace_path, sizeof(s->pool->trace_path));
        if (s->kinds & ETCH_OUT_SIMPLE)
            text_add(&path, etch_settings.off ? names->simple : files->trace_path);
        path = text_in(s->pool->ctf_path, sizeof(s->pool->ctf_path));
        if (s->kinds & ETCH_OUT_CTF)
            text_add(&path, etch_settings.off ? names->ctf : files->ctf_path);
        if (etch_settings.off && names->ctf_suffix && (s->kinds & ETCH_OUT_CTF))
            text_add(&path, ".ctf");
        s->pool->outputs = etch_settings.off ? 0 : s->kinds;
        s->ctf.closed = etch_settings.off;
        if (!etch_settings.off) {
            s->trace_fd = files->trace_fd;
            s->ctf_fd = files->ctf_fd;
        }
    }
    if (files != NULL)
        sys_munmap(files, sizeof(*files));
    return r;
}

/* What the groups of the program were generated for: every output that can be
 * opened gets all events; if there is none, those that will be made later. 0 or
 * -errno of the first. */
static int open_outputs(struct session *s)
{
    bool simple = etch_backends_have(ETCH_BACKEND_SIMPLE);
    bool ctf = etch_backends_have(ETCH_BACKEND_CTF) || !simple;
    s->trace_fd = s->ctf_fd = -1;
    s->kinds = (simple ? ETCH_OUT_SIMPLE : 0) | (ctf ? ETCH_OUT_CTF : 0);
    if (etch_settings.set[0] != '\0' || etch_settings.off)
        return open_as_told(s);
    int r = simple ? etch_trace_open(s) : 0;
    if (r == 0 && ctf)
        r = etch_ctf_open(s);
    etch_names_of_paths(s);
    bool opened = s->trace_fd >= 0 || s->ctf_fd >= 0;
    if (opened ? s->trace_fd >= 0 : s->pool->trace_path[0] != '\0')
        s->pool->outputs |= ETCH_OUT_SIMPLE;
    if (opened ? s->ctf_fd >= 0 : s->pool->ctf_path[0] != '\0')
        s->pool->outputs |= ETCH_OUT_CTF;
    return opened ? 0 : r;
}

/* What threads stored in a pool that is gone comes before what lies in its place: the
 * drain has seen to that, but the thread sanitizer does not see the drain. */
static void session_follow(const struct session *s)
{
    (void)__atomic_load_n(&s->users, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < s->slots_were; i++)
        (void)__atomic_load_n(&s->cursors[i].busy, __ATOMIC_ACQUIRE);
}

/* Everything but the memory, as the settings say. */
static int start_as_set(struct session *s)
{
    session_follow(s);
    s->policy_wanted = etch_settings.policy;
    s->pool_fd = s->trace_fd = s->meta_fd = s->ctf_fd = -1;
    int r = etch_pool_create(s);
    if (r == 0)
        r = etch_slots_resume(s);
    if (r < 0) {
        etch_say("no memory for events", "events are lost", etch_reason(r));
        if (s->pool != NULL)
            remove_files(s);
        etch_recording_state(s, ETCH_RECORDING_FAILED);
        return r;
    }
    etch_control_pool(s->pool_path);
    r = etch_meta_create(s);
    if (r < 0)
        etch_say("cannot write the trace's side file", NULL, etch_reason(r));
    r = open_outputs(s);
    if (r < 0 && s->pool->outputs == 0) {
        remove_files(s);
        etch_recording_state(s, ETCH_RECORDING_FAILED);
        return r;
    }
    if (r == 0) {
        r = etch_thread_start(etch_drain_main, s, &s->drain_tid, &s->drain_memory);
        if (r < 0)
            etch_say("cannot start the thread that writes the trace", NULL, etch_reason(r));
    }
    etch_recording_state(s, r < 0 ? ETCH_RECORDING_FAILED : ETCH_RECORDING_RUNNING);
    if (r < 0) {
        close_files(s);
        return 0; /* the pool still takes what fits, and a reader finds it */
    }
    /* Until the drain has files of its own: ours are closed here. */
    while (__atomic_load_n(&s->pool->drain_state, __ATOMIC_ACQUIRE) == ETCH_DRAIN_NONE)
        sys_futex_wait(&s->pool->drain_state, ETCH_DRAIN_NONE, NULL);
    if (!s->shared_files)
        close_files(s);
    return 0;
}

/* Called with signals blocked. 0 or -errno; -EBUSY: not now; -ECANCELED: nobody
 * wants it any more. */
static int session_start(struct session *s)
{
    if (memory_is_borrowed())
        return -EBUSY;
    s->pid = (uint32_t)sys_getpid();
    etch_settings_load();
    own_control_page();
    if (!etch_attached_begin())
        return -ECANCELED;
    if (!etch_attached())
        take_command(s);
    int r = start_as_set(s);
    if (r == 0 || !etch_attached())
        return r;
    etch_session_unmap(s);
    etch_attached_failed(r);
    return -ECANCELED;
}

/* An event without a session is lost, and counted. */
static struct session *missed(void)
{
    __atomic_add_fetch(&etch_session_missed, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* Those that no trace tells of. */
static void say_missed(void)
{
    char line[64];
    struct text t = text_in(line, sizeof(line));
    uint64_t n = __atomic_load_n(&etch_session_missed, __ATOMIC_RELAXED);
    if (n == 0)
        return;
    text_u64(&t, n);
    text_add(&t, n == 1 ? " event is lost" : " events are lost");
    etch_say(line, NULL, NULL);
}

/* Waits for who makes or ends the session; the state that it has then. */
static uint32_t settled_state(struct session *s)
{
    uint32_t state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
    while (state == SESSION_CREATING || state == SESSION_CLOSING) {
        sys_futex_wait(&s->state, state, NULL);
        state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
    }
    return state;
}

static int session_try(struct session *s)
{
    uint32_t state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
    if (ETCH_LIKELY(state == SESSION_READY))
        return 0;
    if (state == SESSION_ENDED)
        return -ESHUTDOWN;
    /* A signal handler of this thread must not find the session half made. */
    sys_sigset signals = sys_block_signals();
    int r = 0;
    do {
        state = SESSION_NONE;
        if (!__atomic_compare_exchange_n(&s->state, &state, SESSION_CREATING, false,
                                         __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        r = session_start(s);
        state = r == -EBUSY || r == -ECANCELED ? SESSION_NONE
                : r < 0                        ? SESSION_ENDED
                                               : SESSION_READY;
        __atomic_store_n(&s->state, state, __ATOMIC_RELEASE);
        sys_futex_wake(&s->state, INT_MAX);
        break;
    } while ((state = settled_state(s)) == SESSION_NONE);
    sys_restore_signals(signals);
    return state == SESSION_READY ? 0 : r < 0 ? r : -ESHUTDOWN;
}

struct session *etch_session_begin(void)
{
    struct session *s = session_memory();
    return s != NULL && session_try(s) == 0 ? s : NULL;
}

struct session *etch_session_get(void)
{
    struct session *s = session_memory();
    int r = s == NULL ? -ENOMEM : session_try(s);
    if (ETCH_LIKELY(r == 0))
        return s;
    return r == -ECANCELED ? NULL : missed();
}

/* False: its pool is about to go. */
static bool session_use(struct session *s)
{
    __atomic_add_fetch(&s->users, 1, __ATOMIC_SEQ_CST);
    if (etch_session_is_ready(s))
        return true;
    etch_session_drop(s);
    return false;
}

struct session *etch_session_hold(void)
{
    struct session *s = etch_session_peek();
    return s != NULL && session_use(s) ? s : NULL;
}

struct session *etch_session_hold_begin(void)
{
    struct session *s = etch_session_begin();
    while (s != NULL && !session_use(s))
        s = etch_session_begin();
    return s;
}

struct session *etch_session_hold_new(void)
{
    struct session *s = etch_session_get();
    while (s != NULL && !session_use(s))
        s = etch_session_get();
    return s;
}

void etch_session_drop(struct session *s)
{
    __atomic_sub_fetch(&s->users, 1, __ATOMIC_RELEASE);
}

/* Counts a wish, and waits until the drain has fulfilled it. */
static int wish_for(struct session *s, struct wish *wish)
{
    if (s->drain_tid == 0)
        return -ESRCH;
    uint32_t want = __atomic_add_fetch(&wish->asked, 1, __ATOMIC_SEQ_CST);
    uint64_t deadline = sys_clock_ns(CLOCK_MONOTONIC) + 10000000000u;
    for (;;) {
        uint32_t done = __atomic_load_n(&wish->done, __ATOMIC_ACQUIRE);
        if ((int32_t)(done - want) >= 0)
            return 0;
        if (__atomic_load_n(&s->drain_tid, __ATOMIC_ACQUIRE) == 0)
            return -ESRCH;
        if (sys_clock_ns(CLOCK_MONOTONIC) > deadline)
            return -ETIMEDOUT;
        etch_drain_wake(s->pool);
        struct timespec tick = {0, 20000000};
        sys_futex_wait(&wish->done, done, &tick);
    }
}

static int ask_drain(struct session *s, struct wish *wish)
{
    if (s == NULL || !session_use(s))
        return -ESRCH;
    int r = wish_for(s, wish);
    etch_session_drop(s);
    return r;
}

int etch_session_flush(struct session *s)
{
    return ask_drain(s, &s->flush);
}

int etch_session_turn(struct session *s)
{
    return ask_drain(s, &s->turn);
}

int etch_session_command(struct session *s, const char *text, struct text *said)
{
    if (s == NULL)
        return -ESRCH;
    uint32_t *lock = &s->requests, free = 0;
    if (!__atomic_compare_exchange_n(lock, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0)
            sys_futex_wait(lock, 2, NULL);
    /* One that was given up may still be carried out. */
    int r = -ETIMEDOUT;
    if (s->command.asked == __atomic_load_n(&s->command.done, __ATOMIC_ACQUIRE)) {
        struct text t = text_in(s->request.text, sizeof(s->request.text));
        text_add(&t, text);
        r = t.cut ? -ENAMETOOLONG : ask_drain(s, &s->command);
    }
    if (r == 0) {
        r = s->request.status;
        text_add(said, s->request.said);
    }
    if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2)
        sys_futex_wake(lock, 1);
    return r;
}

void etch_session_policy(struct session *s, uint32_t policy)
{
    uint32_t *now = &s->pool->policy, old;
    uint64_t deadline = sys_clock_ns(CLOCK_MONOTONIC) + 1000000000u;
    __atomic_store_n(&s->policy_wanted, policy, __ATOMIC_RELEASE);
    /* The drain changes it between two rounds; whoever asked may rely on it. */
    while ((old = __atomic_load_n(now, __ATOMIC_ACQUIRE)) != policy) {
        if (__atomic_load_n(&s->drain_tid, __ATOMIC_ACQUIRE) == 0)
            __atomic_store_n(now, policy, __ATOMIC_RELEASE);
        else if (sys_clock_ns(CLOCK_MONOTONIC) > deadline)
            return;
        etch_drain_wake(s->pool);
        struct timespec tick = {0, 1000000};
        sys_futex_wait(now, old, &tick);
    }
}

void etch_session_end(void)
{
    struct session *s = etch_session_peek();
    if (s == NULL)
        say_missed();
    if (s == NULL || s->pid != (uint32_t)sys_getpid())
        return;
    __atomic_store_n(&s->exiting, 1, __ATOMIC_SEQ_CST);
    /* Under `etch record` the drain runs on to the very end and record takes
     * what is left: frees of the last destructors are not lost. */
    if (etch_settings.dir[0] != '\0') {
        etch_session_flush(s);
        return;
    }
    __atomic_store_n(&s->stop, 1, __ATOMIC_SEQ_CST);
    uint32_t tid;
    while ((tid = __atomic_load_n(&s->drain_tid, __ATOMIC_ACQUIRE)) != 0) {
        etch_drain_wake(s->pool);
        struct timespec tick = {0, 20000000};
        sys_futex_wait(&s->drain_tid, tid, &tick);
    }
    __atomic_store_n(&s->state, SESSION_ENDED, __ATOMIC_RELEASE);
}
