/* SPDX-License-Identifier: MIT
 *
 * cmd_recover.c: `etch recover`: what ended processes left in the runtime
 * folder becomes part of their traces.
 *
 * Reads:  pools and side files.
 * Writes: the traces that they name; a line for each process on stdout.
 * Never:  touches what a living process uses.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "read/in_ctf.h"
#include "read/pool.h"
#include "read/pools.h"
#include "read/recover.h"
#include "read/recover_ctf.h"
#include "read/sweep.h"

static const struct cli_option options[] = {
    {'q', "quiet", NULL, "only messages about what could not be recovered", CLI_NONE, NULL},
    {0},
};

/* What is recovered, and what came of it. */
struct job {
    const struct cli_command *self;
    bool quiet;
    bool all;           /* whatever has ended */
    uint32_t pid;       /* else this process, */
    struct stat folder; /* or what lies in this folder */
    unsigned found, busy;
    unsigned gone; /* whose trace, or the folder of it, is no more */
    int status;
};

static void tell(const struct job *job, const struct etch_pool_header *header,
                 const struct etch_recovered *r)
{
    bool ctf = header->ctf_path[0] != '\0', simple = header->trace_path[0] != '\0';

    if (job->quiet)
        return;
    if (!simple && !ctf) {
        printf("process %" PRIu32 ": nothing to recover, its pool is removed\n", header->pid);
        return;
    }
    printf("process %" PRIu32 ": %" PRIu64 " event%s recovered, %" PRIu64 " lost: %s%s%s\n",
           header->pid, r->events, r->events == 1 ? "" : "s", r->lost,
           simple ? header->trace_path : "", simple && ctf ? ", " : "",
           ctf ? header->ctf_path : "");
}

static void recover(struct job *job, const char *path, const struct etch_pool_header *header)
{
    struct etch_recovered result = {0};
    char *error = NULL;
    int code = etch_recover(path, &result, &error);

    job->found++;
    if (code == -EBUSY) {
        job->busy++;
    } else if (code < 0) {
        cli_error(job->self, "%s (process %" PRIu32 ", pool %s)", error ? error : strerror(-code),
                  header->pid, path);
        if (code == -ENOENT)
            job->gone++;
        job->status = CLI_FAILURE;
    } else {
        tell(job, header, &result);
    }
    free(error);
}

static int visit(void *arg, const char *path, int fd, const struct etch_pool_header *header)
{
    struct job *job = arg;

    if (job->all   ? pool_lives(fd, header)
        : job->pid ? header->pid != job->pid
                   : !pools_is_in(header, &job->folder))
        return 0;
    recover(job, path, header);
    return 0;
}

static void recover_file(struct job *job, const char *path)
{
    struct etch_pool_header header;
    int fd = pools_open(path, O_RDONLY);
    int error = fd < 0 ? fd : pool_peek(fd, &header);

    if (fd >= 0)
        close(fd);
    if (error == 0) {
        recover(job, path, &header);
        return;
    }
    cli_error(job->self, "%s: %s", path,
              error == -EINVAL ? "neither a folder of traces nor a pool of this version of etch"
                               : strerror(-error));
    job->status = CLI_FAILURE;
}

/* The number of a process: digits, and no file of that name. */
static uint32_t as_pid(const char *text)
{
    struct stat st;
    char *end;
    unsigned long pid = strtoul(text, &end, 10);

    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && pid <= INT32_MAX &&
                   stat(text, &st) < 0
               ? (uint32_t)pid
               : 0;
}

static void tidy(struct job *job, const char *dir)
{
    char *error = NULL;
    struct fault fault = {NULL, &error};
    int64_t cut = ctf_tidy(dir, &fault);

    if (cut < 0 && cut != -EBUSY) {
        cli_error(job->self, "%s", error ? error : strerror((int)-cut));
        job->status = CLI_FAILURE;
    }
    if (cut > 0 && !job->quiet)
        printf("%s: %lld bytes cut that were not whole\n", dir, (long long)cut);
    free(error);
}

/* CTF traces of a folder, or it, whose processes left no pool behind. */
static void tidy_folder(struct job *job, const char *path)
{
    glob_t found = {0};
    char *pattern;

    if (ctf_is_trace(path)) {
        tidy(job, path);
        return;
    }
    if (asprintf(&pattern, "%s/*.ctf", path) < 0)
        return;
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            if (ctf_is_trace(found.gl_pathv[i]))
                tidy(job, found.gl_pathv[i]);
    globfree(&found);
    free(pattern);
    ctf_remove_unmade(path);
}

static void recover_operand(struct job *job, const char *text)
{
    unsigned busy = job->busy;

    job->pid = as_pid(text);
    if (!job->pid && (stat(text, &job->folder) < 0 || !S_ISDIR(job->folder.st_mode))) {
        recover_file(job, text);
    } else {
        unsigned found = job->found;
        pools_each(visit, job);
        if (job->pid && job->found == found) {
            cli_error(job->self, "process %" PRIu32 " left nothing behind", job->pid);
            job->status = CLI_FAILURE;
        }
        if (!job->pid && job->status == CLI_OK)
            tidy_folder(job, text);
    }
    if (job->busy == busy)
        return;
    cli_error(job->self, "%s: %u process%s still run%s: left alone, readers find what it has", text,
              job->busy - busy, job->busy - busy == 1 ? "" : "es",
              job->busy - busy == 1 ? "s" : "");
    job->status = CLI_FAILURE;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct job job = {.self = self, .status = CLI_OK};
    const struct cli_option *option;
    const char *value;
    int at = 0;

    while ((option = cli_next_option(self, argc, argv, &at, &value)))
        job.quiet = true;
    job.all = at == argc;
    if (job.all)
        pools_each(visit, &job);
    for (; at < argc; at++)
        recover_operand(&job, argv[at]);
    if (job.gone)
        cli_error(self, "where a trace was removed, `etch print POOL` shows what is left of it; "
                        "remove the pool if nobody wants that");
    etch_sweep();
    return cli_finish(self, job.status);
}

const struct cli_command cli_recover = {
    .name = "recover",
    .summary = "Complete the traces of processes that were killed",
    .operands = "[DIR|POOL|PID...]",
    .about =
        "A process that is killed leaves its last events in its pool, in the runtime folder. All "
        "commands of etch that read the trace find them there; other readers need a trace that is "
        "whole. This makes it so: what the pool has is written behind what the trace has, the "
        "metadata of a CTF trace are completed, and the pool is removed. `etch record` does it by "
        "itself at its end.\n"
        "\n"
        "Of a CTF trace that a machine left when it went down, without a pool, the last packet of "
        "a stream is cut off if it is not whole.\n"
        "\n"
        "DIR is a folder of traces or a CTF trace, POOL a file of the runtime folder, PID a "
        "process "
        "that has ended. Without operand everything is recovered that ended processes left, "
        "wherever their traces are; a line for each says what and where.\n"
        "\n"
        "Interrupted and started again it gives the same. Nothing of a living process is touched: "
        "where one is named, or writes into DIR, that is said and the status is 1, as it is where "
        "a trace is gone or damaged; its pool then stays.",
    .examples = "etch recover\tall that ended processes left\n"
                "etch recover etch.data && babeltrace2 etch.data\ta recording, for another reader\n"
                "etch recover 4711\twhat this process left",
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
