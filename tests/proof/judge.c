/* SPDX-License-Identifier: MIT
 *
 * judge.c: see judge.h.
 */
#include "judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <etch/read.h>

static const char *const names[] = {"proof_number", "proof_text", "proof_mixed", "proof_large",
                                    "proof_signal"};

__attribute__((format(printf, 2, 3))) static void wrong(struct found *found, const char *format,
                                                        ...)
{
    va_list ap;
    if (found->wrong[0] != '\0')
        return;
    va_start(ap, format);
    vsnprintf(found->wrong, sizeof(found->wrong), format, ap);
    va_end(ap);
}

static void found_event(struct found *found, uint64_t n, int kind)
{
    if (n >= PROOF_EVENTS) {
        wrong(found, "%s %" PRIu64 ": there is no such event", names[kind], n);
        return;
    }
    if (found->times[n]++ != 0)
        wrong(found, "%s %" PRIu64 " is there twice", names[kind], n);
    found->kind[n] = (uint8_t)kind;
}

/* ---- by the library ---- */

static bool is_text(const struct etch_record *r, uint32_t i, uint32_t salt, uint32_t length)
{
    const char *text = (const char *)(uintptr_t)r->value[i];
    uint32_t from = proof_text_from((uint32_t)r->value[0], salt), k = 0;
    while (k < length && k < r->length[i] && text[k] == proof_text_at(from + k))
        k++;
    return r->length[i] == length && k == length;
}

static bool is_mixed(const struct etch_record *r)
{
    uint64_t check = proof_check(r->value[0]);
    return r->n_values == 7 && r->value[1] == (check & 1) &&
           r->value[2] == (uint64_t)(int8_t)check && r->value[3] == (uint16_t)check &&
           r->value[4] == check && r->value[5] == check && r->length[6] == 0;
}

static bool is_large(const struct etch_record *r)
{
    return r->n_values == 2 && is_text(r, 1, 1, PROOF_TEXT_MAX);
}

static void take_record(struct found *found, const struct etch_record *r)
{
    if (r->type == ETCH_RECORD_LOST) {
        found->lost += r->lost;
        return;
    }
    int kind = 0;
    while (kind <= PROOF_SIGNAL && strcmp(r->name, names[kind]) != 0)
        kind++;
    bool right =
        kind == PROOF_NUMBER || kind == PROOF_SIGNAL
            ? r->n_values == 2 && r->value[1] == proof_check(r->value[0])
        : kind == PROOF_TEXT
            ? r->n_values == 2 && is_text(r, 1, 0, proof_text_length((uint32_t)r->value[0]))
        : kind == PROOF_MIXED ? is_mixed(r)
        : kind == PROOF_LARGE ? is_large(r)
                              : false;
    if (!right)
        wrong(found, "%s %" PRIu64 " is not as it was fired", r->name, r->value[0]);
    else
        found_event(found, r->value[0], kind);
}

void judge_read(struct found *found, const char *path, const char *const *exes)
{
    static struct etch_record record;
    struct etch_read_options options = {.exes = exes};
    struct etch_reader *reader;
    char *error = NULL;
    uint64_t last = 0;
    int got = etch_reader_open(&reader, &path, 1, &options, &error);
    if (got < 0) {
        wrong(found, "it cannot be opened: %s", error);
        free(error);
        return;
    }
    while ((got = etch_reader_next(reader, &record, &error)) != 0) {
        if (got < 0) {
            wrong(found, "damaged: %s", error);
            free(error);
            break;
        }
        take_record(found, &record);
        if (record.time_ns < last)
            wrong(found, "an event of %" PRIu64 " comes behind one of %" PRIu64, record.time_ns,
                  last);
        last = record.time_ns;
    }
    etch_reader_close(reader);
}

/* ---- by `etch print` ---- */

/* An event as it is shown, with its name. */
static void event_text(char *to, size_t size, uint32_t n, enum proof_kind kind)
{
    uint64_t check = proof_check(n);
    uint32_t length = kind == PROOF_TEXT ? proof_text_length(n) : PROOF_TEXT_MAX;
    uint32_t from = proof_text_from(n, kind == PROOF_LARGE);
    int used = snprintf(to, size, "%s n %" PRIu32, names[kind], n);
    switch (kind) {
    case PROOF_NUMBER:
    case PROOF_SIGNAL:
        snprintf(to + used, size - (size_t)used, " check 0x%" PRIx64, check);
        break;
    case PROOF_MIXED:
        snprintf(to + used, size - (size_t)used,
                 " flag %d small %d half %u wide %" PRId64 " p %p none ", (int)(check & 1),
                 (int8_t)check, (uint16_t)check, (int64_t)check, (void *)(uintptr_t)check);
        break;
    case PROOF_TEXT:
    case PROOF_LARGE:
        used += snprintf(to + used, size - (size_t)used, " text ");
        for (uint32_t i = 0; i < length; i++)
            to[used++] = proof_text_at(from + i);
        to[used] = '\0';
        break;
    }
}

static void take_line(struct found *found, const char *line)
{
    char expected[PROOF_TEXT_MAX + 256];
    uint64_t lost;
    unsigned n;
    const char *at = strstr(line, " proof_"), *dashes = strstr(line, " -- ");
    if (at == NULL && dashes != NULL && sscanf(dashes, " -- %" SCNu64 " event", &lost) == 1) {
        found->lost += lost;
        return;
    }
    if (at == NULL && dashes != NULL && strstr(dashes, " lost: overwritten") != NULL)
        return; /* by packets: nobody counted their events */
    int kind = 0;
    while (at != NULL && kind <= PROOF_SIGNAL &&
           strncmp(at + 1, names[kind], strlen(names[kind])) != 0)
        kind++;
    if (at == NULL || kind > PROOF_SIGNAL ||
        sscanf(at + 1 + strlen(names[kind]), " n %u", &n) != 1) {
        wrong(found, "'%s' is no line of this trace", line);
        return;
    }
    event_text(expected, sizeof(expected), n, (enum proof_kind)kind);
    /* A NULL string is empty, or says so. */
    size_t length = strlen(expected);
    const char *rest = at + 1 + length;
    bool same = strncmp(at + 1, expected, length) == 0 &&
                (*rest == '\0' || (kind == PROOF_MIXED && strcmp(rest, "(null)") == 0));
    if (!same)
        wrong(found, "'%s' instead of '%s'", at + 1, expected);
    found_event(found, n, kind);
}

void judge_lines(struct found *found, char *lines)
{
    char *rest;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        take_line(found, line);
}

/* ---- the verdict ---- */

/* Policy overwrite: what is missing is older than what is there, and enough is. */
static void judge_last(struct found *found, const struct proof_shared *shared)
{
    uint32_t there = 0, returned = 0;
    for (uint32_t n = 0; n < PROOF_EVENTS; n++) {
        bool due = shared->state[n] == PROOF_RETURNED;
        returned += due;
        there += due && found->times[n] != 0;
        if (due && there != 0 && found->times[n] == 0)
            wrong(found, "event %u is missing, and older ones are there", n);
    }
    if (there < returned && there < shared->keeps)
        wrong(found, "only %u events are there", there);
}

bool judge_right(struct found *found, const struct proof_shared *shared)
{
    uint64_t missing = 0, in_flight = 0;
    uint32_t n_events = shared->next < PROOF_EVENTS ? shared->next : PROOF_EVENTS;
    for (uint32_t n = 0; n < PROOF_EVENTS; n++) {
        bool there = found->times[n] != 0;
        if (n >= n_events || shared->state[n] == PROOF_NONE) {
            if (there)
                wrong(found, "event %u is there, and was not fired", n);
            continue;
        }
        if (there && found->kind[n] != shared->kind[n])
            wrong(found, "event %u is there under another name", n);
        missing += !there && shared->state[n] == PROOF_RETURNED;
        in_flight += !there && shared->state[n] == PROOF_BEGUN;
        if (!there && shared->state[n] == PROOF_RETURNED && !shared->may_drop && shared->keeps == 0)
            wrong(found, "event %u is missing: its call has returned", n);
    }
    if (shared->keeps != 0)
        judge_last(found, shared);
    else if (found->lost < missing || found->lost > missing + in_flight ||
             (found->lost != 0 && !shared->may_drop))
        wrong(found, "%" PRIu64 " events are said to be lost; %" PRIu64 " are missing", found->lost,
              missing);
    return found->wrong[0] == '\0';
}
