/* SPDX-License-Identifier: MIT
 *
 * patterns.c: which events the user wants on: patterns accumulate from left to
 * right and hold for groups that register later, too.
 *
 * Reads:  events files.
 * Writes: enable words; warnings on stderr.
 */
#include "runtime/pattern.h"
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

static void add_line(const char *line, size_t length, struct origin *origin)
{
    while (length > 0 && blank(line[0])) {
        line++;
        length--;
    }
    while (length > 0 && blank(line[length - 1]))
        length--;
    if (length > 0 && line[0] != '#')
        etch_pattern_add(line, length, origin);
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

int etch_patterns_read(const char *path, bool later)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    struct origin origin = {.what = keep(path), .later = later};
    char line[4096];
    size_t used = 0;
    for (;;) {
        long n = sys_read(fd, line + used, sizeof(line) - used);
        if (n < 0 && n != -EINTR) {
            sys_close(fd);
            return (int)n;
        }
        size_t size = used + (size_t)(n > 0 ? n : 0), from = 0;
        for (size_t i = used; i < size; i++)
            if (line[i] == '\n') {
                origin.line++;
                add_line(line + from, i - from, &origin);
                from = i + 1;
            }
        if (from == 0 && size == sizeof(line)) {
            warn(&origin, "a line is longer than an event's name can be; it is cut", "", "");
            from = size;
        }
        for (used = 0; from < size; from++)
            line[used++] = line[from];
        if (n == 0)
            break;
    }
    origin.line++;
    add_line(line, used, &origin); /* a last line without newline */
    sys_close(fd);
    return 0;
}
