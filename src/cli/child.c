/* SPDX-License-Identifier: MIT
 *
 * child.c: runs a program as if it were run without etch: the signals, the
 * terminal and the exit status are its own.
 *
 * Reads:  PATH.
 * Writes: nothing.
 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define PASSED_ON (sizeof(passed_on) / sizeof(*passed_on))

static int check(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno == EACCES ? -EACCES : -ENOENT;
    return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

int child_find(const char *name, char *path, size_t size)
{
    int found = -ENOENT;

    if (strchr(name, '/') || !*name) {
        snprintf(path, size, "%s", name);
        return check(path);
    }
    const char *list = getenv("PATH");
    for (const char *p = list ? list : "/bin:/usr/bin"; found != 0;) {
        size_t n = strcspn(p, ":");
        int length = n ? snprintf(path, size, "%.*s/%s", (int)n, p, name)
                       : snprintf(path, size, "./%s", name);
        if (length > 0 && (size_t)length < size) {
            /* As the shell: one that may not be run is named only if no other
             * is found. */
            int r = check(path);
            if (r != -ENOENT)
                found = r;
        }
        if (!p[n])
            break;
        p += n + 1;
    }
    return found;
}

/* In the child: becomes the program, or tells why not and ends. */
__attribute__((noreturn)) static void become(const struct child *c, const char *path,
                                             char *const *argv, char *const *envp, int tell)
{
    signal(SIGPIPE, cli_sigpipe);
    signal(SIGCHLD, c->old_sigchld);
    sigprocmask(SIG_SETMASK, &c->old_mask, NULL);
    execve(path, argv, envp);
    int error = errno;
    ssize_t n = write(tell, &error, sizeof(error));
    _exit(n < 0 ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE);
}

int child_start(struct child *c, const char *path, char *const *argv, char *const *envp)
{
    sigset_t mask;
    int fds[2], error = 0;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    for (size_t i = 0; i < PASSED_ON; i++)
        sigaddset(&mask, passed_on[i]);
    sigprocmask(SIG_BLOCK, &mask, &c->old_mask);
    /* Where SIGCHLD is ignored there is nothing to wait for. */
    c->old_sigchld = signal(SIGCHLD, SIG_DFL);
    c->status = c->signal = 0;
    c->pid = fork();
    if (c->pid == 0)
        become(c, path, argv, envp, fds[1]);
    if (c->pid < 0)
        error = -errno;
    close(fds[1]);
    int reason;
    if (c->pid > 0 && read(fds[0], &reason, sizeof(reason)) == sizeof(reason)) {
        waitpid(c->pid, NULL, 0);
        error = -reason;
    }
    close(fds[0]);
    if (error)
        sigprocmask(SIG_SETMASK, &c->old_mask, NULL);
    return error;
}

/* Whether it has ended. */
static bool reap(struct child *c)
{
    int status;

    if (waitpid(c->pid, &status, WNOHANG) != c->pid)
        return false;
    c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    c->status = c->signal ? CHILD_SIGNAL + c->signal : WEXITSTATUS(status);
    return true;
}

int child_wait(struct child *c, int timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    sigset_t mask;
    siginfo_t info;

    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    for (size_t i = 0; i < PASSED_ON; i++)
        sigaddset(&mask, passed_on[i]);
    while (!reap(c)) {
        int number = sigtimedwait(&mask, &info, timeout_ms < 0 ? NULL : &timeout);
        if (number < 0 && errno == EAGAIN)
            return reap(c);
        /* What the terminal sends (SI_KERNEL) has reached the program, too. */
        if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL)
            kill(c->pid, number);
    }
    return 1;
}
