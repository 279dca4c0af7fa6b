/* SPDX-License-Identifier: MIT
 *
 * kernel.c: runs etch-kernel beside the program; see kernel.h.
 *
 * Reads:  the line in which etch-kernel says that it is ready.
 * Writes: nothing.
 */
#include "cli/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/tool.h"
#include "format/kernel.h"

#define READY "ready "

__attribute__((noreturn)) static void become(const struct cli_command *self, const int in[2],
                                             const int out[2], const char *events, const char *dir)
{
    char *file;
    if (asprintf(&file, "%s/" ETCH_KERNEL_FILE, dir) < 0 || dup2(in[0], 0) < 0 ||
        dup2(out[1], 1) < 0)
        _exit(CLI_FAILURE);
    char *argv[] = {NULL, (char *)(uintptr_t)events, file, NULL};
    _exit(cli_tool_run(self, "kernel", argv, "libtracefs"));
}

/* The first line of etch-kernel, which names the marker. */
static bool read_ready(struct kernel *k, int fd)
{
    char line[sizeof(READY) + PATH_MAX - 1];
    size_t used = 0;
    ssize_t n;
    while (used < sizeof(line) - 1 && (n = read(fd, line + used, 1)) == 1 && line[used] != '\n')
        used++;
    line[used] = '\0';
    if (strncmp(line, READY, strlen(READY)) != 0)
        return false;
    memcpy(k->marker, line + strlen(READY), used + 1 - strlen(READY));
    return true;
}

int kernel_start(struct kernel *k, const struct cli_command *self, const char *events,
                 const char *dir)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0)
        goto failed;
    if (pipe2(out, O_CLOEXEC) < 0) {
        close(in[0]);
        close(in[1]);
        goto failed;
    }
    k->pid = fork();
    if (k->pid == 0)
        become(self, in, out, events, dir);
    close(in[0]);
    close(out[1]);
    k->alive = in[1];
    bool ready = k->pid > 0 && read_ready(k, out[0]);
    close(out[0]);
    if (ready)
        return CLI_OK;
    kernel_end(k);
    return CLI_FAILURE;
failed:
    cli_error(self, "no pipe to etch-kernel: %s", strerror(errno));
    return CLI_FAILURE;
}

int kernel_end(struct kernel *k)
{
    int status = 0;
    if (k->pid <= 0)
        return CLI_OK;
    close(k->alive);
    while (waitpid(k->pid, &status, 0) < 0 && errno == EINTR)
        ;
    k->pid = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CLI_OK : CLI_FAILURE;
}
