/* SPDX-License-Identifier: MIT
 *
 * snapshot.c: see snapshot.h. The copy of a pool differs from it in the names of
 * the files, which are the copies', and in that its process is gone.
 */
#include "snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pool.h"

#define PATH     512
#define OUTPUTS  2 /* simple, ctf: bits 0 and 1 of ETCH_OUT_ */
#define FILE_MAX (1u << 20)

struct snapshot {
    pid_t pid;
    char from[PATH], to[PATH], exe[PATH];
    char pool_path[PATH];      /* of the pool itself, "" if there is none */
    const unsigned char *pool; /* mapped */
    unsigned char *last;       /* its bytes as they were */
    unsigned char *copy;       /* the copy's file, mapped */
    size_t size;               /* of all three */
    char trace[OUTPUTS][PATH]; /* the copies of the traces, "" if there is none */
    uint64_t taken;
    struct found found[OUTPUTS];
    unsigned n_found;
};

/* ---- the pool ---- */

static void path_join(char to[PATH], const char *folder, const char *name)
{
    if (snprintf(to, PATH, "%s/%s", folder, name) >= PATH)
        abort();
}

static const void *map_file(const char *path, int flags, int protection, size_t *size)
{
    struct stat st;
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    void *p = fstat(fd, &st) == 0 && st.st_size > 0
                  ? mmap(NULL, (size_t)st.st_size, protection, MAP_SHARED, fd, 0)
                  : MAP_FAILED;
    close(fd);
    *size = (size_t)st.st_size;
    return p == MAP_FAILED ? NULL : p;
}

static void pool_forget(struct snapshot *s)
{
    char path[PATH];
    if (s->pool == NULL)
        return;
    munmap((void *)(uintptr_t)s->pool, s->size);
    munmap(s->copy, s->size);
    free(s->last);
    s->pool = NULL;
    path_join(path, s->to, "pool");
    unlink(path);
}

/* Looks for the process's pool, or whether it is still there; true: it came or
 * went. */
static bool pool_look(struct snapshot *s)
{
    char path[PATH];
    if (s->pool != NULL) {
        if (access(s->pool_path, F_OK) == 0)
            return false;
        pool_forget(s);
        return true;
    }
    for (int i = 0; i < 2 && s->pool == NULL; i++) {
        snprintf(s->pool_path, PATH,
                 i == 0 ? "/run/user/%u/etch/pool.%d.0" : "/dev/shm/etch-%u/pool.%d.0",
                 (unsigned)geteuid(), (int)s->pid);
        s->pool = map_file(s->pool_path, O_RDONLY, PROT_READ, &s->size);
    }
    if (s->pool == NULL)
        return false;
    const struct etch_pool_header *h = (const void *)s->pool;
    if (s->size < sizeof(*h) || h->magic != ETCH_POOL_MAGIC) { /* being made */
        munmap((void *)(uintptr_t)s->pool, s->size);
        s->pool = NULL;
        return false;
    }
    path_join(path, s->to, "pool");
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)s->size) < 0)
        abort();
    close(fd);
    size_t size;
    s->copy = (unsigned char *)(uintptr_t)map_file(path, O_RDWR, PROT_READ | PROT_WRITE, &size);
    s->last = calloc(1, s->size);
    if (s->copy == NULL || s->last == NULL)
        abort();
    return true;
}

/* The name of a copy in place of the file's. */
static void rename_in(char name[ETCH_POOL_PATH_MAX], const struct snapshot *s)
{
    const char *base = strrchr(name, '/');
    char path[PATH];
    if (base == NULL)
        return;
    path_join(path, s->to, base + 1);
    memset(name, 0, ETCH_POOL_PATH_MAX);
    memcpy(name, path, strlen(path));
}

/* Copies what has changed in one part of the pool. */
static bool part_changed(struct snapshot *s, size_t from, size_t to)
{
    if (memcmp(s->pool + from, s->last + from, to - from) == 0)
        return false;
    memcpy(s->last + from, s->pool + from, to - from);
    memcpy(s->copy + from, s->pool + from, to - from);
    return true;
}

static bool pool_changed(struct snapshot *s)
{
    const struct etch_pool_header *h = (const void *)s->pool;
    size_t slots = h->slots_offset + h->slots_ready * sizeof(struct etch_pool_slot);
    bool changed = part_changed(s, 0, slots);
    changed |= part_changed(s, h->packets_offset, s->size);
    if (!changed)
        return false;
    struct etch_pool_header *copy = (void *)s->copy;
    copy->start_time = 0; /* the process is gone */
    rename_in(copy->trace_path, s);
    rename_in(copy->meta_path, s);
    rename_in(copy->ctf_path, s);
    return true;
}

/* ---- files ---- */

/* What a file holds; its length, or -1. */
static ssize_t load(const char *path, char *to)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, FILE_MAX);
    if (fd >= 0)
        close(fd);
    return n;
}

/* Copies a file if it differs from its copy. */
static bool file_changed(const char *from, const char *to)
{
    static char now[FILE_MAX], before[FILE_MAX];
    ssize_t n = load(from, now), m = load(to, before);
    if (n == m && (n <= 0 || memcmp(now, before, (size_t)n) == 0))
        return false;
    if (n < 0)
        return unlink(to) == 0;
    int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, now, (size_t)n) != n)
        abort();
    close(fd);
    return true;
}

/* Copies the files of a folder, and of the folders in it. */
static bool folder_changed(struct snapshot *s, const char *from, const char *to)
{
    bool changed = false;
    DIR *dir = opendir(from);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        char source[PATH], target[PATH];
        if (e->d_name[0] == '.')
            continue;
        path_join(source, from, e->d_name);
        path_join(target, to, e->d_name);
        bool trace = strncmp(e->d_name, "trace-", 6) == 0 && strstr(e->d_name, ".meta") == NULL;
        if (trace)
            memcpy(s->trace[e->d_type == DT_DIR], target, PATH);
        if (e->d_type == DT_DIR) {
            changed |= mkdir(target, 0700) == 0;
            changed |= folder_changed(s, source, target);
        } else {
            changed |= file_changed(source, target);
        }
    }
    if (dir != NULL)
        closedir(dir);
    return changed;
}

static bool files_changed(struct snapshot *s)
{
    bool changed = pool_look(s);
    changed |= folder_changed(s, s->from, s->to);
    if (s->pool == NULL)
        return changed;
    /* A side file that lies beside the pool. */
    const struct etch_pool_header *h = (const void *)s->pool;
    size_t length = strlen(s->from);
    if (h->meta_path[0] == '\0' || strncmp(h->meta_path, s->from, length) == 0)
        return changed;
    char target[PATH];
    path_join(target, s->to, strrchr(h->meta_path, '/') + 1);
    return file_changed(h->meta_path, target) || changed;
}

/* ---- reading ---- */

/* By way of the pool, as if it had one output only, or of the traces alone. */
static void read_copies(struct snapshot *s)
{
    char pool[PATH];
    const char *exes[] = {s->exe, NULL};
    struct etch_pool_header *copy = (void *)s->copy;
    const struct etch_pool_header *h = (const void *)s->pool;
    path_join(pool, s->to, "pool");
    s->n_found = 0;
    for (uint32_t i = 0; i < OUTPUTS; i++) {
        if (s->pool != NULL ? !(h->outputs & 1u << i) : s->trace[i][0] == '\0')
            continue;
        if (s->pool != NULL)
            copy->outputs = 1u << i;
        struct found *found = &s->found[s->n_found++];
        *found = (struct found){0};
        judge_read(found, s->pool != NULL ? pool : s->trace[i], exes);
    }
}

unsigned snapshot_take(struct snapshot *s, bool files, struct found **found)
{
    bool changed = files && files_changed(s);
    if (s->pool != NULL)
        changed |= pool_changed(s);
    if (changed) {
        s->taken++;
        read_copies(s);
    }
    *found = s->found;
    return s->n_found;
}

uint64_t snapshot_taken(const struct snapshot *s)
{
    return s->taken;
}

struct snapshot *snapshot_new(pid_t pid, const char *from, const char *to, const char *exe)
{
    struct snapshot *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->pid = pid;
    snprintf(s->from, PATH, "%s", from);
    snprintf(s->to, PATH, "%s", to);
    snprintf(s->exe, PATH, "%s", exe);
    return s;
}

void snapshot_free(struct snapshot *s)
{
    pool_forget(s);
    free(s);
}
