/* SPDX-License-Identifier: MIT
 *
 * cmd_record.c: `etch record`: runs a program with its events on and keeps the
 * traces of all its processes in one folder.
 *
 * Reads:  what the program recorded.
 * Writes: DIR; what came of it, on stderr.
 * Never:  touches the program's stdin, stdout, stderr or exit status.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/kernel.h"
#include "cli/launch.h"
#include "cli/outcome.h"
#include "cli/record.h"
#include "cli/session.h"
#include "format/version.h"
#include "read/in_note.h"

/* How often the pools of processes that have ended are taken in: they lie in
 * memory, and a build runs thousands. */
#define SWEEP_MS 200

/* The command line as a shell would take it. */
static char *quoted(char *const *argv)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (; *argv; argv++) {
        bool plain = **argv && !(*argv)[strspn(*argv, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "abcdefghijklmnopqrstuvwxyz"
                                                      "0123456789-_./,:=+@%")];
        if (!plain)
            fputc('\'', out);
        for (const char *c = *argv; *c; c++)
            fputs(*c == '\'' ? "'\\''" : (char[]){*c, '\0'}, out);
        if (!plain)
            fputc('\'', out);
        if (argv[1])
            fputc(' ', out);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* A binary: its path, and which build of it. */
static void put_binary(struct session *s, const char *key, const char *path)
{
    char id[ETCH_BUILD_ID_SIZE], id_key[32];

    session_put(s, key, "%s", path);
    if (etch_build_id(path, id) < 0)
        return;
    snprintf(id_key, sizeof(id_key), "%s_build_id", key);
    session_put(s, id_key, "%s", id);
}

void record_put_start(struct session *s, const struct launch *l)
{
    char cwd[PATH_MAX];
    struct utsname host;
    char *command = quoted(l->argv);

    session_put(s, "etch", "%s", ETCH_VERSION);
    session_put(s, "command", "%s", command ? command : l->argv[0]);
    free(command);
    put_binary(s, "program", l->path);
    if (uname(&host) == 0) {
        session_put(s, "host", "%s", host.nodename);
        session_put(s, "kernel", "%s %s %s", host.sysname, host.release, host.machine);
    }
    if (getcwd(cwd, sizeof(cwd)))
        session_put(s, "cwd", "%s", cwd);
    session_put(s, "policy", "%s", l->policy ? l->policy : "block");
    if (l->buffer)
        session_put(s, "buffer", "%llu", (unsigned long long)l->buffer);
    for (size_t i = 0; i < l->n_triggers; i++)
        session_put(s, "trigger", "%s", l->triggers[i]);
    if (l->max_size)
        session_put(s, "max_size", "%llu", (unsigned long long)l->max_size);
    if (l->max_files)
        session_put(s, "max_files", "%llu", (unsigned long long)l->max_files);
    if (l->kernel)
        session_put(s, "kernel_events", "%s", l->kernel);
    for (size_t i = 0; i < l->n_patterns; i++)
        session_put(s, "pattern", "%s", l->patterns[i]);
    if (l->events[0])
        session_put(s, "events", "%s", l->events);
    if (l->preload[0])
        put_binary(s, "preload", l->preload);
    session_put_time(s, "start");
}

static void put_end(struct session *s, const struct child *child)
{
    session_put_time(s, "end");
    session_put(s, "status", "%d", child->status);
    if (child->signal)
        session_put(s, "signal", "%d", child->signal);
}

/* Runs the program. Its status, as a shell would have it. */
static int record(const struct cli_command *self, struct launch *l, struct session *s,
                  const char *dir)
{
    struct child child;
    struct kernel kernel = {0};

    if (l->kernel && kernel_start(&kernel, self, l->kernel, s->dir) != CLI_OK)
        return CLI_FAILURE;
    l->marker = l->kernel ? kernel.marker : NULL;
    if (launch_environment(l, self, s->dir) != CLI_OK) {
        kernel_end(&kernel);
        return CLI_FAILURE;
    }
    record_put_start(s, l);
    int error = child_start(&child, l->path, l->argv, l->envp);
    if (error) {
        kernel_end(&kernel);
        cli_error(self, "cannot run %s: %s", l->argv[0], strerror(-error));
        return CHILD_NOT_EXECUTABLE;
    }
    session_put(s, "pid", "%d", (int)child.pid);
    /* Until etch ends its signals stay blocked: the Ctrl-C that ended the
     * program may still be on its way to us. */
    while (!child_wait(&child, SWEEP_MS))
        outcome_sweep(dir);
    put_end(s, &child);
    int kept = kernel_end(&kernel);
    outcome_tell(self, l, dir, &child);
    return child.status || kept == CLI_OK ? child.status : CLI_FAILURE;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct launch launch = {0};
    struct session session;
    const char *dir = RECORD_DIR;
    int status = launch_parse(&launch, self, argc, argv, &dir);

    if (status == CLI_OK && launch.process) {
        status = record_attached(self, &launch, dir);
        launch_free(&launch);
        return cli_finish(self, status);
    }
    if (status == CLI_OK)
        status = session_create(&session, self, dir);
    if (status == CLI_OK) {
        status = record(self, &launch, &session, dir);
        if (session_close(&session) != CLI_OK && status == CLI_OK)
            status = CLI_FAILURE;
    }
    launch_free(&launch);
    return cli_finish(self, status);
}

static const struct cli_option options[] = {
    LAUNCH_OPTIONS,
    FLIGHT_OPTIONS,
    {0, "kernel", "EVENTS",
     "record events of the kernel, too, such as sched:sched_switch,syscalls:sys_enter_write or "
     "sched "
     "(all of a system); wants root",
     CLI_NONE, NULL},
    {'p', "process", "PID|NAME", "a program that runs already; Ctrl-C ends the recording, not it",
     CLI_PROCESS, NULL},
    {0, "for", "TIME", "with -p: end by itself after so long, such as 10s", CLI_NONE, NULL},
    {'o', "output", "DIR",
     "the folder for the traces (default " RECORD_DIR "); an older trace in it becomes DIR.old",
     CLI_DIR, NULL},
    {0},
};

const struct cli_command cli_record = {
    .name = "record",
    .summary = "Run a program and record its events",
    .operands = "[--] PROG [ARG]... | -p PID|NAME",
    .about =
        "Runs PROG with its events switched on and writes one trace for each of its processes "
        "into DIR, together with a file `session` that names the command, the host, the clock and "
        "the exit status. PROG's input, output and signals are its own, and its exit status is "
        "that of etch: 127 if there is no such program, 126 if it cannot be executed, 128+N if "
        "signal N killed it.\n\n"
        "--kernel keeps events of the kernel in DIR/kernel, from an instance of tracefs that is "
        "made for the recording and removed at its end; events of PROG's backend ftrace go to "
        "that instance, as ftrace:print. `etch print` shows all in order of time; the fields of "
        "the "
        "kernel's events are arguments, as in -e 'sched:sched_switch if next_pid == 4711'.\n\n"
        "With -p a program that is linked with libetch and runs already (`etch ps`) is recorded "
        "until Ctrl-C, or for the time of --for, and then left as it was: its thread that writes, "
        "its buffer and its files of the trace go, and events are on or off as they were, "
        "conditions "
        "and limits of -e and --events with them. These are for events that nobody else has on. "
        "With --kernel, events of the backend ftrace go on to where they went. It "
        "records for nobody else meanwhile: `trace-file` and `snapshot` of `etch ctl` are of this "
        "recording, and what they set ends with it; a child that it forks is not recorded. If etch "
        "is "
        "killed the program notices, and ends the recording by itself.\n\n"
        "Nothing is lost when PROG is killed: what its processes had not yet written is merged "
        "into their traces at the end. At the end etch says how many events were recorded and "
        "dropped. A trace that `trace-file set` has put elsewhere meanwhile is found from DIR, as "
        "long as it stays where it is.",
    .examples = "etch record -p redis-server -e 'heap_*' --for 10s\tten seconds of a server that "
                "runs\n"
                "etch record --kernel sched:sched_switch -- ./server\t"
                "what the scheduler did between the program's events\n"
                "etch record ./hello\trecord all events of a program\n"
                "etch record -e 'net_*' -e '-net_poll' -o net.data -- ./server --port 80\t"
                "only some events, into a folder of their own\n"
                "etch record --preload heap -- git log\tevery malloc and free of git\n"
                "etch record --flight 64M -- ./server\tthe last events before it crashes\n"
                "etch record --flight 64M --trigger 'heap_malloc if ptr == 0, before 10s' -- "
                "./server\tthe ten seconds before an allocation fails\n",
    .options = options,
    .complete = CLI_PROGRAM,
    .stop_at_operand = true,
    .run = run,
};
