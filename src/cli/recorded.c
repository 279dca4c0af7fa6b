/* SPDX-License-Identifier: MIT
 *
 * recorded.c: counts what was recorded.
 *
 * Reads:  DIR/trace-* and their side files, where recovery has left the counts
 *         of those that are complete; if one is not, events are counted by
 *         reading them all.
 * Writes: messages on stderr.
 */
#include "cli/recorded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <etch/read.h>

#include "cli/pattern.h"
#include "read/in_meta.h"
#include "read/onward.h"
#include "read/parts.h"

static void count_events(struct recorded *r, const struct cli_command *self, const char *dir)
{
    static const struct etch_read_options options;
    struct etch_record record;
    struct etch_reader *reader;
    char *error = NULL;
    int got;

    r->events = r->lost = 0;
    if (etch_reader_open(&reader, &dir, 1, &options, &error) < 0) {
        cli_error(self, "%s", error);
        free(error);
        return;
    }
    while ((got = etch_reader_next(reader, &record, &error)) != 0) {
        if (got < 0) {
            cli_error(self, "%s", error);
            free(error);
        } else if (record.type == ETCH_RECORD_LOST) {
            r->lost += record.lost;
        } else {
            r->events++;
        }
    }
    etch_reader_close(reader);
}

void recorded_match(struct recorded *r, const struct etch_decl_list *list,
                    const char *const *patterns, size_t n_patterns)
{
    for (size_t p = 0; p < n_patterns; p++)
        for (size_t i = 0; i < list->n && !r->matched[p]; i++)
            r->matched[p] = cli_pattern_matches(patterns[p], list->v[i].name);
}

static uint64_t folder_bytes(int dir, const char *name);

/* Whether a process wrote a file before, of those that its side file tells of. */
static bool is_again(const struct meta *meta, size_t n, const char *path)
{
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        const char *other = onward_path(&meta->files[i], true);
        found = other != NULL && strcmp(other, path) == 0;
    }
    return found;
}

/* Where traces went on (`trace-file`): in files that the folder has, which are no processes
 * of their own, or elsewhere. `own`: the name of the first one, "/trace-PID". */
static void add_onward(struct recorded *r, const struct meta *meta, int dir, const char *own)
{
    for (size_t i = 0; i < meta->n_files; i++) {
        const char *path = onward_path(&meta->files[i], true);
        const char *name = path ? strrchr(path, '/') : NULL;
        size_t length = strlen(own);
        struct stat here, st;
        if (!name || is_again(meta, i, path) || stat(path, &st) < 0)
            continue;
        bool same = fstatat(dir, name + 1, &here, 0) == 0 && here.st_dev == st.st_dev &&
                    here.st_ino == st.st_ino && strncmp(name, "/trace-", 7) == 0;
        bool ctf = meta->files[i].outputs & ETCH_OUT_CTF;
        bool first =
            strncmp(name, own, length) == 0 && strcmp(name + length, ctf ? ".ctf" : "") == 0;
        if (same) {
            r->processes -= !first;
            continue;
        }
        r->bytes += S_ISDIR(st.st_mode) ? folder_bytes(AT_FDCWD, path) : (uint64_t)st.st_size;
        r->elsewhere++;
        snprintf(r->last, sizeof(r->last), "%s", path);
    }
}

/* Whether a process has a side file, but no trace: it could not be made. */
static bool is_bare(int dir, const char *own)
{
    char ctf[NAME_MAX + 8];
    snprintf(ctf, sizeof(ctf), "%s.ctf", own + 1);
    return faccessat(dir, own + 1, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
           faccessat(dir, ctf, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* The counts and names of a side file; whether the program wrote its counts. */
static bool add_meta(struct recorded *r, int dir, const char *path, const char *const *patterns,
                     size_t n_patterns)
{
    struct fault silent = {0};
    char own[NAME_MAX + 2];
    struct meta *meta;

    /* A damaged one is named when the trace itself is read. */
    if (meta_open(&meta, path, &silent) < 0)
        return false;
    for (size_t i = 0; i < meta->n_groups; i++)
        recorded_match(r, &meta->group[i]->list, patterns, n_patterns);
    snprintf(own, sizeof(own), "%s", strrchr(path, '/'));
    own[strlen(own) - strlen(".meta")] = '\0';
    add_onward(r, meta, dir, own);
    r->processes += r->rest && is_bare(dir, own);
    bool ended = meta->ended && meta->end.events != ETCH_META_UNCOUNTED;
    if (meta->ended) {
        r->events += ended ? meta->end.events : 0;
        r->lost += meta->end.discarded;
        r->overwritten_packets += meta->end.overwritten_packets;
        r->overwritten_bytes += meta->end.overwritten_bytes;
        r->fired += meta->end.fired;
        r->rotated += meta->end.rotated;
        r->quiet += meta->end.quiet && meta->end.fired == 0;
    }
    meta_close(meta);
    return ended;
}

static bool is_side_file(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".meta") == 0;
}

/* The bytes of all files of a CTF trace. */
static uint64_t folder_bytes(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    uint64_t bytes = 0;
    struct stat st;

    if (!d && fd >= 0)
        close(fd);
    for (struct dirent *e; d && (e = readdir(d));)
        if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            bytes += (uint64_t)st.st_size;
    if (d)
        closedir(d);
    return bytes;
}

/* Whether a CTF trace is of a process that wrote a simple file, too. */
static bool has_simple(int dir, const char *name)
{
    char simple[NAME_MAX + 1];
    size_t n = strlen(name);
    struct stat st;

    if (n < 4 || strcmp(name + n - 4, ".ctf") != 0)
        return false;
    snprintf(simple, sizeof(simple), "%.*s", (int)n - 4, name);
    return fstatat(dir, simple, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode);
}

int recorded_read(struct recorded *r, const struct cli_command *self, const char *dir,
                  const char *const *patterns, size_t n_patterns)
{
    char side[PATH_MAX];
    DIR *d = opendir(dir);
    unsigned counted = 0;
    struct stat st;

    if (!d) {
        cli_error(self, "%s: %s", dir, strerror(errno));
        return CLI_FAILURE;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (strncmp(e->d_name, "trace-", 6) != 0 || fstatat(dirfd(d), e->d_name, &st, 0) < 0)
            continue;
        r->bytes += S_ISDIR(st.st_mode) ? folder_bytes(dirfd(d), e->d_name) : (uint64_t)st.st_size;
        if (is_side_file(e->d_name)) {
            snprintf(side, sizeof(side), "%s/%s", dir, e->d_name);
            counted += add_meta(r, dirfd(d), side, patterns, n_patterns);
        } else if (part_base_length(e->d_name) == strlen(e->d_name)) {
            r->processes += !has_simple(dirfd(d), e->d_name);
        }
    }
    closedir(d);
    if (counted != r->processes + r->quiet)
        count_events(r, self, dir);
    return CLI_OK;
}

void recorded_span(struct recorded *r, const char *dir)
{
    static const struct etch_read_options options;
    struct etch_record record;
    struct etch_reader *reader;
    char *error = NULL;
    int got = etch_reader_open(&reader, &dir, 1, &options, &error);

    /* What is damaged is told when the trace is looked at. */
    free(error);
    if (got < 0)
        return;
    while ((got = etch_reader_next(reader, &record, &error)) != 0) {
        if (got < 0)
            free(error);
        if (got < 0 || record.type != ETCH_RECORD_EVENT)
            continue;
        if (r->first_ns == 0)
            r->first_ns = record.time_ns;
        r->last_ns = record.time_ns;
    }
    etch_reader_close(reader);
}
