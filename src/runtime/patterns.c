/* SPDX-License-Identifier: MIT
 *
 * patterns.c: which events the user wants on: patterns accumulate from left to
 * right and hold for groups that register later, too.
 *
 * Reads:  events files.
 * Writes: enable words; warnings on stderr.
 */
#include "format/pattern.h"
#include "runtime/condition.h"
#include "runtime/folder.h"
#include "runtime/patterns.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/sys.h"

struct pattern {
    struct pattern *next;
    const char *text;      /* the event's name, without the minus */
    const char *whole;     /* with its clause */
    size_t length, clause; /* of the whole; where the clause begins */
    struct origin origin;
    struct watch *watch; /* a trigger's: nothing is switched */
    bool on, matched, failed;
};

static struct pattern *patterns, **patterns_end = &patterns;

static bool is_glob(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '*' || *text == '?')
            return true;
    return false;
}

/* ---- messages ---- */

static struct text message(char *line, size_t size, const struct origin *o)
{
    struct text t = text_in(line, size);
    text_add(&t, etch_program_name());
    text_add(&t, o->line != 0 ? ":" : ": ");
    text_add(&t, o->what);
    if (o->line != 0) {
        text_add(&t, ":");
        text_u64(&t, o->line);
    }
    text_add(&t, ": ");
    return t;
}

static void warn(const struct origin *o, const char *before, const char *name, const char *after)
{
    char line[PATH_SIZE];
    struct text t = message(line, sizeof(line), o);
    text_add(&t, "warning: ");
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

/* What is wrong in a clause; `off` events of a glob stay off for it. */
static void tell_fault(const struct pattern *p, const struct etch_clause_fault *fault, unsigned off)
{
    char line[2 * PATH_SIZE];
    struct text t = message(line, sizeof(line), &p->origin);
    text_add(&t, off != 0 ? "warning: " : "");
    text_add(&t, "column ");
    text_u64(&t, fault->column);
    text_add(&t, " of '");
    text_bytes(&t, p->whole, p->length);
    text_add(&t, "': ");
    text_add(&t, fault->message);
    if (off != 0) {
        text_add(&t, "; ");
        text_u64(&t, off);
        text_add(&t, off == 1 ? " event stays off" : " such events stay off");
    }
    text_add(&t, "\n");
    sys_write(2, line, t.used);
}

/* ---- applying them ---- */

/* Compiles the clause for an event; false with *fault. */
static bool bind(const struct pattern *p, const struct group_entry *g, uint32_t i,
                 struct etch_clause *clause, struct etch_clause_fault *fault)
{
    struct etch_arguments args;
    if (g->foreign != NULL) {
        *fault = (struct etch_clause_fault){
            p->clause + 1, "code that QEMU's own tracetool generated asks for no condition; "
                           "generate it by etch-tracetool"};
        return false;
    }
    etch_event_arguments(g, i, &args);
    return etch_clause_compile(clause, p->whole, p->length, p->clause, &args, fault) == 0;
}

static void apply_clause(struct pattern *p, struct group_entry *g, uint32_t i,
                         const struct etch_clause *clause)
{
    if (p->watch != NULL)
        etch_event_watch(g, i, clause, p->watch);
    else
        etch_event_record(g, i, p->on, clause);
}

/* The events of a group that a pattern with a clause speaks of. */
static void apply_with_clause(struct pattern *p, struct group_entry *g)
{
    struct etch_clause clause;
    struct etch_clause_fault fault, first;
    unsigned off = 0;
    for (uint32_t i = 0; i < g->n_events; i++) {
        if (!pattern_match(p->text, group_event_name(g, i)))
            continue;
        p->matched = true;
        if (group_event_disabled(g, i))
            continue;
        if (bind(p, g, i, &clause, &fault)) {
            apply_clause(p, g, i, &clause);
            continue;
        }
        if (off++ == 0)
            first = fault;
        if (p->watch == NULL)
            etch_event_record(g, i, false, NULL);
    }
    if (off == 0)
        return;
    p->failed |= !is_glob(p->text);
    tell_fault(p, &first, is_glob(p->text) ? off : 0);
}

static void apply_plain(struct pattern *p, struct group_entry *g)
{
    for (uint32_t i = 0; i < g->n_events; i++)
        if (pattern_match(p->text, group_event_name(g, i))) {
            p->matched = true;
            apply_clause(p, g, i, NULL);
        }
}

/* Applies a pattern to a group and remembers whether it matched; an exact name
 * of an event that was built without is worth a word. */
static void apply(struct pattern *p, struct group_entry *g)
{
    if (g->group == NULL && g->foreign == NULL)
        return; /* after dlclose, and libetch's own */
    if (p->clause < p->length || (p->watch != NULL && g->foreign != NULL))
        apply_with_clause(p, g);
    else
        apply_plain(p, g);
    for (uint32_t i = 0; p->matched && !is_glob(p->text) && i < g->n_events; i++)
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

/* ---- adding them ---- */

static char *keep_text(const char *text, size_t length)
{
    char *copy = etch_arena(length + 1);
    if (copy != NULL)
        __builtin_memcpy(copy, text, length);
    return copy;
}

/* What can be said of a clause before its event is known; false with *fault. */
static bool clause_check(const struct pattern *p, struct etch_clause *clause,
                         struct etch_clause_fault *fault)
{
    if (etch_clause_compile(clause, p->whole, p->length, p->clause, NULL, fault) < 0)
        return false;
    fault->column = clause->end + 1;
    const char *wrong = clause->end < p->length ? "nothing is expected behind this" : NULL;
    if (!p->on) {
        fault->column = 1;
        wrong = "what is switched off takes no condition; leave out the -";
    } else if (p->watch != NULL && clause->limit != 0) {
        wrong = "a trigger has no limit";
    }
    struct text t = text_in(fault->message, sizeof(fault->message));
    text_add(&t, wrong == NULL ? "" : wrong);
    return wrong == NULL;
}

/* A pattern whose name takes `name` bytes at the start of its text, behind the
 * minus; a clause that cannot be right is said at once. 0, -EINVAL. */
static int add(struct pattern *p, size_t name)
{
    struct etch_clause clause;
    struct etch_clause_fault fault;
    size_t minus = p->whole[0] == '-' && p->watch == NULL;
    p->on = minus == 0;
    if (p->clause < p->length && !clause_check(p, &clause, &fault)) {
        tell_fault(p, &fault, 0);
        return -EINVAL;
    }
    /* Before an event has one: threads that fire it read the group's id. */
    if (p->clause < p->length && clause.limit != 0)
        etch_limits_register();
    struct pattern *kept = etch_arena(sizeof(*p));
    p->whole = keep_text(p->whole, p->length);
    p->text = keep_text(p->whole == NULL ? "" : p->whole + minus, name - minus);
    if (kept == NULL || p->whole == NULL || p->text == NULL)
        return 0;
    *kept = *p;
    *patterns_end = kept;
    patterns_end = &kept->next;
    for (struct group_entry *g = etch_groups; g != NULL; g = g->next)
        apply(kept, g);
    if (!kept->matched && !kept->origin.later)
        warn_unmatched(kept);
    return kept->failed ? -EINVAL : 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int etch_pattern_add(const char *text, size_t length, const struct origin *origin)
{
    struct pattern p = {.whole = text, .length = length, .origin = *origin};
    p.clause = etch_clause_find(text, length);
    size_t name = etch_clause_name(text, p.clause, length);
    return name <= (length != 0 && text[0] == '-') ? 0 : add(&p, name);
}

int etch_watch_add(const char *text, size_t length, const struct origin *origin,
                   struct watch *watch, size_t *end)
{
    struct pattern p = {.whole = text, .length = length, .origin = *origin, .watch = watch};
    struct etch_clause clause;
    struct etch_clause_fault fault;
    size_t name = 0;
    while (name < length && !is_blank(text[name]) && text[name] != ',')
        name++;
    p.clause = etch_clause_find(text, length);
    if (p.clause == length || etch_clause_name(text, p.clause, length) != name) {
        p.clause = p.length = *end = name;
    } else if (etch_clause_compile(&clause, text, length, p.clause, NULL, &fault) == 0) {
        p.length = *end = clause.end;
    }
    return add(&p, name);
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

/* -ECANCELED: the line asks for the list of events; -EINVAL: said. */
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
        return etch_pattern_add(line, length, origin);
    return 0;
}

/* A line as it is read; none that is longer than a name can be is half obeyed. */
struct line {
    struct origin origin;
    size_t used;
    bool cut;
    int result; /* of the lines before */
    char text[1024];
};

/* False: no more lines are wanted. */
static bool end_line(struct line *l)
{
    int result = 0;
    l->origin.line++;
    if (l->cut)
        warn(&l->origin, "the line is too long for an event's name", "", "");
    else
        result = add_line(l->text, l->used, &l->origin);
    l->used = 0;
    l->cut = false;
    if (result != 0)
        l->result = result;
    return result != -ECANCELED;
}

int etch_patterns_read(const char *path, bool later)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    struct line l = {.origin = {.what = keep_text(path, text_length(path)), .later = later}};
    char data[4096];
    long n = 1;
    bool more = true;
    if (l.origin.what == NULL)
        l.origin.what = "";
    while (more && ((n = sys_read(fd, data, sizeof(data))) > 0 || n == -EINTR)) {
        for (long i = 0; i < n && more; i++) {
            if (data[i] == '\n')
                more = end_line(&l);
            else if (l.used < sizeof(l.text))
                l.text[l.used++] = data[i];
            else
                l.cut = true;
        }
    }
    if (more && n == 0)
        end_line(&l); /* a last line without newline */
    sys_close(fd);
    return n < 0 ? (int)n : l.result;
}
