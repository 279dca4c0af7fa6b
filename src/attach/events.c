/* SPDX-License-Identifier: MIT
 *
 * events.c: an open program: its enable words, and what it records; see attach.h.
 *
 * Reads:  the page.
 * Writes: enable words, only those that are asked for: what others switch
 *         meanwhile stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attach/names.h"
#include "attach/page.h"
#include "attach/proc.h"
#include "format/control_cpus.h"
#include "read/read_at.h"

int attach_fail(char **error, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vasprintf(error, format, args) < 0)
        *error = NULL;
    va_end(args);
    return code;
}

/* ---- finding one ---- */

struct wanted {
    const char *name;
    pid_t pid; /* or 0 */
    struct attach_process found;
    unsigned n;
    char pids[128];
};

static bool is_called(const struct attach_process *p, const char *name)
{
    char path[64], exe[4096];
    if (strcmp(p->command, name) == 0)
        return true;
    snprintf(path, sizeof(path), "/proc/%d/exe", p->pid);
    ssize_t n = readlink(path, exe, sizeof(exe) - 1);
    exe[n < 0 ? 0 : n] = '\0';
    const char *slash = strrchr(exe, '/');
    return slash != NULL && strcmp(slash + 1, name) == 0;
}

static int match(void *arg, const struct attach_process *p)
{
    struct wanted *w = arg;
    if (w->pid != 0 ? p->pid != w->pid : !is_called(p, w->name))
        return 0;
    size_t used = strlen(w->pids);
    snprintf(w->pids + used, sizeof(w->pids) - used, "%s%d", w->n ? ", " : "", p->pid);
    w->found = *p;
    w->n++;
    return 0;
}

static int find(struct wanted *w, char **error)
{
    int code = attach_each(w->pid, match, w);
    if (code < 0)
        return attach_fail(error, code, "%s", strerror(-code));
    if (w->n > 1)
        return attach_fail(error, -EEXIST, "several programs are called %s: %s; give one's number",
                           w->name, w->pids);
    if (w->n == 1 && w->found.version != ETCH_CONTROL_VERSION)
        return attach_fail(error, -EPROTO, "process %d (%s) " ATTACH_OTHER_VERSION, w->found.pid,
                           w->found.command, w->found.version, ETCH_CONTROL_VERSION);
    if (w->n == 1)
        return 0;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d", w->pid);
    if (w->pid != 0 && access(path, F_OK) < 0)
        return attach_fail(error, -ESRCH, "there is no process %d", w->pid);
    struct stat st;
    if (w->pid != 0 && geteuid() != 0 && stat(path, &st) == 0 && st.st_uid != geteuid())
        return attach_fail(error, -ENOENT,
                           "process %d cannot be attached to: it belongs to another user", w->pid);
    return attach_fail(error, -ENOENT,
                       w->pid != 0
                           ? "process %s cannot be attached to: it is not linked with libetch, or "
                             "runs with ETCH_CONTROL=0 or raised privileges"
                           : "no program called %s can be attached to; `etch ps` lists them",
                       w->name);
}

int attach_open(struct attach **attach, const char *name, char **error)
{
    char *end;
    struct wanted w = {.name = name};
    long pid = strtol(name, &end, 10);
    w.pid = end != name && *end == '\0' && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
    *attach = NULL;
    *error = NULL;
    int code = find(&w, error);
    if (code < 0)
        return code;
    struct attach *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return attach_fail(error, -ENOMEM, "%s", strerror(ENOMEM));
    a->process = w.found;
    int dir = open(w.found.folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    const char *why = NULL;
    a->fd = dir < 0 ? -errno
                    : page_open(dir, w.found.page + strlen(w.found.folder) + 1, w.found.uid, &st,
                                &a->header, &why);
    if (dir >= 0)
        close(dir);
    if (a->fd < 0) {
        code = attach_fail(error, a->fd, "%s: %s", w.found.page, why ? why : strerror(-a->fd));
        free(a);
        return code;
    }
    attach_settle(a);
    *attach = a;
    return 0;
}

void attach_close(struct attach *a)
{
    if (a == NULL)
        return;
    close(a->fd);
    names_free(a);
    free(a->words);
    free(a);
}

const struct attach_process *attach_process(const struct attach *a)
{
    return &a->process;
}

bool attach_lives(const struct attach *a)
{
    struct stat st;
    if (flock(a->fd, LOCK_SH | LOCK_NB) == 0) {
        flock(a->fd, LOCK_UN);
        return false;
    }
    return fstat(a->fd, &st) == 0 && st.st_nlink > 0 &&
           proc_was_there(a->process.pid, a->process.created_ns);
}

/* ---- words ---- */

static bool read_cpus(struct attach *a)
{
    return read_at(a->fd, &a->cpus, sizeof(a->cpus), ETCH_CONTROL_BLOCK(cpus));
}

int attach_words(struct attach *a, const uint16_t **words, char **error)
{
    free(a->words);
    a->words = calloc(a->n_events + 1, sizeof(uint16_t));
    if (a->words == NULL)
        return attach_fail(error, -ENOMEM, "%s", strerror(ENOMEM));
    size_t at = 0;
    for (uint32_t i = 0; i < a->n_loaded; i++) {
        const struct etch_control_group *g = &a->header.group[i];
        if (!read_at(a->fd, a->words + at, g->n_events * sizeof(uint16_t), g->offset))
            return attach_fail(error, -EIO, "%s: the program has cut it", a->process.page);
        at += g->n_events;
    }
    if (!read_cpus(a))
        return attach_fail(error, -EIO, "%s: the program has cut it", a->process.page);
    *words = a->words;
    return 0;
}

/* Stores n words from event i on, none of a disabled one. */
static int store(struct attach *a, size_t i, size_t n, uint16_t word)
{
    uint16_t words[1024];
    for (size_t k = 0; k < n && k < sizeof(words) / sizeof(words[0]); k++)
        words[k] = word;
    while (n > 0) {
        uint32_t g = names_group(a, i);
        size_t in = i - a->names[g].first, run = a->header.group[g].n_events - in;
        run = run < n ? run : n;
        run = run < sizeof(words) / sizeof(words[0]) ? run : sizeof(words) / sizeof(words[0]);
        ssize_t size = (ssize_t)(run * sizeof(words[0]));
        ssize_t done =
            pwrite(a->fd, words, (size_t)size, (off_t)(a->header.group[g].offset + 2 * in));
        if (done != size)
            return done < 0 ? -errno : -EIO;
        i += run;
        n -= run;
    }
    return 0;
}

static bool can_be_set(const struct attach *a, size_t i, size_t n)
{
    if (i > a->n_events || n > a->n_events - i)
        return false;
    for (size_t k = i; k < i + n; k++)
        if (attach_event(a, k).disabled)
            return false;
    return true;
}

int attach_set(struct attach *a, size_t i, size_t n, uint16_t word)
{
    return can_be_set(a, i, n) ? store(a, i, n, word) : -EPERM;
}

int attach_mark(struct attach *a, size_t i, size_t n)
{
    int code = can_be_set(a, i, n) ? 0 : -EPERM;
    for (size_t at = i, end; code == 0 && at < i + n; at = end) {
        for (end = at + 1; end < i + n && a->words[end] == a->words[at];)
            end++;
        code = store(a, at, end - at, a->words[at] | ETCH_CONTROL_RECORDED);
    }
    return code;
}

int attach_mark_ruled(struct attach *a, size_t i)
{
    const unsigned lent = ETCH_CONTROL_RECORDED | ETCH_CONTROL_RULED | 2u;
    if (!can_be_set(a, i, 1))
        return -EPERM;
    return (a->words[i] & ~lent) != 0 ? -EEXIST : store(a, i, 1, (uint16_t)lent);
}

/* ---- CPUs ---- */

static uint32_t id_of(const struct attach *a, size_t i)
{
    uint32_t g = names_group(a, i);
    return a->header.group[g].first_id + (uint32_t)(i - a->names[g].first);
}

bool attach_cpu(const struct attach *a, unsigned cpu)
{
    return control_cpu_is_there(&a->cpus, cpu);
}

bool attach_on_cpu(const struct attach *a, size_t i, unsigned cpu)
{
    return i < a->n_events && control_cpu_on(&a->cpus, a->words[i], cpu);
}

int attach_set_cpu(struct attach *a, size_t i, unsigned cpu, bool on)
{
    uint16_t word;
    unsigned set;
    if (i >= a->n_events)
        return -EINVAL;
    word = a->words[i];
    int code =
        read_cpus(a) ? control_cpu_switch(&a->cpus, id_of(a, i), cpu, on, &word, &set) : -EIO;
    if (code == 0 && set != 0) {
        const struct etch_control_set *s = &a->cpus.set[set];
        off_t at =
            (off_t)(ETCH_CONTROL_BLOCK(cpus) + (size_t)((const char *)s - (const char *)&a->cpus));
        code = pwrite(a->fd, s, sizeof(*s), at) == (ssize_t)sizeof(*s) ? 0 : -errno;
    }
    return code < 0 ? code : attach_set(a, i, 1, word);
}

/* Whether an event is on by a timer; one that has run out is switched off here,
 * where the program has no drain to do so. */
static bool timer_in_use(struct attach *a, unsigned timer, uint64_t now)
{
    uint64_t until = a->header.until_ns[timer];
    if (until > now)
        return true;
    for (size_t i = 0; until != 0 && i < a->n_events; i++)
        if (ETCH_CONTROL_TIMER(a->words[i]) == timer)
            attach_set(a, i, 1, 0);
    return false;
}

int attach_timer(struct attach *a, uint64_t ns)
{
    struct timespec t;
    const char *why;
    int code = page_reread(a->fd, &a->header, &why);
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec, until = now + ns;
    for (unsigned i = 1; code == 0 && i < ETCH_CONTROL_TIMERS; i++) {
        if (timer_in_use(a, i, now))
            continue;
        off_t at = (off_t)(offsetof(struct etch_control_header, until_ns) + i * sizeof(until));
        return pwrite(a->fd, &until, sizeof(until), at) == (ssize_t)sizeof(until) ? (int)i : -errno;
    }
    return code < 0 ? code : -EBUSY;
}

/* ---- what it records ---- */

int attach_pool(const struct attach_process *p, int access)
{
    char name[64];
    int dir = p->pool == 0 ? -1 : open(p->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    snprintf(name, sizeof(name), "pool.%d.%u", p->inner, p->pool - 1);
    int fd = dir < 0 ? -1 : openat(dir, name, access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (dir >= 0)
        close(dir);
    return fd < 0 ? -ENOENT : fd;
}

const char *attach_output(const struct etch_control_recording *r)
{
    if (r->state != ETCH_RECORDING_RUNNING)
        return "";
    return r->trace_path[0] != '\0' ? r->trace_path : r->ctf_path;
}
