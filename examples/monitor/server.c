/* SPDX-License-Identifier: MIT
 *
 * server.c: a server with a prompt on its terminal, as QEMU has one with
 * -monitor stdio. It keeps 4 KiB of memory; a client on its socket reads
 * (`r ADDR`) and writes (`w ADDR VALUE`) a word of it. With -S it serves nobody
 * until `c` is typed:
 *
 *     $ server -monitor stdio -S /tmp/server.sock
 *     (server) trace-event memory_region_ops_read on
 *     (server) c
 *
 * Reads:  its socket; commands on stdin.
 * Writes: answers to clients; the lines of its events on stderr.
 */
#include <errno.h>
#include <etch/etch.h>
#include <etch/monitor.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "trace-monitor.h"

#define WORDS 512u

static struct {
    uint64_t word[WORDS];
    pthread_mutex_t lock;
    pthread_cond_t go;
    bool running;
    int listener;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER, .go = PTHREAD_COND_INITIALIZER};

/* The answer to one line of a client. */
static void answer(int fd, const char *line, FILE *out)
{
    uint64_t addr, value;
    trace_client_line(fd, line);
    if (sscanf(line, "r %" SCNx64, &addr) == 1 && addr / 8 < WORDS) {
        value = server.word[addr / 8];
        trace_memory_region_ops_read(0, server.word, addr, value, 8, "ram");
        fprintf(out, "%" PRIx64 "\n", value);
    } else if (sscanf(line, "w %" SCNx64 " %" SCNx64, &addr, &value) == 2 && addr / 8 < WORDS) {
        server.word[addr / 8] = value;
        trace_memory_region_ops_write(0, server.word, addr, value, 8, "ram");
        fputs("ok\n", out);
    } else {
        fputs("r ADDR or w ADDR VALUE\n", out);
    }
    fflush(out);
}

static void serve(int fd)
{
    /* Two of them: one that reads and writes would lose lines that a client sends ahead. */
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    char line[128];
    while (in != NULL && out != NULL && fgets(line, sizeof(line), in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        answer(fd, line, out);
    }
    if (out != NULL)
        fclose(out);
    if (in != NULL)
        fclose(in);
    else
        close(fd);
}

static void *serve_all(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&server.lock);
    while (!server.running)
        pthread_cond_wait(&server.go, &server.lock);
    pthread_mutex_unlock(&server.lock);
    for (int fd; (fd = accept(server.listener, NULL, NULL)) >= 0;)
        serve(fd);
    return NULL;
}

static void go_on(void)
{
    pthread_mutex_lock(&server.lock);
    server.running = true;
    pthread_cond_signal(&server.go);
    pthread_mutex_unlock(&server.lock);
}

/* The server's own commands; all others are the monitor's. */
static int own_command(void *data, const char *line)
{
    (void)data;
    if (strcmp(line, "c") == 0 || strcmp(line, "cont") == 0)
        go_on();
    else if (strcmp(line, "q") == 0 || strcmp(line, "quit") == 0)
        return -1;
    else
        return 0;
    return 1;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    bool monitor = false, stopped = false;
    const char *path = NULL;
    for (int i = 1; i < argc;) {
        int taken = etch_option(argv + i);
        if (taken < 0)
            return taken == -ECANCELED ? 0 : 1;
        if (taken == 0 && strcmp(argv[i], "-S") == 0)
            stopped = true;
        else if (taken == 0 && strcmp(argv[i], "-monitor") == 0 && argv[i + 1] != NULL &&
                 strcmp(argv[i + 1], "stdio") == 0) {
            monitor = true;
            taken = 2;
        } else if (taken == 0) {
            path = argv[i];
        }
        i += taken > 0 ? taken : 1;
    }
    if (path == NULL) {
        fprintf(stderr, "usage: %s [-monitor stdio] [-S] [--trace STR] SOCKET\n", argv[0]);
        return 2;
    }
    server.listener = listen_at(path);
    if (server.listener < 0) {
        fprintf(stderr, "%s: %s: %s\n", argv[0], path, strerror(errno));
        return 1;
    }
    if (!stopped)
        go_on();
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve_all, NULL) != 0)
        return 1;
    if (monitor)
        etch_monitor_prompt("(server) ", own_command, NULL);
    else
        pthread_join(thread, NULL);
    unlink(path);
    return 0;
}
