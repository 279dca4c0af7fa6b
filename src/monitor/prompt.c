/* SPDX-License-Identifier: MIT
 *
 * prompt.c: a line editor with history and completion, by libedit; see
 * prompt.h.
 *
 * Reads:  stdin.
 * Writes: the prompt and its lists on stdout.
 */
#include "monitor/prompt.h"

#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

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

/* What stands before the cursor. */
static bool text_before(char line[LINE_MAX_BYTES])
{
    size_t length = (size_t)rl_point;
    if (length >= LINE_MAX_BYTES)
        return false;
    memcpy(line, rl_line_buffer, length);
    line[length] = '\0';
    return true;
}

static char *next_candidate(const char *text, int state)
{
    static struct candidates list;
    (void)text;
    if (state == 0) {
        char line[LINE_MAX_BYTES];
        list = (struct candidates){0};
        if (text_before(line))
            current->complete(current->data, line, add_candidate, &list);
    }
    if (list.next < list.n) {
        /* Behind a folder the word goes on. */
        size_t length = strlen(list.v[list.next]);
        bool folder = list.n == 1 && length > 0 && list.v[0][length - 1] == '/';
        rl_completion_append_character = folder ? '\0' : ' ';
        return list.v[list.next++];
    }
    free(list.v);
    list = (struct candidates){0};
    return NULL;
}

static bool hint(void)
{
    char line[LINE_MAX_BYTES];
    if (!text_before(line) || rl_point == 0 || line[rl_point - 1] != ' ')
        return false;
    putchar('\n');
    bool shown = current->hint(current->data, line, stdout);
    fflush(stdout);
    return shown;
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
    bool on = true;
    while (on && getline(&line, &size, stdin) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        on = p->line(p->data, line);
    }
    free(line);
}
