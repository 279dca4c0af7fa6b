/* SPDX-License-Identifier: MIT
 *
 * actor.c: a traced program that does what its arguments say, one after the
 * other, so that the shell tests here need no program each.
 *
 *   fire N            N events life_tick(0, n), n counting on
 *   signal N          raises SIGUSR1 N times; the handler fires life_signal
 *   text N            life_text with N bytes
 *   threads T N       T threads with N events each, streams 1 to T
 *   timers T N        the same, under a timer whose handler fires life_signal
 *   storm T N         the same with a handler that is interrupted by itself
 *   fork … end        the words between are the child's, who exits after them;
 *                     the parent waits; `end` closes the innermost
 *   rawfork … end     the same by clone(2) itself
 *   libcfork … end    the same by _Fork(3)
 *   vfork             a vforked child fires one event and runs `actor fire 3`
 *   spawn             posix_spawn of `actor fire 3`
 *   exec              execs `actor` with the rest of the words, up to `end`
 *   daemon            daemon(1, 1)
 *   detach            forks; the parent leaves at once
 *   repeat N … end    the words between N times
 *   exit N, _exit N, quick_exit N, kill SIGNAL
 *   trace STRING      etch_trace
 *   flush             etch_flush
 *   closefrom FD      closes all descriptors from FD on
 *   chdir DIR, umask OCTAL
 *   dlopen LIB N      loads LIB, plugin_run(…, N), unloads it
 *   fds               prints the open descriptors
 *   memory            prints the most that was resident, in KiB
 *   status            prints tasks and signal masks as /proc shows them
 *   say WORD          prints a line
 *   pid               prints `pid N`
 *   secure            prints `secure 1` where the kernel distrusts the user
 *   read              reads a line of stdin
 *   note              appends `PID EVENT COUNT` lines to $LEDGER
 *
 * Each process counts its events from 0 on.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef ACTOR_PLAIN
#include <etch/etch.h>

#include "trace-life.h"
#endif

extern char **environ;

static uint64_t ticks, thread_ticks, texts, plugin_ticks, plugin_names;
static volatile uint64_t signals;
static char *self;

static void die(const char *what)
{
    fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
    exit(99);
}

/* A new process counts for itself. */
static void reset(void)
{
    ticks = thread_ticks = texts = plugin_ticks = plugin_names = 0;
    signals = 0;
}

static void fire(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_life_tick(0, ticks++);
}

static void on_signal(int number)
{
    (void)number;
    uint64_t n = __atomic_fetch_add(&signals, 1, __ATOMIC_RELAXED);
    trace_life_signal(0, n);
}

static void handle(int number, int flags)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART | flags};
    sigaction(number, &act, NULL);
}

/* ---- threads ---- */

struct job {
    pthread_t thread;
    uint64_t who, n;
};

static void *thread_main(void *argument)
{
    struct job *job = argument;
    for (uint64_t i = 0; i < job->n; i++)
        trace_life_tick(job->who, i);
    return NULL;
}

static void threads(uint64_t count, uint64_t n)
{
    static uint64_t streams;
    struct job *jobs = calloc(count, sizeof(*jobs));
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    for (uint64_t i = 0; jobs != NULL && i < count; i++) {
        jobs[i].who = ++streams;
        jobs[i].n = n;
        errno = pthread_create(&jobs[i].thread, &attr, thread_main, &jobs[i]);
        if (errno != 0)
            die("pthread_create");
    }
    for (uint64_t i = 0; jobs != NULL && i < count; i++)
        pthread_join(jobs[i].thread, NULL);
    free(jobs);
    thread_ticks += count * n;
}

static void timers(uint64_t count, uint64_t n, int flags)
{
    struct itimerval often = {{0, 100}, {0, 100}}, off = {{0, 0}, {0, 0}};
    handle(SIGALRM, flags);
    setitimer(ITIMER_REAL, &often, NULL);
    threads(count, n);
    setitimer(ITIMER_REAL, &off, NULL);
}

/* ---- processes ---- */

static void act(char **words, char **end);

/* The `end` that closes the block that begins at words; a block opens with
 * fork, rawfork, libcfork, repeat. */
static char **block_end(char **words)
{
    static const char *const openers[] = {"fork", "rawfork", "libcfork", "repeat"};
    int depth = 1;
    for (; *words != NULL; words++) {
        for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
            depth += strcmp(*words, openers[i]) == 0;
        if (strcmp(*words, "end") == 0 && --depth == 0)
            return words;
    }
    errno = EINVAL;
    die("end is missing");
    return NULL;
}

static void wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            die("waitpid");
}

static void child(pid_t pid, char **words, char **end)
{
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        reset();
        act(words, end);
        exit(0);
    }
    wait_for(pid);
}

static pid_t raw_fork(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void vforked(void)
{
    char *argv[] = {self, (char *)"fire", (char *)"3", (char *)"note", NULL};
    uint64_t n = ticks++;
    pid_t pid = vfork();
    if (pid == 0) {
        trace_life_tick(0, n);
        execv(self, argv);
        _exit(98);
    }
    wait_for(pid);
}

static void spawn(void)
{
    char *argv[] = {self, (char *)"fire", (char *)"3", (char *)"note", NULL};
    pid_t pid;
    errno = posix_spawn(&pid, self, NULL, NULL, argv, environ);
    if (errno != 0)
        die("posix_spawn");
    wait_for(pid);
}

static void exec_rest(char **words, char **end)
{
    char **argv = words - 1;
    argv[0] = self;
    *end = NULL;
    execv(self, argv);
    die("execv");
}

static void daemonize(void)
{
    if (daemon(1, 1) < 0)
        die("daemon");
    reset();
}

static void detach(void)
{
    pid_t pid = fork();
    if (pid > 0)
        _exit(0);
    if (pid < 0)
        die("fork");
    reset();
}

/* ---- what /proc says ---- */

static void print_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d))
            printf("fd %s\n", e->d_name);
    if (d != NULL)
        closedir(d);
}

static void print_status(void)
{
    char line[256];
    FILE *f = fopen("/proc/self/status", "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "Threads", 7) == 0 ||
            (strncmp(line, "Sig", 3) == 0 && line[3] != 'Q')) /* SigQ counts the whole user's */
            fputs(line, stdout);
    if (f != NULL)
        fclose(f);
}

static void print_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("memory %ld\n", usage.ru_maxrss);
}

static void note(void)
{
    const struct {
        const char *name;
        uint64_t n;
    } list[] = {{"life_signal", signals},
                {"life_text", texts},
                {"life_tick", ticks + thread_ticks},
                {"plugin_name", plugin_names},
                {"plugin_tick", plugin_ticks}};
    char text[512];
    size_t used = 0;
    const char *path = getenv("LEDGER");
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        if (list[i].n != 0)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%d %s %" PRIu64 "\n",
                                     (int)getpid(), list[i].name, list[i].n);
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, text, used) != (ssize_t)used)
        die("LEDGER");
    close(fd);
}

/* ---- words ---- */

static void fire_text(uint64_t n)
{
    char *text = malloc(n + 1);
    if (text == NULL)
        die("malloc");
    memset(text, 'x', n);
    text[n] = '\0';
    trace_life_text(text);
    texts++;
    free(text);
}

#ifdef ACTOR_STATIC /* on another machine: no libraries */
static void plugin(const char *path, uint64_t n)
{
    (void)path, (void)n;
    errno = ENOSYS;
    die("dlopen");
}
#else
static void plugin(const char *path, uint64_t n)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "actor: %s\n", dlerror());
        exit(99);
    }
    void (*run)(uint64_t, uint64_t, uint64_t);
    *(void **)&run = dlsym(library, "plugin_run");
    run(0, plugin_ticks, n);
    plugin_ticks += n;
    plugin_names++;
    dlclose(library);
}
#endif

/* Words without an argument; false if it is none of them. */
static bool act_alone(const char *word)
{
    char line[64];
    if (strcmp(word, "flush") == 0)
        etch_flush();
    else if (strcmp(word, "vfork") == 0)
        vforked();
    else if (strcmp(word, "spawn") == 0)
        spawn();
    else if (strcmp(word, "daemon") == 0)
        daemonize();
    else if (strcmp(word, "detach") == 0)
        detach();
    else if (strcmp(word, "fds") == 0)
        print_fds();
    else if (strcmp(word, "status") == 0)
        print_status();
    else if (strcmp(word, "memory") == 0)
        print_memory();
    else if (strcmp(word, "pid") == 0)
        printf("pid %d\n", (int)getpid());
    else if (strcmp(word, "secure") == 0)
        printf("secure %lu\n", getauxval(AT_SECURE));
    else if (strcmp(word, "read") == 0)
        line[0] = fflush(stdout) == 0 && fgets(line, sizeof(line), stdin) != NULL;
    else if (strcmp(word, "note") == 0)
        note();
    else
        return false;
    fflush(stdout);
    return true;
}

/* Words with one argument. */
static bool act_on(const char *word, const char *argument)
{
    uint64_t n = strtoull(argument, NULL, 0);
    if (strcmp(word, "fire") == 0)
        fire(n);
    else if (strcmp(word, "text") == 0)
        fire_text(n);
    else if (strcmp(word, "say") == 0)
        puts(argument), fflush(stdout);
    else if (strcmp(word, "trace") == 0)
        etch_trace(argument);
    else if (strcmp(word, "closefrom") == 0)
        syscall(SYS_close_range, (unsigned)n, ~0u, 0);
    else if (strcmp(word, "umask") == 0)
        umask((mode_t)strtoul(argument, NULL, 8));
    else if (strcmp(word, "exit") == 0)
        exit((int)n);
    else if (strcmp(word, "_exit") == 0)
        _exit((int)n);
    else if (strcmp(word, "quick_exit") == 0)
        quick_exit((int)n);
    else if (strcmp(word, "kill") == 0)
        kill(getpid(), (int)n);
    else if (strcmp(word, "chdir") == 0 && chdir(argument) < 0)
        die(argument);
    else if (strcmp(word, "signal") == 0)
        for (handle(SIGUSR1, 0); n > 0; n--)
            raise(SIGUSR1);
    else
        return strcmp(word, "chdir") == 0;
    return true;
}

/* fork … end, repeat N … end: returns where to go on, or NULL. */
static char **act_block(char **words)
{
    const char *word = *words++;
    pid_t (*forks)(void) = strcmp(word, "fork") == 0       ? fork
                           : strcmp(word, "rawfork") == 0  ? raw_fork
                           : strcmp(word, "libcfork") == 0 ? _Fork
                                                           : NULL;
    if (forks != NULL) {
        char **end = block_end(words);
        fflush(stdout);
        child(forks(), words, end);
        return end;
    }
    if (strcmp(word, "repeat") == 0 && *words != NULL) {
        uint64_t n = strtoull(*words++, NULL, 0);
        char **end = block_end(words);
        while (n-- > 0)
            act(words, end);
        return end;
    }
    return NULL;
}

static void act(char **words, char **end)
{
    for (; words < end; words++) {
        char **after = act_block(words);
        if (after != NULL) {
            words = after;
        } else if (strcmp(*words, "exec") == 0) {
            exec_rest(words + 1, end);
        } else if (act_alone(*words)) {
            continue;
        } else if (end - words > 2 && strcmp(*words, "threads") == 0) {
            threads(strtoull(words[1], NULL, 0), strtoull(words[2], NULL, 0));
            words += 2;
        } else if (end - words > 2 && strcmp(*words, "timers") == 0) {
            timers(strtoull(words[1], NULL, 0), strtoull(words[2], NULL, 0), 0);
            words += 2;
        } else if (end - words > 2 && strcmp(*words, "storm") == 0) {
            timers(strtoull(words[1], NULL, 0), strtoull(words[2], NULL, 0), SA_NODEFER);
            words += 2;
        } else if (end - words > 2 && strcmp(*words, "dlopen") == 0) {
            plugin(words[1], strtoull(words[2], NULL, 0));
            words += 2;
        } else if (end - words > 1 && act_on(words[0], words[1])) {
            words++;
        } else {
            fprintf(stderr, "actor: what is '%s'?\n", *words);
            exit(99);
        }
    }
}

int main(int argc, char **argv)
{
    self = realpath("/proc/self/exe", NULL);
    act(argv + 1, argv + argc);
    return 0;
}
