/* SPDX-License-Identifier: MIT
 *
 * prompt.c: a line editor with history and completion, by libedit; see
 * prompt.h.
 *
 * Reads:  stdin.
 * Writes: the prompt and its lists on stdout.
 */
#include "cli/prompt.h"

#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libedit's callbacks have no argument. */
static const struct prompt *current;

struct candidates {
    char **v;
    size_t n, next;
};

static void add_candidate(void *arg, const char *word)
{
    struct candidates *c = arg;
    char **more = realloc(c->v, (c->n + 1) * sizeof(*more));
    char *copy = strdup(word);
    if (more != NULL)
        c->v = more;
    if (more == NULL || copy == NULL)
        free(copy);
    else
        c->v[c->n++] = copy;
}

static char *next_candidate(const char *text, int state)
{
    static struct candidates list;
    (void)text;
    if (state == 0) {
        char line[1024];
        const char *words[MONITOR_WORDS_MAX];
        size_t length = (size_t)rl_point < sizeof(line) ? (size_t)rl_point : 0;
        const struct monitor_target *target = current->target(current->data);
        list = (struct candidates){0};
        memcpy(line, rl_line_buffer, length);
        line[length] = '\0';
        bool fresh = length == 0 || line[length - 1] == ' ';
        int n = monitor_split(line, words, stderr);
        if (n >= 0 && fresh && n < MONITOR_WORDS_MAX)
            words[n++] = "";
        if (n > 0 && target != NULL)
            monitor_complete(target, n, words, add_candidate, &list);
    }
    if (list.next < list.n)
        return list.v[list.next++];
    free(list.v);
    list = (struct candidates){0};
    return NULL;
}

/* The event whose whole name stands before the cursor and a blank. */
static bool hint(void)
{
    const struct monitor_target *target = current->target(current->data);
    int end = rl_point;
    if (target == NULL || end == 0 || rl_line_buffer[end - 1] != ' ')
        return false;
    while (end > 0 && rl_line_buffer[end - 1] == ' ')
        end--;
    int from = end;
    while (from > 0 && rl_line_buffer[from - 1] != ' ')
        from--;
    for (size_t i = 0; i < target->n_events; i++) {
        struct monitor_event e = target->event(target, i);
        if ((size_t)(end - from) != strlen(e.name) ||
            strncmp(rl_line_buffer + from, e.name, (size_t)(end - from)) != 0)
            continue;
        printf("\n%s(%s) %s\n", e.name, e.args, e.format);
        fflush(stdout);
        return true;
    }
    return false;
}

static char **complete(const char *text, int start, int end)
{
    (void)start;
    (void)end;
    rl_attempted_completion_over = 1; /* no names of files */
    if (*text == '\0' && hint())
        rl_on_new_line();
    return rl_completion_matches(text, next_candidate);
}

static void run_on_terminal(const struct prompt *p)
{
    rl_readline_name = "etch";
    rl_initialize();
    rl_attempted_completion_function = complete;
    using_history();
    char *line;
    bool on = true;
    while (on && (line = readline(p->text)) != NULL) {
        if (line[strspn(line, " \t")] != '\0')
            add_history(line);
        on = p->line(p->data, line);
        free(line);
    }
    if (on)
        putchar('\n');
}

void prompt_run(const struct prompt *p)
{
    current = p;
    if (isatty(STDIN_FILENO)) {
        run_on_terminal(p);
        return;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) >= 0 && p->line(p->data, line))
        ;
    free(line);
}
