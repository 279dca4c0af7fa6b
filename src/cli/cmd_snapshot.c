/* SPDX-License-Identifier: MIT
 *
 * cmd_snapshot.c: `etch snapshot`: the last events of a running process, as a
 * trace of its own.
 *
 * Reads:  the pool of the process.
 * Writes: a CTF trace; its name on stdout, what is in it on stderr.
 * Never:  stops the process, or needs its help.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "read/lent.h"
#include "read/pool.h"
#include "read/pools.h"
#include "read/snapshot.h"

static const struct cli_option options[] = {
    {'o', "output", "DIR", "the trace (default snapshot-PID-1.ctf, -2 and so on)", CLI_DIR, NULL},
    {0},
};

/* The pool of a process: of the image that it is now, if there are several. */
struct search {
    uint32_t pid;
    bool lives;
    char path[ETCH_POOL_PATH_MAX];
};

static int look(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct search *search = arg;
    bool lives = pool_lives(fd, header);

    if (header->pid != search->pid || (search->path[0] && !lives))
        return 0;
    snprintf(search->path, sizeof(search->path), "%s", path);
    search->lives = lives;
    return lives;
}

/* Tries names until one is free. */
static int make(const char *pool, uint32_t pid, char *dir, size_t size,
                struct etch_snapshot *result, char **error)
{
    int code = -EEXIST;

    for (unsigned n = 1; n < 10000 && code == -EEXIST; n++) {
        snprintf(dir, size, "snapshot-%" PRIu32 "-%u.ctf", pid, n);
        code = etch_snapshot(pool, dir, result, error);
    }
    return code;
}

static void tell(const struct cli_command *self, const struct search *search,
                 const struct etch_snapshot *s, const char *dir)
{
    printf("%s\n", dir);
    if (s->events == 0)
        cli_error(self,
                  "no event of process %" PRIu32 ": what it records is in its trace already; the "
                  "pool of a flight recorder (`etch record --flight`) has the last events",
                  search->pid);
    else
        cli_error(self, "%" PRIu64 " event%s of process %" PRIu32 "%s, the last %.6f s", s->events,
                  s->events == 1 ? "" : "s", search->pid, search->lives ? "" : ", which has ended",
                  (double)(s->last_ns - s->first_ns) / 1e9);
    if (s->overwritten_packets)
        cli_error(self, "overwritten before: %" PRIu64 " packet%s (%" PRIu64 " bytes of events)",
                  s->overwritten_packets, s->overwritten_packets == 1 ? "" : "s",
                  s->overwritten_bytes);
    if (s->discarded)
        cli_error(self, "discarded before, for lack of room: %" PRIu64 " event%s", s->discarded,
                  s->discarded == 1 ? "" : "s");
}

static int snapshot(const struct cli_command *self, const char *operand, const char *output)
{
    char *end, *error = NULL, dir[PATH_MAX];
    unsigned long pid = strtoul(operand, &end, 10);
    struct etch_snapshot result;
    struct search search = {.pid = (uint32_t)pid};

    if (operand[0] < '1' || operand[0] > '9' || *end || pid > INT32_MAX)
        return cli_usage(self, "'%s' is no number of a process; `etch ps` shows them", operand);
    pools_each(look, &search);
    if (!search.path[0]) {
        lent_ask(search.pid);
        pools_each(look, &search);
    }
    if (!search.path[0]) {
        bool there = kill((pid_t)pid, 0) == 0 || errno != ESRCH;
        cli_error(self, "process %lu has no pool: %s; `etch ps` shows which do", pid,
                  there ? "it records no events, or not as this user" : "there is no such process");
        return CLI_FAILURE;
    }
    snprintf(dir, sizeof(dir), "%s", output ? output : "");
    int code = output ? etch_snapshot(search.path, dir, &result, &error)
                      : make(search.path, search.pid, dir, sizeof(dir), &result, &error);
    if (code == -EEXIST)
        cli_error(self, "%s is there already: choose another folder with -o", dir);
    else if (code < 0)
        cli_error(self, "%s", error ? error : strerror(-code));
    free(error);
    if (code < 0 && (code != -EINVAL || result.events == 0))
        return CLI_FAILURE;
    tell(self, &search, &result, dir);
    return code < 0 ? CLI_FAILURE : CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    const struct cli_option *option;
    const char *value, *output = NULL;
    int at = 0;

    while ((option = cli_next_option(self, argc, argv, &at, &value)))
        output = value;
    if (argc - at != 1)
        return cli_usage(self, at == argc ? "no PID is named" : "one PID, please");
    return cli_finish(self, snapshot(self, argv[at], output));
}

const struct cli_command cli_snapshot = {
    .name = "snapshot",
    .summary = "Save the last events of a running process",
    .operands = "PID",
    .about =
        "Copies what the pool of a process holds into a CTF trace, which `etch print`, babeltrace2 "
        "and other readers of CTF take. The process goes on, and does nothing for it. Most useful "
        "with a flight recorder (`etch record --flight 64M`), whose pool has the last events; of "
        "other recordings it has what is not yet in their trace. Repeat it as you like.\n"
        "\n"
        "Says on stderr how many events there are, over which time, and how many packets were "
        "overwritten before; on stdout the name of the trace.",
    .examples = "etch snapshot 4711\tsnapshot-4711-1.ctf\n"
                "etch print $(etch snapshot $(pgrep myserver))\tits last events, at once\n"
                "etch snapshot 4711 -o before.ctf\tunder a name",
    .options = options,
    .complete = CLI_NONE,
    .run = run,
};
