/* SPDX-License-Identifier: MIT
 *
 * record_attached.c: `etch record -p`: a program that runs is recorded into a
 * folder, and left as it was.
 *
 * Reads:  its control page, what it recorded.
 * Writes: the page; DIR/session; what came of it, on stderr.
 * Never:  ends the program, or keeps root's rights over another user's.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attach/attach.h"
#include "cli/kernel.h"
#include "cli/outcome.h"
#include "cli/record.h"
#include "cli/wanted.h"

#define LOOK_MS 100 /* at whether the program lives, and has loaded a library */

struct target {
    const struct cli_command *command;
    const struct launch *launch;
    struct attach *attach;
    struct wanted wanted;
};

static int tell(const struct target *t, char *error)
{
    cli_error(t->command, "%s", error ? error : strerror(ENOMEM));
    free(error);
    return CLI_FAILURE;
}

/* ---- whose files ---- */

/* Root goes on as the program's user, whose files the trace and the pool are. */
static int become_user(const struct target *t, const char *dir)
{
    const struct attach_process *p = attach_process(t->attach);
    char path[64];
    struct stat st;
    if (geteuid() != 0 || p->uid == 0)
        return CLI_OK;
    snprintf(path, sizeof(path), "/proc/%d", p->pid);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool done = fd >= 0 && stat(path, &st) == 0 && fchown(fd, p->uid, st.st_gid) == 0 &&
                fchownat(fd, "session", p->uid, st.st_gid, AT_SYMLINK_NOFOLLOW) == 0;
    /* Not where the folder takes no sockets. */
    bool lends = done && fchownat(fd, "pools", p->uid, st.st_gid, AT_SYMLINK_NOFOLLOW) == 0;
    (void)lends;
    done = done && setgroups(1, &st.st_gid) == 0 && setgid(st.st_gid) == 0 && setuid(p->uid) == 0;
    if (fd >= 0)
        close(fd);
    if (!done) {
        cli_error(t->command, "cannot record as the user of process %d: %s", p->pid,
                  strerror(errno));
        return CLI_FAILURE;
    }
    return CLI_OK;
}

/* Whether the program finds the folder by its name, and may write there. */
static int check_folder(const struct target *t, const char *dir)
{
    const struct attach_process *p = attach_process(t->attach);
    char path[PATH_MAX + 64];
    struct stat ours, theirs;
    snprintf(path, sizeof(path), "/proc/%d/root%s", p->pid, dir);
    if (access(dir, W_OK | X_OK) < 0) {
        cli_error(t->command,
                  "%s: the user of process %d cannot write there (%s); choose a folder with -o",
                  dir, p->pid, strerror(errno));
        return CLI_FAILURE;
    }
    if (stat(dir, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
        ours.st_ino == theirs.st_ino)
        return CLI_OK;
    /* Of a program that is not to be looked at nobody knows. */
    if (errno == EACCES)
        return CLI_OK;
    cli_error(t->command,
              "%s is another folder for process %d, which lives in a container or a root folder of "
              "its own; choose one with -o that is the same in both",
              dir, p->pid);
    return CLI_FAILURE;
}

/* ---- while it records ---- */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Until a signal, the time, or the end of the program. CLI_OK or CLI_FAILURE, told. */
static int wait_for_end(struct target *t, const sigset_t *signals)
{
    uint64_t start = now_ns();
    uint64_t end =
        t->launch->seconds > 0 ? start + (uint64_t)(t->launch->seconds * 1e9) : UINT64_MAX;
    for (uint64_t now = start; now < end; now = now_ns()) {
        uint64_t left = end - now, look = LOOK_MS * UINT64_C(1000000);
        struct timespec wait = {0, (long)(left < look ? left : look)};
        if (sigtimedwait(signals, NULL, &wait) > 0 || !attach_lives(t->attach))
            return CLI_OK;
        int failed = attach_record_error(t->attach);
        if (failed < 0) {
            cli_error(t->command, "process %d cannot record: %s", attach_process(t->attach)->pid,
                      strerror(-failed));
            return CLI_FAILURE;
        }
        if (wanted_mark(&t->wanted) != CLI_OK)
            return CLI_FAILURE;
    }
    return CLI_OK;
}

static int record_until(struct target *t, const char *dir)
{
    const struct launch *l = t->launch;
    const struct attach_process *p = attach_process(t->attach);
    struct attach_recording recording = {.dir = dir,
                                         .policy = ETCH_POLICY_BLOCK,
                                         .buffer = l->buffer,
                                         .max_size = l->max_size,
                                         .max_files = l->max_files};
    char *error = NULL;
    sigset_t signals;
    if (l->policy)
        recording.policy = strcmp(l->policy, "drop") == 0        ? ETCH_POLICY_DROP
                           : strcmp(l->policy, "overwrite") == 0 ? ETCH_POLICY_OVERWRITE
                                                                 : ETCH_POLICY_BLOCK;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (attach_record(t->attach, &recording, &error) < 0)
        return tell(t, error);
    int status = wanted_mark(&t->wanted);
    if (status == CLI_OK) {
        bool one = t->wanted.marked == 1;
        cli_error(t->command, "%zu event%s of process %d (%s) %s recorded; Ctrl-C ends it",
                  t->wanted.marked, one ? "" : "s", p->pid, p->command, one ? "is" : "are");
        status = wait_for_end(t, &signals);
    }
    bool lives = attach_lives(t->attach);
    /* A pool in a container is not found from here. */
    bool leave = strncmp(p->folder, "/proc/", 6) != 0;
    if (lives && attach_record_end(t->attach, leave, &error) < 0)
        return tell(t, error);
    if (!lives)
        cli_error(t->command, "process %d (%s) has ended", p->pid, p->command);
    return status;
}

/* ---- the whole ---- */

/* Its command line, as if etch had started it. */
static bool describe(struct launch *l, const struct attach_process *p, char **line)
{
    char path[64];
    size_t size = 0, n = 0;
    snprintf(path, sizeof(path), "/proc/%d/exe", p->pid);
    ssize_t length = readlink(path, l->path, sizeof(l->path) - 1);
    l->path[length < 0 ? 0 : length] = '\0';
    snprintf(path, sizeof(path), "/proc/%d/cmdline", p->pid);
    FILE *f = fopen(path, "re");
    ssize_t got = f ? getdelim(line, &size, EOF, f) : -1;
    if (f)
        fclose(f);
    for (ssize_t i = 0; i < got; i++)
        n += (*line)[i] == '\0';
    l->argv = calloc(n + 1, sizeof(char *));
    if (l->argv == NULL)
        return false;
    char *word = *line;
    for (size_t i = 0; i < n; i++, word += strlen(word) + 1)
        l->argv[i] = word;
    return n > 0;
}

static int record_target(struct target *t, struct launch *l, struct session *s, const char *dir,
                         struct kernel *kernel)
{
    struct child none = {0};
    int status = become_user(t, s->dir);
    if (status == CLI_OK)
        status = check_folder(t, s->dir);
    if (status != CLI_OK)
        return status;
    record_put_start(s, l);
    session_put(s, "pid", "%d", (int)attach_process(t->attach)->pid);
    session_put(s, "attached", "1");
    status = record_until(t, s->dir);
    int kept = kernel_end(kernel);
    session_put_time(s, "end");
    if (status == CLI_OK)
        outcome_tell(t->command, l, dir, &none);
    return status == CLI_OK ? kept : status;
}

int record_attached(const struct cli_command *self, struct launch *l, const char *dir)
{
    struct target t = {.command = self, .launch = l};
    struct kernel kernel = {0};
    struct session session;
    char *error = NULL, *line = NULL;
    if (attach_open(&t.attach, l->process, &error) < 0)
        return tell(&t, error);
    int status = wanted_open(&t.wanted, self, l, t.attach);
    if (status == CLI_OK && !describe(l, attach_process(t.attach), &line)) {
        cli_error(self, "there is no process %s", l->process);
        status = CLI_FAILURE;
    }
    /* Before an older recording is moved away for it. */
    if (status == CLI_OK)
        status = wanted_check(&t.wanted);
    if (status == CLI_OK && attach_record_check(t.attach, &error) < 0)
        status = tell(&t, error);
    if (status == CLI_OK)
        status = session_create(&session, self, dir);
    if (status == CLI_OK) {
        /* Before root's rights are given up. */
        if (l->kernel)
            status = kernel_start(&kernel, self, l->kernel, session.dir);
        if (status == CLI_OK)
            status = record_target(&t, l, &session, dir, &kernel);
        kernel_end(&kernel);
        if (session_close(&session) != CLI_OK)
            status = CLI_FAILURE;
    }
    free(l->argv);
    free(line);
    wanted_close(&t.wanted);
    attach_close(t.attach);
    return status;
}
