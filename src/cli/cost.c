/* SPDX-License-Identifier: MIT
 *
 * cost.c: runs etch-cost-BACKEND and takes what it says; see cost.h.
 *
 * Reads:  its stdout.
 * Writes: nothing.
 */
#include "cli/cost.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/tool.h"

extern char **environ;

/* Its stdout, or NULL. */
static FILE *start(const char *path, pid_t *pid)
{
    int ends[2];
    posix_spawn_file_actions_t actions;
    char *argv[] = {(char *)(uintptr_t)path, NULL};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int error = posix_spawn(pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *out = error == 0 ? fdopen(ends[0], "r") : NULL;
    if (out == NULL)
        close(ends[0]);
    return out;
}

static void take(struct cost *cost, const char *line)
{
    if (strncmp(line, "off ", 4) == 0)
        cost->off = strtod(line + 4, NULL);
    else if (strncmp(line, "on ", 3) == 0)
        cost->on = strtod(line + 3, NULL);
    else if (strncmp(line, "why ", 4) == 0)
        snprintf(cost->why, sizeof(cost->why), "%.*s", (int)strcspn(line + 4, "\n"), line + 4);
}

void cost_measure(struct cost *cost, const char *backend)
{
    char name[64], path[PATH_MAX], line[256];
    pid_t pid;
    *cost = (struct cost){.off = -1, .on = -1};
    snprintf(name, sizeof(name), "cost-%s", backend);
    if (!cli_tool_path(name, path)) {
        snprintf(cost->why, sizeof(cost->why), "this etch was built without what it needs");
        return;
    }
    unsetenv("ETCH_TRACE"); /* what it traces is its own matter */
    FILE *out = start(path, &pid);
    if (out == NULL) {
        snprintf(cost->why, sizeof(cost->why), "%.100s cannot be run", name);
        return;
    }
    while (fgets(line, sizeof(line), out) != NULL)
        take(cost, line);
    fclose(out);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (cost->on < 0 && cost->why[0] == '\0')
        snprintf(cost->why, sizeof(cost->why), "%.100s failed", name);
}
