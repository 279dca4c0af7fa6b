/* SPDX-License-Identifier: MIT
 *
 * patterns.c: which events the user wants on: patterns accumulate from left to
 * right and hold for groups that register later, too.
 *
 * Reads:  events files.
 * Writes: enable words; warnings on stderr.
 */
#include "format/pattern.h"
#include "runtime/runtime.h"

struct pattern {
    struct pattern *next;
    const char *text; /* without the minus */
    struct origin origin;
    bool on, matched;
};

static struct pattern *patterns, **patterns_end = &patterns;

static bool is_glob(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '*' || *text == '?')
            return true;
    return false;
}

static void warn(const struct origin *o, const char *before, const char *name, const char *after)
{
    char line[PATH_SIZE];
    struct text t = text_in(line, sizeof(line));
    text_add(&t, etch_program_name());
    text_add(&t, o->line != 0 ? ":" : ": ");
    text_add(&t, o->what);
    if (o->line != 0) {
        text_add(&t, ":");
        text_u64(&t, o->line);
    }
    text_add(&t, ": warning: ");
    text_add(&t, before);
    text_add(&t, name);
    text_add(&t, after);
    text_add(&t, "\n");
    sys_write(2, line, t.used);
}

static void warn_unmatched(const struct pattern *p)
{
    if (is_glob(p->text))
        warn(&p->origin, "no trace event matches '", p->text, "'");
    else
        warn(&p->origin, "trace event '", p->text, "' does not exist");
}

/* Applies a pattern to a group and remembers whether it matched; an exact name
 * of an event that was built without is worth a word. */
static void apply(struct pattern *p, struct group_entry *g)
{
    if (etch_group_switch(g, p->text, p->on) == 0)
        return;
    p->matched = true;
    for (uint32_t i = 0; !is_glob(p->text) && i < g->n_events; i++)
        if (group_event_disabled(g, i) && text_equal(group_event_name(g, i), p->text))
            warn(&p->origin, "trace event '", p->text, "' is not traceable");
}

void etch_patterns_apply(struct group_entry *g)
{
    for (struct pattern *p = patterns; p != NULL; p = p->next)
        apply(p, g);
}

void etch_patterns_warn(void)
{
    for (struct pattern *p = patterns; p != NULL; p = p->next)
        if (!p->matched && p->origin.later)
            warn_unmatched(p);
}

void etch_pattern_add(const char *text, size_t length, const struct origin *origin)
{
    bool on = length == 0 || text[0] != '-';
    if (!on) {
        text++;
        length--;
    }
    if (length == 0)
        return;
    struct pattern *p = etch_arena(sizeof(*p));
    char *copy = etch_arena(length + 1);
    if (p == NULL || copy == NULL)
        return;
    __builtin_memcpy(copy, text, length);
    *p = (struct pattern){.text = copy, .origin = *origin, .on = on};
    *patterns_end = p;
    patterns_end = &p->next;
    for (struct group_entry *g = etch_groups; g != NULL; g = g->next)
        apply(p, g);
    if (!p->matched && !origin->later)
        warn_unmatched(p);
}

/* ---- events files ---- */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_help(const char *line, size_t length)
{
    return (length == 1 && line[0] == '?') ||
           (length == 4 && __builtin_memcmp(line, "help", 4) == 0);
}

/* -ECANCELED: the line asks for the list of events. */
static int add_line(const char *line, size_t length, struct origin *origin)
{
    for (size_t i = 0; i < length; i++)
        if (line[i] == '\0') {
            warn(origin, "a line with a NUL byte is no pattern; it is left out", "", "");
            return 0;
        }
    while (length > 0 && blank(line[0])) {
        line++;
        length--;
    }
    while (length > 0 && blank(line[length - 1]))
        length--;
    if (is_help(line, length))
        return -ECANCELED;
    if (length > 0 && line[0] != '#')
        etch_pattern_add(line, length, origin);
    return 0;
}

/* The name of the file, kept for warnings at the end. */
static const char *keep(const char *path)
{
    size_t length = text_length(path);
    char *copy = etch_arena(length + 1);
    if (copy == NULL)
        return "";
    __builtin_memcpy(copy, path, length);
    return copy;
}

/* A line as it is read; none that is longer than a name can be is half obeyed. */
struct line {
    struct origin origin;
    size_t used;
    bool cut;
    char text[1024];
};

static int end_line(struct line *l)
{
    int result = 0;
    l->origin.line++;
    if (l->cut)
        warn(&l->origin, "the line is too long for an event's name", "", "");
    else
        result = add_line(l->text, l->used, &l->origin);
    l->used = 0;
    l->cut = false;
    return result;
}

int etch_patterns_read(const char *path, bool later)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    struct line l = {.origin = {.what = keep(path), .later = later}};
    char data[4096];
    long n;
    int result = 0;
    while (result == 0 && ((n = sys_read(fd, data, sizeof(data))) > 0 || n == -EINTR)) {
        for (long i = 0; i < n && result == 0; i++) {
            if (data[i] == '\n')
                result = end_line(&l);
            else if (l.used < sizeof(l.text))
                l.text[l.used++] = data[i];
            else
                l.cut = true;
        }
    }
    if (result == 0)
        result = n < 0 ? (int)n : end_line(&l); /* a last line without newline */
    sys_close(fd);
    return result;
}
