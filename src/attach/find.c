/* SPDX-License-Identifier: MIT
 *
 * find.c: the programs that can be switched: control pages in the runtime
 * folders of this mount namespace and of those of other processes (containers).
 *
 * Reads:  folders, heads and words of pages, /proc.
 * Writes: nothing; pages that no process has any more are removed.
 * Never:  asks the environment where the folders are.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/attach.h"
#include "attach/page.h"
#include "attach/proc.h"
#include "declare/store.h"
#include "read/read_at.h"
#include "read/sweep.h"

struct search {
    struct proc_table procs;
    pid_t pid;    /* the only one that is looked for, or 0 */
    bool by_name; /* only pages whose names have its number: not of other PID namespaces */
    struct attach_process *found;
    size_t n, capacity;
    struct folder_id {
        dev_t dev;
        ino_t ino;
    } * seen; /* a folder may be mounted in many namespaces */
    size_t n_seen;
    int error;
};

static bool first_time(struct search *s, const struct stat *st)
{
    for (size_t i = 0; i < s->n_seen; i++)
        if (s->seen[i].dev == st->st_dev && s->seen[i].ino == st->st_ino)
            return false;
    struct folder_id *more = realloc(s->seen, (s->n_seen + 1) * sizeof(*more));
    if (more == NULL) {
        s->error = -ENOMEM;
        return false;
    }
    s->seen = more;
    s->seen[s->n_seen++] = (struct folder_id){st->st_dev, st->st_ino};
    return true;
}

/* Four at a time: most are off. */
static uint32_t count_on(const uint16_t *words, uint32_t n)
{
    uint32_t on = 0, at = 0;
    for (uint64_t four; at + 4 <= n; at += 4) {
        memcpy(&four, words + at, sizeof(four));
        for (; four != 0; four >>= 16)
            on += (four & 0xffff) != 0;
    }
    for (; at < n; at++)
        on += words[at] != 0;
    return on;
}

static void count_words(int fd, const struct etch_control_header *h, struct attach_process *p)
{
    uint16_t words[8192];
    for (uint32_t g = 0; g < h->n_groups; g++) {
        p->known += h->group[g].n_events;
        for (uint32_t at = 0, n; at < h->group[g].n_events; at += n) {
            n = h->group[g].n_events - at;
            if (n > sizeof(words) / sizeof(words[0]))
                n = sizeof(words) / sizeof(words[0]);
            if (!read_at(fd, words, n * sizeof(words[0]), h->group[g].offset + 2u * at))
                return;
            p->on += count_on(words, n);
        }
    }
}

/* Room for one more; NULL: there is none. */
static struct attach_process *next_place(struct search *s)
{
    struct attach_process *found = etch_grow(s->found, s->n, &s->capacity, sizeof(*found));
    if (found == NULL) {
        s->error = -ENOMEM;
        return NULL;
    }
    s->found = found;
    return &found[s->n];
}

/* "control.PID.N" */
static bool is_page(const char *name, pid_t *pid)
{
    int end = 0;
    unsigned n;
    return sscanf(name, "control.%d.%u%n", pid, &n, &end) == 2 && name[end] == '\0' && *pid > 0;
}

/* Whether a process has the page mapped, wherever it lives. It took the lock before its page
 * had a header: that we hold it for a moment, shared, is in nobody's way. */
static bool is_held(int fd)
{
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return errno == EWOULDBLOCK;
    flock(fd, LOCK_UN);
    return false;
}

/* Whether that process has the page: its header lies in its memory where it says. Where the
 * kernel denies that (Yama), or it does not say, its maps tell, which takes too long for many. */
static bool is_its(const struct search *s, pid_t pid, const struct stat *st,
                   const struct etch_control_header *h)
{
    struct etch_control_header there;
    if (h->version == ETCH_CONTROL_VERSION && h->address != 0 &&
        proc_memory(pid, &there, ETCH_CONTROL_COMMON, h->address) && there.magic == h->magic &&
        there.pid == h->pid && there.created_ns == h->created_ns)
        return true;
    return (s->by_name || h->version != ETCH_CONTROL_VERSION) &&
           proc_maps(pid, st->st_dev, st->st_ino);
}

/* Our number of the process of a page; 0: it is of no number here, -ESRCH: it is gone. Mostly
 * it is the one that the page says. Else it lives in another PID namespace, and who has the lock
 * is it; pages of other versions may be without. */
static pid_t process_of(struct search *s, int fd, const struct stat *st,
                        const struct etch_control_header *h, struct attach_process *p)
{
    pid_t pid = (pid_t)h->pid;
    if (pid != p->inner)
        return 0;
    if (fd >= 0 && !is_held(fd))
        return -ESRCH;
    if (!is_its(s, pid, st, h)) {
        if (fd < 0)
            return -ESRCH;
        pid = proc_locker(&s->procs, st->st_dev, st->st_ino);
        if (pid < 0) /* the kernel does not tell */
            pid = p->inner;
    }
    return pid != 0 && proc_is_it(pid, h->created_ns, p->command) ? pid : 0;
}

/* What a page tells of its process. */
static void describe(int fd, const struct etch_control_header *h, struct attach_process *p)
{
    struct etch_control_recording *r = &p->recording;
    p->pool = h->pool;
    count_words(fd, h, p);
    if (!read_at(fd, r, sizeof(*r), ETCH_CONTROL_BLOCK(recording)))
        *r = (struct etch_control_recording){0};
    r->trace_path[sizeof(r->trace_path) - 1] = '\0';
    r->ctf_path[sizeof(r->ctf_path) - 1] = '\0';
}

static void visit_page(struct search *s, int dir, const char *folder, const char *name, uid_t owner)
{
    struct etch_control_header h;
    struct stat st;
    const char *why;
    pid_t inner;
    struct attach_process *p =
        is_page(name, &inner) && (!s->by_name || inner == s->pid) ? next_place(s) : NULL;
    int fd = p != NULL ? page_open(dir, name, owner, &st, &h, &why) : -1;
    if (fd < 0 && fd != -EPROTO)
        return;
    *p = (struct attach_process){
        .inner = inner, .uid = owner, .version = h.version, .created_ns = h.created_ns};
    p->pid = process_of(s, fd, &st, &h, p);
    if (p->pid > 0 && (s->pid == 0 || p->pid == s->pid) &&
        snprintf(p->folder, sizeof(p->folder), "%s", folder) < (int)sizeof(p->folder) &&
        snprintf(p->page, sizeof(p->page), "%s/%s", folder, name) < (int)sizeof(p->page)) {
        if (fd >= 0)
            describe(fd, &h, p);
        s->n++;
    }
    if (fd >= 0)
        close(fd);
    if (p->pid == -ESRCH)
        etch_sweep_page(dir, name);
}

static void visit_folder(struct search *s, const char *path, uid_t owner)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return;
    DIR *dir =
        fstat(fd, &st) == 0 && st.st_uid == owner && (st.st_mode & 077) == 0 && first_time(s, &st)
            ? fdopendir(fd)
            : NULL;
    if (dir == NULL) {
        close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        visit_page(s, fd, path, e->d_name, owner);
    closedir(dir);
}

/* The folders of all users below `parent` whose names are prefix and number. */
static void visit_users(struct search *s, const char *parent, const char *prefix,
                        const char *suffix)
{
    char path[ATTACH_PATH_MAX];
    DIR *dir = opendir(parent);
    if (dir == NULL)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        size_t length = strlen(prefix);
        char *end;
        if (strncmp(e->d_name, prefix, length) != 0)
            continue;
        unsigned long uid = strtoul(e->d_name + length, &end, 10);
        if (end != e->d_name + length && *end == '\0' &&
            snprintf(path, sizeof(path), "%s/%s%s", parent, e->d_name, suffix) < (int)sizeof(path))
            visit_folder(s, path, (uid_t)uid);
    }
    closedir(dir);
}

/* The runtime folders as seen from a root folder. */
static void visit_root(struct search *s, const char *root)
{
    char path[ATTACH_PATH_MAX];
    if (geteuid() == 0) {
        snprintf(path, sizeof(path), "%s/run/user", root);
        visit_users(s, path, "", "/etch");
        snprintf(path, sizeof(path), "%s/dev/shm", root);
        visit_users(s, path, "etch-", "");
        return;
    }
    snprintf(path, sizeof(path), "%s/run/user/%u/etch", root, (unsigned)geteuid());
    visit_folder(s, path, geteuid());
    snprintf(path, sizeof(path), "%s/dev/shm/etch-%u", root, (unsigned)geteuid());
    visit_folder(s, path, geteuid());
}

static int by_number(const void *a, const void *b)
{
    const struct attach_process *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->created_ns > y->created_ns ? -1 : x->created_ns < y->created_ns;
}

static bool is_found(void *arg, pid_t pid)
{
    const struct search *s = arg;
    size_t from = 0, to = s->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->found[middle].pid < pid)
            from = middle + 1;
        else
            to = middle;
    }
    return from < s->n && s->found[from].pid == pid;
}

/* The newest page of a process first. */
static void sort(struct search *s)
{
    if (s->n > 0)
        qsort(s->found, s->n, sizeof(s->found[0]), by_number);
}

static void search_elsewhere(struct search *s)
{
    char root[32];
    s->error = s->pid != 0 ? proc_look_at(&s->procs, s->pid) : proc_scan(&s->procs, is_found, s);
    if (s->by_name) {
        s->by_name = false;
        s->n_seen = 0;
        visit_root(s, "");
    }
    for (size_t i = 0; i < s->procs.n; i++) {
        if (!s->procs.v[i].first_of_mounts)
            continue;
        snprintf(root, sizeof(root), "/proc/%d/root", s->procs.v[i].pid);
        visit_root(s, root);
    }
    sort(s);
}

int attach_each(pid_t pid, attach_visit visit, void *arg)
{
    struct search s = {.pid = pid, .by_name = pid != 0};
    proc_open(&s.procs);
    visit_root(&s, "");
    sort(&s);
    if (pid == 0 || s.n == 0)
        search_elsewhere(&s);
    int result = s.error;
    for (size_t i = 0; i < s.n && result == 0; i++)
        if (i == 0 || s.found[i].pid != s.found[i - 1].pid) /* else left by an exec */
            result = visit(arg, &s.found[i]);
    free(s.found);
    free(s.seen);
    proc_free(&s.procs);
    return result;
}
