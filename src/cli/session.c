/* SPDX-License-Identifier: MIT
 *
 * session.c: the folder of a recording.
 *
 * Reads:  the folder that stands there already.
 * Writes: DIR, mode 0700, and DIR/session; moves an older trace to DIR.old.
 * Never:  removes or overwrites what etch did not write.
 */
#include "cli/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "read/lent.h"
#include "read/pool.h"
#include "read/pools.h"
#include "read/recover.h"
#include "format/kernel.h"

#define FIRST_LINE "etch-session 1\n"

enum folder { FOLDER_ABSENT, FOLDER_EMPTY, FOLDER_TRACE, FOLDER_OTHER };

static bool is_ours(const char *name)
{
    return strcmp(name, "session") == 0 || strcmp(name, ETCH_KERNEL_FILE) == 0 ||
           strcmp(name, ETCH_POOL_SOCKET) == 0 || strncmp(name, "trace-", 6) == 0;
}

static bool has_session(int dir)
{
    char line[sizeof(FIRST_LINE) - 1];
    int fd = openat(dir, "session", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return false;
    ssize_t n = read(fd, line, sizeof(line));
    close(fd);
    return n == (ssize_t)sizeof(line) && memcmp(line, FIRST_LINE, sizeof(line)) == 0;
}

static bool is_empty(DIR *d)
{
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            return false;
    return true;
}

/* What stands at a path; FOLDER_OTHER with errno set if it is no folder. */
static enum folder look_at(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0 && errno == ENOENT)
        return FOLDER_ABSENT;
    DIR *d = opendir(path);
    if (!d)
        return FOLDER_OTHER;
    enum folder found = has_session(dirfd(d)) ? FOLDER_TRACE
                        : is_empty(d)         ? FOLDER_EMPTY
                                              : FOLDER_OTHER;
    closedir(d);
    errno = ENOTEMPTY;
    return found;
}

/* Whether another etch records into the folder. */
static bool is_busy(const char *dir)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/session", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool busy = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    return busy;
}

/* A CTF trace: a folder of `metadata` and streams, maybe of what a recovery that
 * was killed left. */
static int remove_ctf(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    int error = d ? 0 : -errno;

    if (!d && fd >= 0)
        close(fd);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, "metadata") == 0 || strcmp(e->d_name, ".metadata.new") == 0 ||
            strncmp(e->d_name, "stream-", 7) == 0)
            unlinkat(fd, e->d_name, 0);
    if (d)
        closedir(d);
    return error == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : error;
}

static int remove_entry(int dir, const char *name)
{
    if (unlinkat(dir, name, 0) == 0)
        return 0;
    return errno == EISDIR ? remove_ctf(dir, name) : -errno;
}

int session_remove(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;
    int error = 0;

    if (!d)
        return -errno;
    while (!error && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && !is_ours(e->d_name))
            error = -ENOTEMPTY;
    rewinddir(d);
    while (!error && (e = readdir(d)))
        if (is_ours(e->d_name))
            error = remove_entry(dirfd(d), e->d_name);
    closedir(d);
    if (!error && rmdir(path) < 0)
        error = -errno;
    return error;
}

/* What killed processes left of the trace in DIR belongs into it before it is
 * moved; what can no longer be merged stays in the pools. */
static void complete(const struct session *s)
{
    struct etch_recovered rest = {0};
    char *error = NULL;

    if (etch_recover_folder(s->dir, &rest, &error) < 0)
        cli_error(s->command, "%s", error ? error : "out of memory");
    free(error);
}

/* The folder is new: a pool that a killed process left for one of that name,
 * since removed, has no trace to go to. */
static int forget_pool(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    const struct session *s = arg;
    size_t length = strlen(s->dir);

    bool simple = strncmp(header->trace_path, s->dir, length) == 0 &&
                  strncmp(header->trace_path + length, "/trace-", 7) == 0;
    bool ctf = strncmp(header->ctf_path, s->dir, length) == 0 &&
               strncmp(header->ctf_path + length, "/trace-", 7) == 0;
    if ((simple || ctf) && !pool_lives(fd, header))
        unlink(path);
    return 0;
}

/* DIR becomes DIR.old. */
static int set_aside(const struct session *s)
{
    char old[PATH_MAX + 8];
    int error = 0;

    if (is_busy(s->dir)) {
        cli_error(s->command, "another etch records into %s; choose a folder with -o", s->dir);
        return CLI_FAILURE;
    }
    complete(s);
    snprintf(old, sizeof(old), "%s.old", s->dir);
    switch (look_at(old)) {
    case FOLDER_OTHER:
        cli_error(s->command,
                  "%s would become %s, which is no trace of etch: move it away or choose a "
                  "folder with -o",
                  s->dir, old);
        return CLI_FAILURE;
    case FOLDER_TRACE:
    case FOLDER_EMPTY:
        error = session_remove(old);
        break;
    case FOLDER_ABSENT:
        break;
    }
    if (error == -ENOTEMPTY) {
        cli_error(s->command,
                  "%s holds files that are not etch's: move it away or choose a "
                  "folder with -o",
                  old);
        return CLI_FAILURE;
    }
    if (!error && rename(s->dir, old) < 0)
        error = -errno;
    if (error) {
        cli_error(s->command, "cannot move %s to %s: %s", s->dir, old, strerror(-error));
        return CLI_FAILURE;
    }
    return CLI_OK;
}

/* The absolute name of a folder that need not exist yet. */
static int absolute(const char *dir, char *path, size_t size)
{
    size_t length = strlen(dir);
    char here[PATH_MAX];

    while (length > 1 && dir[length - 1] == '/')
        length--;
    if (dir[0] != '/' && !getcwd(here, sizeof(here)))
        return -errno;
    int n = dir[0] == '/' ? snprintf(path, size, "%.*s", (int)length, dir)
                          : snprintf(path, size, "%s/%.*s", here, (int)length, dir);
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int open_file(struct session *s)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/session", s->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        flock(fd, LOCK_EX | LOCK_NB);
        s->file = fdopen(fd, "w");
    }
    if (!s->file) {
        cli_error(s->command, "cannot write %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return CLI_FAILURE;
    }
    fputs(FIRST_LINE, s->file);
    return CLI_OK;
}

int session_create(struct session *s, const struct cli_command *command, const char *dir)
{
    s->command = command;
    s->file = NULL;
    int error = absolute(dir, s->dir, sizeof(s->dir));
    if (error) {
        cli_error(command, "%s: %s", dir, strerror(-error));
        return CLI_FAILURE;
    }
    enum folder found = look_at(s->dir);
    if (found == FOLDER_OTHER) {
        if (errno == ENOTEMPTY)
            cli_error(command,
                      "%s holds other files and no trace of etch: nothing was recorded; choose "
                      "a folder with -o",
                      dir);
        else
            cli_error(command, "%s: %s; choose a folder with -o", dir, strerror(errno));
        return CLI_FAILURE;
    }
    if (found == FOLDER_TRACE && set_aside(s) != CLI_OK)
        return CLI_FAILURE;
    if (found != FOLDER_EMPTY && mkdir(s->dir, 0700) < 0) {
        cli_error(command, "cannot make the folder %s: %s; choose one with -o", dir,
                  strerror(errno));
        return CLI_FAILURE;
    }
    pools_each(forget_pool, s);
    if (open_file(s) != CLI_OK)
        return CLI_FAILURE;
    /* Where the folder takes no sockets a process says that it needs one. */
    lent_open(s->dir);
    return CLI_OK;
}

void session_put(struct session *s, const char *key, const char *format, ...)
{
    va_list ap;
    char *value = NULL;

    va_start(ap, format);
    int n = vasprintf(&value, format, ap);
    va_end(ap);
    if (n < 0)
        return;
    /* One line a value, whatever a name holds. */
    fprintf(s->file, "%s ", key);
    for (const char *c = value; *c; c++)
        if (*c == '\n' || *c == '\\')
            fprintf(s->file, "\\%c", *c == '\n' ? 'n' : '\\');
        else
            fputc(*c, s->file);
    fputc('\n', s->file);
    fflush(s->file);
    free(value);
}

void session_put_time(struct session *s, const char *key)
{
    static const struct {
        clockid_t clock;
        const char *name;
    } clocks[] = {{CLOCK_REALTIME, "realtime"}, {CLOCK_MONOTONIC, "monotonic"}};

    for (int i = 0; i < 2; i++) {
        struct timespec t;
        char name[64];
        clock_gettime(clocks[i].clock, &t);
        snprintf(name, sizeof(name), "%s_%s_ns", key, clocks[i].name);
        session_put(s, name, "%lld%09ld", (long long)t.tv_sec, t.tv_nsec);
    }
}

int session_close(struct session *s)
{
    bool failed = ferror(s->file);

    unsigned left = lent_close(s->dir);
    if (left)
        cli_error(s->command,
                  "what %u process%s had not written is lost: there was room for it neither in "
                  "memory that outlives etch nor in %s",
                  left, left == 1 ? "" : "es", s->dir);
    if (fclose(s->file) == 0 && !failed)
        return CLI_OK;
    cli_error(s->command, "cannot write %s/session: %s", s->dir, strerror(errno));
    return CLI_FAILURE;
}
