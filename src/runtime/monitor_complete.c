/* SPDX-License-Identifier: MIT
 *
 * monitor_complete.c: what a prompt offers for the word before its cursor, and what
 * it shows of the event there.
 *
 * Reads:  declarations of the target's events; folders.
 * Writes: what is shown.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "condition/condition.h"
#include "runtime/monitor_words.h"

#define LINE_SIZE 1024

/* Where candidates go. */
struct offer {
    const struct monitor_target *target;
    void (*add)(void *arg, const char *word);
    void *arg;
};

static void offer_words(const struct offer *o, const char *list, const char *prefix)
{
    for (const char *w = list; w != NULL && *w != '\0'; w += strspn(w, " ")) {
        char word[32];
        size_t length = strcspn(w, " ");
        if (length < sizeof(word) && strncmp(w, prefix, strlen(prefix)) == 0) {
            memcpy(word, w, length);
            word[length] = '\0';
            o->add(o->arg, word);
        }
        w += length;
    }
}

static void offer_events(const struct offer *o, const char *prefix)
{
    for (size_t i = 0; i < o->target->n_events; i++) {
        const char *name = o->target->event(o->target, i).name;
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            o->add(o->arg, name);
    }
}

/* Folders end in a slash: the word goes on. */
static void offer_files(const struct offer *o, const char *prefix)
{
    char path[LINE_SIZE + 256], folder[LINE_SIZE];
    const char *slash = strrchr(prefix, '/');
    const char *name = slash != NULL ? slash + 1 : prefix;
    struct stat st;
    snprintf(folder, sizeof(folder), "%.*s", (int)(name - prefix), prefix);
    DIR *dir = opendir(folder[0] != '\0' ? folder : ".");
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (strncmp(e->d_name, name, strlen(name)) != 0 ||
            (e->d_name[0] == '.' && name[0] != '.') || strcmp(e->d_name, ".") == 0 ||
            strcmp(e->d_name, "..") == 0)
            continue;
        int length = snprintf(path, sizeof(path) - 1, "%s%s", folder, e->d_name);
        if (length < (int)sizeof(path) - 1 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            memcpy(path + length, "/", 2);
        o->add(o->arg, path);
    }
    if (dir != NULL)
        closedir(dir);
}

/* ---- a condition, in quotes ---- */

static bool find_event(const struct monitor_target *t, const char *name, size_t length,
                       struct monitor_event *event)
{
    for (size_t i = 0; i < t->n_events; i++) {
        *event = t->event(t, i);
        if (strlen(event->name) == length && memcmp(event->name, name, length) == 0)
            return true;
    }
    return false;
}

static void offer_arguments(const struct offer *o, const struct monitor_event *e,
                            const char *prefix)
{
    struct etch_arguments args = {.event = e->name};
    etch_arguments_parse(&args, e->args, e->kinds);
    for (uint32_t i = 0; i < args.n; i++) {
        char name[256];
        const struct etch_argument *a = &args.v[i];
        if (a->length < strlen(prefix) || a->length >= sizeof(name) ||
            strncmp(a->name, prefix, strlen(prefix)) != 0)
            continue;
        memcpy(name, a->name, a->length);
        name[a->length] = '\0';
        o->add(o->arg, name);
    }
}

/* What a quote that is open at the end of a line holds; NULL: none is. */
static const char *open_quote(const char *line)
{
    const char *open = NULL;
    for (; *line != '\0'; line++)
        if (*line == '"')
            open = open == NULL ? line + 1 : NULL;
    return open;
}

/* "NAME if EXPR limit N/s", as far as it is typed. */
static void offer_clause(const struct offer *o, const char *text)
{
    struct monitor_event event;
    size_t name = strcspn(text, " ");
    const char *rest = text + name, *last = text + strlen(text);
    if (*rest == '\0') {
        offer_events(o, text);
        return;
    }
    while (last > rest && strchr(" (!", last[-1]) == NULL)
        last--;
    rest += strspn(rest, " ");
    if (rest == last) /* the first word behind the name */
        offer_words(o, "if limit", last);
    else if (strncmp(rest, "if ", 3) == 0 && find_event(o->target, text, name, &event))
        offer_arguments(o, &event, last);
}

/* ---- lines ---- */

static void offer_commands(const struct offer *o, const char *first, const char *prefix)
{
    const char *before = "";
    size_t n;
    const struct command *commands = monitor_commands(&n);
    for (size_t i = 0; i < n; i++) {
        const char *word = first == NULL ? commands[i].first : commands[i].second;
        if ((first != NULL && strcmp(first, commands[i].first) != 0) || word == NULL ||
            strcmp(word, before) == 0 || strncmp(word, prefix, strlen(prefix)) != 0)
            continue;
        o->add(o->arg, before = word);
    }
}

static void offer_argument(const struct offer *o, int n, const char *const *words)
{
    size_t n_commands;
    const struct command *commands = monitor_commands(&n_commands);
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *c = &commands[i];
        int at = c->second == NULL ? 1 : 2;
        if (strcmp(words[0], c->first) != 0 ||
            (c->second != NULL && (n < 3 || strcmp(words[1], c->second) != 0)))
            continue;
        if (n == at + 1 && c->events)
            offer_events(o, words[at]);
        if (n == at + 1 && c->run == monitor_trace_file)
            offer_words(o, "on off flush set", words[at]);
        if (n == at + 2)
            offer_words(o, c->words, words[at + 1]);
        if ((n == at + 1 && c->run == monitor_snapshot) ||
            (n == at + 2 && c->run == monitor_trace_file && strcmp(words[at], "set") == 0))
            offer_files(o, words[n - 1]);
    }
}

void monitor_complete(const struct monitor_target *t, const char *line,
                      void (*add)(void *arg, const char *word), void *arg)
{
    struct offer o = {t, add, arg};
    char copy[LINE_SIZE];
    const char *words[MONITOR_WORDS_MAX], *quote = open_quote(line);
    size_t length = strlen(line);
    if (length >= sizeof(copy))
        return;
    if (quote != NULL && strncmp(line, "trace-event ", 12) == 0) {
        offer_clause(&o, quote);
        return;
    }
    memcpy(copy, line, length + 1);
    int n = monitor_split(copy, words, NULL);
    if (n >= 0 && n < MONITOR_WORDS_MAX && (length == 0 || line[length - 1] == ' '))
        words[n++] = "";
    if (n == 1 || (n == 2 && strcmp(words[0], "help") == 0)) {
        offer_commands(&o, NULL, words[n - 1]);
    } else if (n > 1) {
        if (n == 2)
            offer_commands(&o, words[0], words[1]);
        offer_argument(&o, n, words);
    }
}

bool monitor_hint(const struct monitor_target *t, const char *line, FILE *out)
{
    struct monitor_event e;
    const char *quote = open_quote(line);
    size_t end = strlen(line);
    while (end > 0 && line[end - 1] == ' ')
        end--;
    size_t from = end;
    while (from > 0 && line[from - 1] != ' ' && line[from - 1] != '"')
        from--;
    if (!find_event(t, line + from, end - from, &e) &&
        (quote == NULL || !find_event(t, quote, strcspn(quote, " "), &e)))
        return false;
    fprintf(out, "%s(%s) %s\n", e.name, e.args, e.format);
    return true;
}
