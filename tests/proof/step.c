/* SPDX-License-Identifier: MIT
 *
 * step.c: proves that SIGKILL loses nothing, at any instruction:
 *
 *     step WORKER ETCH EVERY SCENARIO[:SETTINGS]...
 *
 * Each scenario of worker.c runs one instruction at a time; after each, the pool
 * and the trace folder are copied as they are, which is what SIGKILL there
 * leaves, and the copies are read: the events whose call has returned are there,
 * whole and once. At every EVERY-th instruction a fresh run is really killed, and
 * read by `etch print`, recovered, and read again.
 *
 * Writes: a folder of its own below /dev/shm, removed at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "read/recover.h"
#include "snapshot.h"
#include "tracee.h"

#define PATH 256

static const char *worker, *etch;
static char folder[PATH]; /* ours */
static struct proof_shared *shared;

struct run {
    struct tracee tracee;
    char from[PATH]; /* where the trace goes */
    bool seen;       /* there was one */
};

static void die(const char *what)
{
    fprintf(stderr, "step: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- folders ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void folder_remove(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void folder_make(char path[PATH], const char *name)
{
    snprintf(path, PATH, "%.200s/%s", folder, name);
    folder_remove(path);
    if (mkdir(path, 0700) < 0)
        die(path);
}

static void cleanup(void)
{
    folder_remove(folder);
}

/* A file with this content; its name at `path`. */
static void file_make(char path[PROOF_PATH], const char *name, const char *content)
{
    snprintf(path, PROOF_PATH, "%.90s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, content, strlen(content)) < 0)
        die(path);
    close(fd);
}

static struct proof_shared *shared_make(char path[PATH])
{
    snprintf(path, PATH, "%.200s/shared", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(*shared)) < 0)
        die(path);
    void *p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED)
        die(path);
    return p;
}

/* ---- runs ---- */

/* Takes a word of ours from the front of the settings. */
static bool setting(const char **settings, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*settings, word, length) != 0)
        return false;
    *settings += length;
    *settings += **settings == ',';
    return true;
}

/* Starts "SCENARIO:SETTINGS". Ours of them stand in front: `bare`, as without etch
 * record; `noclock`, where the kernel does not trust the TSC. */
static void run_start(struct run *run, const char *scenario)
{
    char shared_path[PATH], name[32], trace[3 * PATH];
    size_t length = strcspn(scenario, ":");
    const char *settings = scenario[length] == ':' ? scenario + length + 1 : "";
    if (shared != NULL)
        munmap(shared, sizeof(*shared));
    shared = shared_make(shared_path);
    memset(shared, 0, sizeof(*shared));
    run->seen = false;
    bool bare = setting(&settings, "bare"), raw = !setting(&settings, "noclock");
    file_make(shared->clock_source, "clock", raw ? "tsc\n" : "none\n");
    file_make(shared->boot_id, "boot", "00000000-0000-0000-0000-000000000000\n");
    folder_make(run->from, "from");
    snprintf(name, sizeof(name), "%.*s", (int)length, scenario);
    snprintf(trace, sizeof(trace), "ETCH_TRACE=*,buffer=4K%s%s%s%s",
             bare ? "" : ",dir=", bare ? "" : run->from, settings[0] != '\0' ? "," : "", settings);
    char *argv[] = {(char *)(uintptr_t)worker, shared_path, name, NULL};
    char *envp[] = {trace, NULL};
    tracee_start(&run->tracee, run->from, argv, envp, shared);
}

/* What the process left, brought into its trace: what `etch record` does. */
static void run_recover(struct run *run)
{
    struct etch_recovered result = {0};
    char *error;
    if (etch_recover_folder(run->from, &result, &error) < 0)
        tracee_fail(&run->tracee, "cannot recover: %s", error);
    free(error);
}

static char *output_of(char *const argv[], int *status)
{
    static char text[1 << 22];
    int ends[2];
    size_t used = 0;
    ssize_t n;
    if (pipe(ends) < 0)
        die("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        execv(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    while ((n = read(ends[0], text + used, sizeof(text) - 1 - used)) > 0)
        used += (size_t)n;
    close(ends[0]);
    text[used] = '\0';
    waitpid(pid, status, 0);
    return text;
}

/* `etch print` shows what is to be there, of each output. Of a process that was
 * killed in its first event it may say that there is no trace yet. */
static void run_print(struct run *run, const char *when)
{
    static const char *const endings[] = {"", ".ctf"};
    bool due = false;
    for (uint32_t n = 0; n < shared->next && n < PROOF_EVENTS; n++)
        due = due || shared->state[n] == PROOF_RETURNED;
    for (unsigned i = 0; i < 2; i++) {
        static struct found found;
        char trace[PATH + 32];
        int status = 0;
        snprintf(trace, sizeof(trace), "%s/trace-%d%s", run->from, (int)run->tracee.pid,
                 endings[i]);
        char *argv[] = {(char *)(uintptr_t)etch,   (char *)"print", (char *)"--exe",
                        (char *)(uintptr_t)worker, trace,           NULL};
        if (access(trace, F_OK) < 0)
            continue;
        found = (struct found){0};
        judge_lines(&found, output_of(argv, &status));
        if ((status != 0 && due) || !judge_right(&found, shared))
            tracee_fail(&run->tracee, "%s: etch print %s: status %d, %s", when, trace, status,
                        found.wrong);
        run->seen = true;
    }
    if (!run->seen && due)
        tracee_fail(&run->tracee, "%s: there is no trace", when);
}

/* ---- the proof ---- */

struct moments {
    struct moment *list;
    size_t n;
};

static void moment_add(struct moments *moments, struct moment moment)
{
    moments->list = realloc(moments->list, (moments->n + 1) * sizeof(moment));
    if (moments->list == NULL)
        die("realloc");
    moments->list[moments->n++] = moment;
}

/* Looks at every instruction; notes every EVERY-th. */
static void run_checked(const char *scenario, unsigned every, struct moments *moments)
{
    struct run run;
    char copies[PATH];
    run_start(&run, scenario);
    folder_make(copies, "copies");
    struct tracee *t = &run.tracee;
    struct snapshot *snapshot = snapshot_new(t->pid, run.from, copies, worker);
    bool files = true;
    while (tracee_step(t, !t->checked)) {
        if (!t->checked) {
            files = true;
            continue;
        }
        struct found *found;
        unsigned n = snapshot_take(snapshot, files || t->now.since == 0, &found);
        files = false;
        for (unsigned i = 0; i < n; i++)
            if (!judge_right(&found[i], shared))
                tracee_fail(t, "output %u of %u: %s", i + 1, n, found[i].wrong);
        tracee_note(t);
        if (t->steps % every == 0)
            moment_add(moments, tracee_moment(t));
    }
    if (t->status != 0)
        tracee_fail(t, "the worker ended with status 0x%x", t->status);
    run_print(&run, "at the end");
    run_recover(&run);
    run_print(&run, "at the end, recovered");
    printf("%s: %llu instructions, %llu states, %u events", scenario, (unsigned long long)t->steps,
           (unsigned long long)snapshot_taken(snapshot), shared->next);
    fflush(stdout);
    snapshot_free(snapshot);
}

/* Kills a fresh run at a moment. */
static void run_killed(const char *scenario, const struct moment *moment)
{
    struct run run;
    run_start(&run, scenario);
    struct tracee *t = &run.tracee;
    if (!tracee_go(t, moment))
        tracee_fail(t, "it ended before moment %llu+%llu", (unsigned long long)moment->decided,
                    (unsigned long long)moment->since);
    tracee_kill(t);
    run_print(&run, "killed");
    run_recover(&run);
    run_print(&run, "recovered");
    run_recover(&run);
    run_print(&run, "recovered again");
}

static void prove(const char *scenario, unsigned every)
{
    struct moments moments = {0};
    run_checked(scenario, every, &moments);
    for (size_t i = 0; i < moments.n; i++)
        run_killed(scenario, &moments.list[i]);
    printf(", %zu kills\n", moments.n);
    free(moments.list);
}

int main(int argc, char **argv)
{
    cpu_set_t one;
    if (argc < 5)
        return 2;
    worker = realpath(argv[1], NULL); /* it runs in a folder of its own */
    etch = realpath(argv[2], NULL);
    if (worker == NULL || etch == NULL)
        die("worker or etch");
    snprintf(folder, sizeof(folder), "/dev/shm/etch-proof.XXXXXX");
    if (mkdtemp(folder) == NULL)
        die(folder);
    atexit(cleanup);
    /* Tracer and worker take turns: on one processor that is cheapest. */
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
    for (int i = 4; i < argc; i++)
        prove(argv[i], (unsigned)atoi(argv[3]));
    return 0;
}
