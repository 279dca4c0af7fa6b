/* SPDX-License-Identifier: MIT
 *
 * process.c: a guest's processes: fork, exec of itself and of scripts, spawn,
 * their arguments, environment, descriptors, masks and ends.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char **environ;

static int ended(pid_t pid)
{
    int status;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* What main says when it is executed again: its arguments, ignored and blocked
 * signals, descriptor 9. */
static int again(int argc, char **argv)
{
    sigset_t blocked;
    struct sigaction action;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigaction(SIGUSR1, NULL, &action);
    printf("again:");
    for (int i = 0; i < argc; i++)
        printf(" [%s]", argv[i]);
    printf(" %s %d %d %d\n", getenv("MARK"), action.sa_handler == SIG_IGN,
           sigismember(&blocked, SIGUSR2), fcntl(9, F_GETFD) >= 0);
    return 42;
}

static char *self(void)
{
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    CHECK(n > 0);
    path[n] = '\0';
    return path;
}

static int exec_as(char **argv, char **envp)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        sigprocmask(SIG_BLOCK, &set, NULL);
        signal(SIGUSR1, SIG_IGN);
        dup2(1, 9);
        execve(self(), argv, envp);
        _exit(99);
    }
    return ended(pid);
}

static void script(void)
{
    char path[] = "script-XXXXXX", line[PATH_MAX + 32];
    int fd = mkstemp(path);
    int n = snprintf(line, sizeof(line), "#! %s  again \nrest\n", self());
    CHECK(fd >= 0 && write(fd, line, n) == n && fchmod(fd, 0700) == 0 && close(fd) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"x", "two", NULL}, *envp[] = {"MARK=script", NULL};
        char from_here[64];
        snprintf(from_here, sizeof(from_here), "./%s", path);
        execve(from_here, argv, envp);
        _exit(99);
    }
    CHECK(ended(pid) == 43);
    unlink(path);
}

static void spawn(void)
{
    pid_t pid;
    char *argv[] = {"spawned", "again", NULL}, *envp[] = {"MARK=spawn", NULL};
    CHECK(posix_spawn(&pid, self(), NULL, NULL, argv, envp) == 0);
    CHECK(ended(pid) == 42);
    CHECK(system("exit 3") >> 8 == 3);
}

static void *fork_here(void *argument)
{
    pid_t pid = fork();
    if (pid == 0) {
        int *p = malloc(100); /* its locks are in order */
        free(p);
        _exit(gettid() == getpid() ? 6 : 7);
    }
    CHECK(ended(pid) == 6);
    return argument;
}

static void *spin(void *argument)
{
    for (;;)
        free(malloc(10));
    return argument;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "again") == 0) {
        int code = again(argc, argv);
        return argc > 3 ? code + 1 : code;
    }
    struct utsname name;
    CHECK(uname(&name) == 0 && strcmp(name.machine, "riscv64") == 0);
    CHECK(getauxval(AT_PAGESZ) == 4096 && (getauxval(AT_HWCAP) & 0x112d) == 0x112d);
    CHECK(strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
    CHECK(getppid() > 0 && getpid() == gettid());

    char *arguments[] = {"other name", "again", NULL}, *variables[] = {"MARK=here", NULL};
    CHECK(exec_as(arguments, variables) == 42);
    script();
    spawn();
    char *none[] = {NULL};
    CHECK(execve("/nonexistent", none, none) == -1 && errno == ENOENT);
    CHECK(execve("/dev/null", none, none) == -1 && errno == EACCES);
    /* By its number: the compiler would warn. */
    CHECK(syscall(SYS_execve, 8, none, none) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_execve, self(), 8, none) == -1 && errno == EFAULT);

    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, fork_here, NULL) == 0 && pthread_join(thread, NULL) == 0);
    /* exec and exit of a process whose other threads are at work. */
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 3; i++)
            pthread_create(&thread, NULL, spin, NULL);
        execve(self(), arguments, variables);
        _exit(99);
    }
    CHECK(ended(pid) == 42);
    pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 3; i++)
            pthread_create(&thread, NULL, spin, NULL);
        exit(8);
    }
    CHECK(ended(pid) == 8);
    printf("process: all as it should be\n");
    return 0;
}
