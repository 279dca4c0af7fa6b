/* SPDX-License-Identifier: MIT
 *
 * child.h: a program that a command runs.
 */
#ifndef ETCH_CLI_CHILD_H
#define ETCH_CLI_CHILD_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

enum { CHILD_NOT_EXECUTABLE = 126, CHILD_NOT_FOUND = 127, CHILD_SIGNAL = 128 };

struct child {
    pid_t pid;
    int status;        /* its exit status, or 128 + the signal */
    int signal;        /* that killed it, else 0 */
    sigset_t old_mask; /* of etch, as its parent left it */
    void (*old_sigchld)(int);
};

/* Finds a program as the shell does: by PATH unless its name has a slash.
 * Writes its path; 0, -ENOENT, -EACCES (there, but not executable). */
int child_find(const char *name, char *path, size_t size);

/* Starts it with the environment given; from here on SIGINT, SIGTERM, SIGHUP
 * and SIGQUIT are its own. 0, or -errno if it could not be executed. */
int child_start(struct child *c, const char *path, char *const *argv, char *const *envp);

/* Waits for its end, handing on the signals that others send to etch; with a
 * timeout in milliseconds, or -1. 1: it ended; 0: the time is over. */
int child_wait(struct child *c, int timeout_ms);

#endif
