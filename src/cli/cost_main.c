/* SPDX-License-Identifier: MIT
 *
 * cost_main.c: etch-cost-BACKEND, which `etch backends` runs: what an event of two
 * 64-bit integers costs the thread that fires it, with this backend, here and now.
 *
 * Reads:  the clock.
 * Writes: "off NS" and "on NS", or "why TEXT", on stdout; what the backend writes goes to
 *         a folder, a /dev/log, an instance of tracefs or an lttng-sessiond of its own.
 * Never:  leaves one of these behind, or sends an event to where somebody looks.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <etch/etch.h>
#include COST_HEADER

#include "cli/cost.h"

enum { ROUNDS = 15, EVENTS_OFF = 20000, EVENTS_ON = 500, LONGEST_S = 20 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Of the rounds the one that the least came between. */
static double least_ns(unsigned events)
{
    double least = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (unsigned i = 0; i < events; i++)
            trace_two(i, events);
        double ns = (now_ns() - start) / events;
        least = round == 0 || ns < least ? ns : least;
    }
    return least;
}

/* ---- where events go that nobody shall see: each NULL, or why it cannot be ---- */

static const char *switch_on(const char *key, const char *folder, const char *rest)
{
    char *string;
    if (asprintf(&string, "*,%s=%s/%s", key, folder, rest) < 0)
        return "out of memory";
    int error = etch_trace(string);
    free(string);
    return error < 0 ? "its events cannot be switched on" : NULL;
}

static const char *to_file(const char *folder)
{
    return switch_on("file", folder, "trace");
}

static const char *to_ring(const char *folder)
{
    return switch_on("file", folder, "trace,policy=block,buffer=16M");
}

static const char *to_instance(const char *folder)
{
    return access(folder, W_OK) < 0 ? "no instance can be made in the kernel's tracefs: that takes "
                                      "root"
                                    : switch_on("ftrace", folder, "trace_marker");
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return written;
}

/* Root of a user namespace, which this user may be in many kernels. */
static bool become_root(void)
{
    char uids[32], gids[32];
    snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)geteuid());
    snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_file("/proc/self/uid_map", uids) &&
           write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", gids);
}

/* Mounts of this process's own: `folder` is empty in it. */
static bool hide(const char *folder)
{
    return (unshare(CLONE_NEWNS) == 0 || become_root()) &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", folder, "tmpfs", 0, NULL) == 0;
}

static void *read_messages(void *fd)
{
    char message[4096];
    while (recv((int)(intptr_t)fd, message, sizeof(message), 0) > 0)
        ;
    return NULL;
}

static const char *to_syslog(const char *unused)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = _PATH_LOG};
    pthread_t reader;
    (void)unused;
    if (!hide("/dev"))
        return "this user may not have a /dev/log of its own";
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        pthread_create(&reader, NULL, read_messages, (void *)(intptr_t)fd) != 0)
        return "no socket can be made";
    return etch_trace("*") < 0 ? "its events cannot be switched on" : NULL;
}

#if COST_PROBE
static const char *to_probe(const char *unused)
{
    (void)unused;
    return cost_probe("two") < 0 ? "no uprobe for this user: that takes root" : NULL;
}
#endif

/* A session of LTTng in a home of its own; etch-cost-ust begins anew in it, since
 * LTTng looks for its daemon when a program starts. */
static const char *to_session(const char *folder)
{
    static const char script[] =
        "command -v lttng-sessiond lttng >&2 || { echo 'why no lttng-sessiond is installed'; exit; "
        "}\n"
        "lttng-sessiond --no-kernel --daemonize --pidfile=\"$0/pid\" >&2 &&\n"
        "timeout 10 lttng create cost --output=\"$0/trace\" >&2 && timeout 10 lttng enable-event "
        "-u 'ust:*' >&2 &&\n"
        "timeout 10 lttng start >&2 && \"$1\" on || echo 'why lttng-sessiond makes no session'\n"
        "timeout 10 lttng destroy cost >&2; kill \"$(cat \"$0/pid\")\"\n";
    char self[] = "/proc/self/exe", path[4096];
    ssize_t n = readlink(self, path, sizeof(path) - 1);
    bool own = geteuid() != 0 || (hide("/run") && mount("none", "/dev/shm", "tmpfs", 0, NULL) == 0);
    if (n < 0 || !own)
        return "root's lttng-sessiond cannot have a /run of its own";
    mkdir(folder, 0700); /* hidden by the mount, unless it is elsewhere */
    path[n] = '\0';
    setenv("LTTNG_HOME", folder, 1);
    setenv("HOME", folder, 1);
    setenv("LTTNG_UST_REGISTER_TIMEOUT", "-1", 1);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDERR_FILENO) < 0)
        return "no /dev/null";
    execlp("sh", "sh", "-c", script, folder, path, NULL);
    return "no sh";
}

static const struct {
    const char *name;
    const char *(*prepare)(const char *folder);
    const char *parent; /* of the folder */
} backends[] = {
    {"ctf", to_ring, NULL},
    {"simple", to_ring, NULL},
    {"log", to_file, NULL},
    {"syslog", to_syslog, NULL},
    {"ftrace", to_instance, "/sys/kernel/tracing/instances"},
#if COST_PROBE
    {"dtrace", to_probe, NULL},
#endif
    {"ust", to_session, NULL},
};

/* ---- */

static int tell_on(void)
{
    alarm(LONGEST_S);
    printf("on %.1f\n", least_ns(EVENTS_ON));
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int measure_on(size_t backend, const char *folder)
{
    const char *why = backends[backend].prepare(folder);
    if (why == NULL)
        return tell_on();
    printf("why %s\n", why);
    return EXIT_SUCCESS;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

/* A folder on a tmpfs, or an instance, under the name that etch-kernel removes if this
 * is killed. */
static char *make_folder(const char *parent)
{
    char *folder;
    const char *shm = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (asprintf(&folder, parent ? "%s/etch-%d" : "%s/etch-cost.XXXXXX", parent ? parent : shm,
                 (int)getpid()) < 0)
        return NULL;
    if (parent ? mkdir(folder, 0700) < 0 : mkdtemp(folder) == NULL)
        *folder = '\0';
    return folder;
}

int main(int argc, char **argv)
{
    size_t backend = 0;
    while (strcmp(backends[backend].name, COST_BACKEND) != 0)
        backend++;
    if (argc == 2 && strcmp(argv[1], "on") == 0)
        return tell_on();
    printf("off %.2f\n", least_ns(EVENTS_OFF));
    fflush(stdout);
    const char *parent = backends[backend].parent;
    char *folder = make_folder(parent);
    pid_t pid = folder != NULL ? fork() : -1;
    if (pid == 0)
        exit(measure_on(backend, folder)); /* its trace is written, and ends */
    int status = EXIT_FAILURE;
    if (pid > 0)
        waitpid(pid, &status, 0);
    if (folder != NULL && *folder != '\0')
        parent ? rmdir(folder) : nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(folder);
    return status;
}
