/* SPDX-License-Identifier: MIT
 *
 * monitor_main.c: etch-monitor, which `etch monitor` runs: a prompt on a
 * running program.
 *
 * Reads:  lines of stdin; the program's control page.
 * Writes: enable words; answers on stdout, errors on stderr.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/remote.h"
#include "monitor/prompt.h"
#include "read/sweep.h"

static void say(const char *text)
{
    fflush(stdout);
    fprintf(stderr, "etch monitor: %s\n", text ? text : strerror(ENOMEM));
}

static bool refresh(struct remote *r)
{
    char *error;
    if (remote_refresh(r, &error) == 0)
        return true;
    free(error);
    return false;
}

static void complete(void *data, const char *text, void (*add)(void *arg, const char *word),
                     void *arg)
{
    struct remote *r = data;
    if (refresh(r))
        monitor_complete(&r->target, text, add, arg);
}

static bool hint(void *data, const char *text, FILE *out)
{
    struct remote *r = data;
    return refresh(r) && monitor_hint(&r->target, text, out);
}

static bool line(void *data, const char *text)
{
    struct remote *r = data;
    const char *words[MONITOR_WORDS_MAX];
    char *error, *copy = strdup(text);
    int n = copy ? monitor_split(copy, words, stderr) : -1;
    bool on = n <= 0 || (strcmp(words[0], "quit") != 0 && strcmp(words[0], "q") != 0);
    if (on && n > 0 && !remote_lives(r)) {
        say("the program has ended");
        on = false;
    } else if (on && n > 0 && remote_refresh(r, &error) < 0) {
        say(error);
        free(error);
        on = false;
    } else if (on && n > 0) {
        monitor_command(&r->target, n, words, stdout, stderr);
        fflush(stdout);
    }
    free(copy);
    return on;
}

int main(int argc, char **argv)
{
    struct remote remote;
    char *error, text[64];

    etch_sweep();
    if (remote_open(&remote, argc > 1 ? argv[1] : NULL, &error) < 0) {
        say(error);
        free(error);
        return 1;
    }
    snprintf(text, sizeof(text), "(%s) ", attach_process(remote.attach)->command);
    struct prompt prompt = {
        .text = text, .data = &remote, .complete = complete, .hint = hint, .line = line};
    prompt_run(&prompt);
    remote_close(&remote);
    return 0;
}
