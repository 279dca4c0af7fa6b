/* SPDX-License-Identifier: MIT
 *
 * wait.c: see wait.h. SIGINT and SIGTERM end the wait and, with it, the command
 * in good order; the second one kills as usual.
 *
 * Reads:  inotify.
 * Writes: nothing.
 * Never:  spins.
 */
#include "cli/wait.h"

#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LONGEST_MS 200

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

void cli_wait_begin(struct cli_wait *wait, const char *const *paths, size_t n)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESETHAND};

    wait->fd = -1;
    if (!paths)
        return;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* Without inotify, or of a file system without it, the timeout serves. */
    wait->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    for (size_t i = 0; i < n && wait->fd >= 0; i++)
        inotify_add_watch(wait->fd, paths[i], IN_MODIFY | IN_CREATE | IN_MOVED_TO);
}

bool cli_wait(struct cli_wait *wait)
{
    struct pollfd poll_fd = {.fd = wait->fd, .events = POLLIN};
    char events[4096];

    if (!interrupted)
        poll(&poll_fd, 1, LONGEST_MS);
    while (wait->fd >= 0 && read(wait->fd, events, sizeof(events)) > 0)
        ;
    return !interrupted;
}

void cli_wait_end(struct cli_wait *wait)
{
    if (wait->fd >= 0)
        close(wait->fd);
}
