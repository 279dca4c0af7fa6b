/* SPDX-License-Identifier: MIT
 *
 * captured.h: runs a function in a forked child, since libetch's settings are a
 * process's for its life, and gives back what it printed and returned.
 */
#ifndef TESTS_UNIT_CAPTURED_H
#define TESTS_UNIT_CAPTURED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct captured {
    int status; /* exit status; 128 + signal */
    char out[8192], err[8192];
};

static void captured_read(int fd, char *text, size_t size)
{
    ssize_t n = pread(fd, text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
}

/* The child's status is what fn returns. */
static struct captured captured(int (*fn)(const void *arg), const void *arg)
{
    struct captured c;
    int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC), status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out, 1);
        dup2(err, 2);
        int r = fn(arg);
        fflush(NULL);
        _exit(r);
    }
    waitpid(pid, &status, 0);
    c.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    captured_read(out, c.out, sizeof(c.out));
    captured_read(err, c.err, sizeof(c.err));
    return c;
}

#endif
