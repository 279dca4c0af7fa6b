/* SPDX-License-Identifier: MIT
 *
 * tsdl.c: see tsdl.h. The head must be etch's to the word; an event that is
 * not is told of, and the others are read.
 */
#include "read/tsdl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/kind.h"
#include "format/packet.h"
#include "format/tsdl.h"
#include "read/read_at.h"
#include "read/tsdl_lex.h"

#define METADATA_MAX (256u << 20)

/* ---- the file ---- */

/* Its text, malloc'd. 0 or -errno. */
static int read_file(const char *path, char **text, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    int error = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;
    if (error == 0 && (!S_ISREG(st.st_mode) || st.st_size > METADATA_MAX))
        error = -EINVAL;
    *text = NULL;
    if (error == 0) {
        *size = (size_t)st.st_size;
        *text = malloc(*size + 1);
        error = *text == NULL ? -ENOMEM : read_at(fd, *text, *size, 0) ? 0 : -EIO;
    }
    if (fd >= 0)
        close(fd);
    if (error < 0) {
        free(*text);
        *text = NULL;
    }
    return error;
}

/* What is read, and with what. */
struct parse {
    struct tsdl_lexer lexer;
    const char *text;
    const char *path;
    struct fault *fault;
    bool told; /* one message is enough */
};

/* "PATH: line N: WHAT at 'WORD'". */
static int refuse(struct parse *p, const char *what)
{
    const struct tsdl_token *t = &p->lexer.token;
    struct etch_read_fault f = {.kind = ETCH_FAULT_DAMAGED, .path = p->path, .number = t->line};
    if (p->told)
        return -EINVAL;
    p->told = true;
    return fault_set(p->fault, -EINVAL, &f, "line %u: %s at '%.*s'", t->line, what,
                     (int)(t->size < 40 ? t->size : 40), t->text);
}

static int foreign(struct parse *p)
{
    return refuse(p, "not written by this version of etch on a machine like this (babeltrace2 "
                     "reads any CTF trace):");
}

/* ---- the head ---- */

static bool hex_digit(char c, uint8_t *v)
{
    if (c >= '0' && c <= '9')
        *v = (uint8_t)(*v << 4 | (c - '0'));
    else if (c >= 'a' && c <= 'f')
        *v = (uint8_t)(*v << 4 | (c - 'a' + 10));
    else
        return false;
    return true;
}

static bool take_uuid(struct tsdl_lexer *l, uint8_t uuid[16])
{
    const char *p = l->token.text, *end = p + l->token.size;
    if (l->token.kind != TSDL_STRING)
        return false;
    for (int i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && (p == end || *p++ != '-'))
            return false;
        if (end - p < 2 || !hex_digit(*p, &uuid[i]) || !hex_digit(p[1], &uuid[i]))
            return false;
        p += 2;
    }
    tsdl_step(l);
    return p == end;
}

static bool take_any_string(struct tsdl_lexer *l)
{
    char *text = tsdl_string(l);
    free(text);
    return text != NULL;
}

static bool take_clock(struct tsdl_lexer *l, struct tsdl_clock *clock)
{
    return tsdl_match(l, "clock { name = \"etch\"; uuid = ") && take_any_string(l) &&
           tsdl_match(l, "; description = ") && take_any_string(l) && tsdl_match(l, "; freq = ") &&
           tsdl_number(l, &clock->frequency) && clock->frequency != 0 &&
           tsdl_match(l, "; offset_s = ") && tsdl_number(l, &clock->seconds) &&
           tsdl_match(l, "; offset = ") && tsdl_number(l, &clock->ticks) &&
           tsdl_match(l, "; absolute = TRUE; };");
}

/* What a line of the environment sets: NULL if it is nothing that we need. */
static uint64_t *env_number(struct meta *m, uint64_t (*sizes)[4], const char *key)
{
    const struct {
        const char *key;
        uint64_t *to;
    } keys[] = {{"first_ticks", &m->first.ticks},     {"first_monotonic", &m->first.monotonic_ns},
                {"last_ticks", &m->last.ticks},       {"first_realtime", &m->first.realtime_ns},
                {"long_size", &(*sizes)[0]},          {"last_monotonic", &m->last.monotonic_ns},
                {"pointer_size", &(*sizes)[1]},       {"last_realtime", &m->last.realtime_ns},
                {"char_signed", &(*sizes)[2]},        {"vpid", &(*sizes)[3]},
                {"start_time", &m->header.start_time}};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(keys[i].key, key) == 0)
            return keys[i].to;
    return NULL;
}

static bool take_env(struct tsdl_lexer *l, struct meta *m, struct note_machine *machine)
{
    uint64_t sizes[4] = {0}, unused;
    if (!tsdl_match(l, "env {"))
        return false;
    while (!tsdl_is(l, "}")) {
        char key[32];
        const struct tsdl_token *t = &l->token;
        if (t->kind != TSDL_WORD || t->size >= sizeof(key))
            return false;
        snprintf(key, sizeof(key), "%.*s", (int)t->size, t->text);
        tsdl_step(l);
        if (!tsdl_match(l, "="))
            return false;
        uint64_t *to = env_number(m, &sizes, key);
        if (l->token.kind == TSDL_STRING) {
            char *text = tsdl_string(l);
            bool exe = strcmp(key, "executable") == 0 && m->exe == NULL;
            if (!exe || text == NULL)
                free(text);
            else
                m->exe = text;
        } else if (!tsdl_number(l, to != NULL ? to : &unused)) {
            return false;
        }
        if (!tsdl_match(l, ";"))
            return false;
    }
    m->header.pid = (uint32_t)sizes[3];
    *machine = (struct note_machine){(uint8_t)sizes[0], (uint8_t)sizes[1], sizes[2] != 0};
    return tsdl_match(l, "};") && (sizes[0] == 4 || sizes[0] == 8) &&
           (sizes[1] == 4 || sizes[1] == 8);
}

/* All up to the first event. */
static int take_head(struct parse *p, struct tsdl *tsdl, struct note_machine *machine)
{
    struct tsdl_lexer *l = &p->lexer;
    struct meta *m = &tsdl->meta;
    if (!tsdl_match(l, TSDL_TYPES TSDL_TRACE) || !take_uuid(l, m->header.uuid) ||
        !tsdl_match(l, TSDL_TRACE_END) || !take_clock(l, &tsdl->clock) ||
        !take_env(l, m, machine) || !tsdl_match(l, TSDL_STREAMS))
        return foreign(p);
    if (m->first.realtime_ns > m->first.monotonic_ns)
        tsdl->clock.monotonic = m->first.realtime_ns - m->first.monotonic_ns;
    return 0;
}

/* ---- events ---- */

/* An event as its block tells it; the strings are malloc'd. */
struct event {
    uint64_t id, stream;
    char *name, *uri;
    struct note_decl decl;
};

static void event_free(struct event *e)
{
    free(e->name);
    free(e->uri);
}

/* Takes a part of the URI off its front, ending in `end` (NUL: all), and
 * decodes it in place. NULL: there is no such part. */
static const char *uri_part(char **at, const char *key, char end)
{
    size_t n = strlen(key);
    char *text = *at + n, *stop = strncmp(*at, key, n) == 0 ? strchr(text, end) : NULL;
    if (stop == NULL)
        return NULL;
    *at = *stop == '\0' ? stop : stop + 1;
    *stop = '\0';
    char *to = text;
    for (const char *p = text; *p != '\0'; to++) {
        uint8_t byte = (uint8_t)*p;
        if (*p == '%') {
            char digits[2] = {(char)(p[1] | 32), p[1] == '\0' ? '\0' : (char)(p[2] | 32)};
            byte = 0;
            if (!hex_digit(digits[0], &byte) || !hex_digit(digits[1], &byte) || byte == 0)
                return NULL;
            p += 2;
        }
        p++;
        *to = (char)byte;
    }
    *to = '\0';
    return text;
}

static bool uri_number(char **at, const char *key, char end, uint32_t *value)
{
    const char *text = uri_part(at, key, end);
    uint64_t v = 0;
    struct tsdl_lexer l = text != NULL ? tsdl_lexer_of(text, strlen(text)) : (struct tsdl_lexer){0};
    if (text == NULL || !tsdl_number(&l, &v) || v > UINT32_MAX)
        return false;
    *value = (uint32_t)v;
    return true;
}

/* etch:FILE?line=L&group=G&kinds=K&args=A&format=F&flags=N */
static bool take_uri(struct event *e)
{
    struct note_decl *d = &e->decl;
    char *at = e->uri;
    d->name = e->name;
    return (d->file = uri_part(&at, "etch:", '?')) != NULL &&
           uri_number(&at, "line=", '&', &d->line) && uri_part(&at, "group=", '&') != NULL &&
           (d->kinds = uri_part(&at, "kinds=", '&')) != NULL &&
           (d->args = uri_part(&at, "args=", '&')) != NULL &&
           (d->format = uri_part(&at, "format=", '&')) != NULL &&
           uri_number(&at, "flags=", '\0', &d->flags);
}

/* The fields must be what the kinds tell of: other readers go by them. */
static bool take_fields(struct tsdl_lexer *l, const char *kinds, const struct note_machine *machine)
{
    for (; *kinds != '\0'; kinds++) {
        const char *type =
            tsdl_type(*kinds, machine->long_size, machine->ptr_size, machine->char_signed);
        if (type == NULL || !tsdl_match(l, type) || l->token.kind != TSDL_WORD)
            return false;
        tsdl_step(l);
        if (!tsdl_match(l, ";"))
            return false;
    }
    return true;
}

/* What the block of an event and that of a frame begin with. */
static bool take_name(struct tsdl_lexer *l, struct event *e)
{
    return tsdl_match(l, "event { name = ") && (e->name = tsdl_string(l)) != NULL &&
           tsdl_match(l, "; id = ") && tsdl_number(l, &e->id) && e->id <= UINT32_MAX &&
           tsdl_match(l, "; stream_id = ") && tsdl_number(l, &e->stream);
}

static bool take_event(struct tsdl_lexer *l, const struct note_machine *machine, struct event *e)
{
    return e->stream == ETCH_STREAM_EVENTS && tsdl_match(l, "; model.emf.uri = ") &&
           (e->uri = tsdl_string(l)) != NULL && take_uri(e) &&
           tsdl_match(l, "; fields := struct {") && take_fields(l, e->decl.kinds, machine) &&
           tsdl_match(l, "}; };");
}

/* Adds a declaration; ids that follow each other make a group, as long as
 * nobody has pointers into it. */
static int add_event(struct meta *m, size_t first_group, const struct event *e,
                     const struct note_machine *machine)
{
    struct meta_group *g = m->n_groups > first_group ? m->group[m->n_groups - 1] : NULL;
    if (g == NULL || e->id != g->first_id + g->list.n) {
        g = meta_add_group(m, (uint32_t)e->id);
        if (g == NULL)
            return -ENOMEM;
        g->machine = *machine;
    }
    return note_declare(&g->list, &e->decl);
}

/* One block: of an event that is not known yet, of a frame, or the stream of these.
 * 0, -EINVAL: it is none, -EBADMSG: what it says is wrong, -ENOMEM. */
static int take_block(struct tsdl_lexer *l, struct tsdl *tsdl, const struct note_machine *machine,
                      size_t first_group, uint64_t highest)
{
    struct event e = {0};
    int got = 0;
    if (tsdl_is(l, "stream"))
        return tsdl_match(l, TSDL_FRAMES) ? 0 : -EINVAL;
    if (!take_name(l, &e)) {
        got = -EINVAL;
    } else if (e.stream == ETCH_STREAM_FRAMES) {
        got = frame_take(&tsdl->frames, l, (uint32_t)e.id, e.name);
        e.name = NULL;
    } else if (!take_event(l, machine, &e)) {
        got = -EINVAL;
    } else if (e.id >= highest) {
        got = add_event(&tsdl->meta, first_group, &e, machine);
        got = got == -EINVAL ? -EBADMSG : got;
        tsdl->highest = e.id + 1;
    }
    event_free(&e);
    return got;
}

/* Steps to the next block of an event behind a faulty one, or to the end. */
static void next_block(struct tsdl_lexer *l)
{
    while (l->token.kind != TSDL_END && !tsdl_is(l, "event"))
        tsdl_step(l);
}

/* Where a file that only grows has a whole block at its end; what a kill cut
 * short behind it is no fault of the file. */
static bool ends_within(const struct tsdl_lexer *l)
{
    return l->token.kind == TSDL_END || l->at == l->end;
}

/* All events with ids that are not known yet. 0, -EINVAL or -ENOMEM. */
static int take_events(struct parse *p, struct tsdl *tsdl, const struct note_machine *machine)
{
    struct tsdl_lexer *l = &p->lexer;
    size_t first_group = tsdl->meta.n_groups;
    uint64_t highest = tsdl->highest;
    int error = 0;
    tsdl->cut = false;
    tsdl->whole = (uint64_t)(l->token.text - p->text);
    while (l->token.kind != TSDL_END && error != -ENOMEM) {
        int got = take_block(l, tsdl, machine, first_group, highest);
        if (got == -EBADMSG) {
            refuse(p, "the event before cannot be a declaration,");
            got = -EINVAL;
        } else if (got == -EINVAL && ends_within(l)) {
            tsdl->cut = true;
            got = 0;
            l->token.kind = TSDL_END;
        } else if (got == -EINVAL) {
            refuse(p, "the block of an event is damaged");
            next_block(l);
        }
        if (got == 0 && !tsdl->cut)
            tsdl->whole = (uint64_t)(l->token.text - p->text);
        error = got < 0 ? got : error;
    }
    return error;
}

/* ---- as a whole ---- */

static int parse(struct tsdl *tsdl, struct fault *fault)
{
    char *text;
    size_t size = 0;
    struct meta *m = &tsdl->meta;
    int error = read_file(m->path, &text, &size);
    if (error < 0)
        return fault_system(fault, error, m->path, "cannot read the metadata");
    struct parse p = {tsdl_lexer_of(text, size), text, m->path, fault, false};
    struct note_machine machine;
    tsdl->size = size;
    error = take_head(&p, tsdl, &machine);
    tsdl->headless = error < 0;
    if (error == 0)
        error = take_events(&p, tsdl, &machine);
    free(text);
    return error == -ENOMEM ? fault_system(fault, error, m->path, "cannot read the metadata")
                            : error;
}

/* The clock stays as it was: times that were given out do not change. */
static int update(struct meta *m, struct fault *fault)
{
    struct tsdl *tsdl = (struct tsdl *)m;
    struct tsdl_clock clock = tsdl->clock;
    struct stat st;
    if (stat(m->path, &st) < 0 || (uint64_t)st.st_size == tsdl->size)
        return 0;
    int error = parse(tsdl, fault);
    tsdl->clock = clock;
    return error;
}

int tsdl_open(struct tsdl **tsdl_out, const char *dir, struct fault *fault)
{
    struct tsdl *tsdl = calloc(1, sizeof(*tsdl));
    *tsdl_out = NULL;
    if (tsdl == NULL)
        return fault_system(fault, -ENOMEM, dir, "cannot read the metadata");
    tsdl->meta.fd = -1;
    tsdl->meta.update = update;
    int error = asprintf(&tsdl->meta.path, "%s/metadata", dir) < 0 ? -ENOMEM : 0;
    if (error < 0) {
        tsdl->meta.path = NULL;
        fault_system(fault, error, dir, "cannot read the metadata");
    } else {
        error = parse(tsdl, fault);
    }
    if (error == 0 || error == -EINVAL)
        *tsdl_out = tsdl;
    else
        tsdl_close(tsdl);
    return error;
}

void tsdl_close(struct tsdl *tsdl)
{
    if (tsdl != NULL)
        frame_dict_free(&tsdl->frames);
    meta_close(tsdl != NULL ? &tsdl->meta : NULL);
}

bool tsdl_uuid(const char *dir, uint8_t uuid[16])
{
    struct fault silent = {NULL, NULL};
    struct tsdl *tsdl;
    tsdl_open(&tsdl, dir, &silent);
    bool ours = tsdl != NULL && !tsdl->headless;
    if (ours)
        memcpy(uuid, tsdl->meta.header.uuid, 16);
    tsdl_close(tsdl);
    return ours;
}

/* As babeltrace2 and babeltrace 1.5 do it, in floating point. */
static uint64_t ticks_ns(uint64_t ticks, uint64_t frequency)
{
    if (frequency == 1000000000u)
        return ticks;
    double ns = 1e9 * (double)ticks / (double)frequency;
    return ns < 9.2e18 ? (uint64_t)ns : (uint64_t)INT64_MAX;
}

uint64_t tsdl_time(const struct tsdl_clock *c, uint64_t ticks)
{
    return c->seconds * 1000000000u + ticks_ns(c->ticks, c->frequency) +
           ticks_ns(ticks, c->frequency) - c->monotonic;
}
