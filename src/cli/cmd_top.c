/* SPDX-License-Identifier: MIT
 *
 * cmd_top.c: `etch top`: the events of a running program by rate, live.
 *
 * Reads:  the program's growing trace; keys, where stdin is a terminal.
 * Writes: a table on stdout, each second; enable words, as keys ask for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/top.h"
#include "read/sweep.h"

#define HEAD_LINES 3
#define BATCH      20000u /* records between two looks at the keys */

static const struct cli_option options[] = {
    {'d', "delay", "SECONDS", "between two tables (default 1)", CLI_NONE, NULL},
    {'n', "count", "N", "end after so many tables", CLI_NONE, NULL},
    {0},
};

struct screen {
    bool terminal; /* both ends */
    struct termios saved;
    size_t lines, columns;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void screen_open(struct screen *s)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    s->terminal =
        isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &s->saved) == 0;
    if (!s->terminal)
        return;
    struct termios raw = s->saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    fputs("\033[?1049h\033[?25l", stdout); /* the other screen, no cursor */
}

static void screen_close(struct screen *s)
{
    if (!s->terminal)
        return;
    fputs("\033[?25h\033[?1049l", stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &s->saved);
}

static void screen_size(struct screen *s)
{
    struct winsize size;
    bool known = s->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    s->lines = !known ? SIZE_MAX : size.ws_row > HEAD_LINES + 1 ? size.ws_row - HEAD_LINES - 1u : 1;
    s->columns = known ? size.ws_col : 200;
}

struct view {
    struct top top;
    struct screen screen;
    struct etch_control_recording recording;
    char waiting[ETCH_CONTROL_TEXT];
    const char *trace; /* "" until there is one */
    struct etch_reader *reader;
    uint64_t interval_ns;
};

static void draw(struct view *v)
{
    struct screen *s = &v->screen;
    const struct top *top = &v->top;
    const char *trace = v->trace[0] != '\0' ? v->trace : "nothing is recorded yet";
    bool off = v->trace[0] != '\0' && v->recording.outputs == 0;
    const struct attach_process *p = attach_process(top->remote->attach);
    const char *clear = s->terminal ? "\033[K" : "";
    screen_size(s);
    printf("%s%d %s: %" PRIu64 " events/s, %" PRIu64 " in all, dropped: %" PRIu64 "%s\n",
           s->terminal ? "\033[H" : "", p->pid, p->command, top->rate, top->events, top->dropped,
           clear);
    printf("%s%s%s\n%12s %14s  %-3s  %s%s\n", off ? "off: " : "", trace, clear, "EVENTS/S",
           "EVENTS", "", "EVENT", clear);
    top_print(top, s->lines, s->columns, s->terminal, stdout);
    if (s->terminal)
        fputs("\033[Jup, down: choose   space: on or off   q: quit", stdout);
    else
        putchar('\n');
    fflush(stdout);
}

static void toggle(struct top *top)
{
    const struct monitor_target *target = &top->remote->target;
    if (top->selected < top->n)
        target->set(target, top->selected, 1, !target->event(target, top->selected).on);
}

/* Obeys what was typed; false: quit. True in *drawn if the table is another. */
static bool keys(struct top *top, int wait_ms, bool *changed)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    char text[64];
    if (poll(&fd, 1, wait_ms) <= 0)
        return true;
    ssize_t n = read(STDIN_FILENO, text, sizeof(text));
    if (n == 0)
        return false;
    *changed = n > 0;
    for (ssize_t i = 0; i < n; i++) {
        bool arrow = text[i] == '\033' && i + 2 < n && (text[i + 1] == '[' || text[i + 1] == 'O');
        if (arrow)
            i += 2;
        if (text[i] == 'q')
            return false;
        if (text[i] == (arrow ? 'A' : 'k'))
            top_move(top, -1);
        else if (text[i] == (arrow ? 'B' : 'j'))
            top_move(top, 1);
        else if (text[i] == ' ')
            toggle(top);
    }
    return true;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Opens the trace once there is one; the reader goes with it to other files. */
static void find_trace(struct view *v)
{
    static const struct etch_read_options live = {.follow = true};
    char *error = NULL;
    if (attach_status(v->top.remote->attach, &v->recording, v->waiting) < 0)
        return;
    v->trace = attach_output(&v->recording);
    if (v->reader != NULL || v->trace[0] == '\0' || v->recording.outputs == 0)
        return;
    if (etch_reader_open(&v->reader, &v->trace, 1, &live, &error) < 0)
        v->reader = NULL; /* it is being made: at the next look */
    free(error);
}

/* Reads what the trace has, a batch at most. True: there is more. */
static bool read_trace(struct view *v)
{
    struct etch_record record;
    char *error = NULL;
    int got = 0;
    for (unsigned i = 0; v->reader != NULL && i < BATCH; i++) {
        got = etch_reader_next(v->reader, &record, &error);
        if (got != 1)
            break;
        if (top_add(&v->top, &record) < 0)
            return false;
    }
    free(error);
    return got == 1;
}

/* One interval. False: the program has ended, or the user wants no more. */
static bool interval(struct view *v)
{
    struct remote *remote = v->top.remote;
    char *error = NULL;
    uint64_t start = now_ns(), end = start + v->interval_ns;
    bool on = true;
    find_trace(v);
    for (uint64_t now = start; on && !stopped && now < end; now = now_ns()) {
        bool changed = false;
        int wait = read_trace(v) ? 0 : (int)((end - now) / 1000000 % 50 + 1);
        if (v->screen.terminal)
            on = keys(&v->top, wait, &changed);
        else
            poll(NULL, 0, wait);
        if (changed && remote_refresh(remote, &error) == 0)
            draw(v);
    }
    if (!remote_lives(remote) || remote_refresh(remote, &error) < 0)
        on = false;
    free(error);
    top_interval(&v->top, now_ns() - start);
    return on && !stopped;
}

static int watch(const struct cli_command *self, struct remote *remote, double delay,
                 uint64_t count)
{
    struct view v = {.interval_ns = (uint64_t)(delay * 1e9), .trace = ""};
    if (top_open(&v.top, remote) < 0) {
        cli_error(self, "%s", strerror(ENOMEM));
        return CLI_FAILURE;
    }
    screen_open(&v.screen);
    if (v.screen.terminal)
        draw(&v);
    for (uint64_t n = 0; (count == 0 || n < count) && interval(&v) && !ferror(stdout); n++)
        draw(&v);
    screen_close(&v.screen);
    if (!remote_lives(remote) && !stopped)
        cli_error(self, "the program has ended");
    etch_reader_close(v.reader);
    top_close(&v.top);
    return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    const struct cli_option *option;
    const char *value;
    struct remote remote;
    double delay = 1;
    uint64_t count = 0;
    char *error, *end;
    int at = 0;

    while ((option = cli_next_option(self, argc, argv, &at, &value))) {
        if (option->letter == 'n') {
            count = strtoull(value, &end, 10);
            if (*end != '\0' || count == 0)
                return cli_usage(self, "--count: '%s' is no number of tables", value);
        } else {
            delay = strtod(value, &end);
            if (*end != '\0' || !(delay >= 0.05 && delay <= 3600))
                return cli_usage(self, "--delay: '%s' is no time from 0.05 to 3600 seconds", value);
        }
    }
    if (argc - at > 1)
        return cli_usage(self, "one program at a time, not '%s', too", argv[at + 1]);
    etch_sweep();
    if (remote_open(&remote, argv[at], &error) < 0) {
        cli_error(self, "%s", error ? error : strerror(ENOMEM));
        free(error);
        return CLI_FAILURE;
    }
    int status = watch(self, &remote, delay, count);
    remote_close(&remote);
    return cli_finish(self, status);
}

const struct cli_command cli_top = {
    .name = "top",
    .summary = "Watch the events of a running program by rate",
    .operands = "[PID|NAME]",
    .about = "Shows the events of a program that is linked with libetch, the most frequent first, "
             "and how many it dropped, anew each second. On a terminal the arrow keys choose an "
             "event, the space bar switches it on or off, q ends; else it prints a table after the "
             "other. Without a program: the only one that can be attached to.\n"
             "\n"
             "The rates come from the trace that the program writes; events of the backends log, "
             "syslog, ftrace, ust and dtrace are in none, and only their states are shown. The "
             "events go on as they were switched.",
    .examples = "etch top redis-server\twhat it does most",
    .options = options,
    .complete = CLI_PROCESS,
    .run = run,
};
