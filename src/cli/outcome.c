/* SPDX-License-Identifier: MIT
 *
 * outcome.c: what came of a recording.
 *
 * Reads:  the traces of the folder; pools that killed processes left; the notes
 *         of the program, where nothing was recorded.
 * Writes: those traces, whose rest is in the pools; messages on stderr.
 */
#include "cli/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/recorded.h"
#include "read/in_note.h"
#include "read/recover.h"
#include "read/recover_ctf.h"
#include "read/sweep.h"

#define PLURAL(n) ((n) == 1 ? "" : "s")

/* Merges what killed processes left into their traces. Those that still run
 * are left alone: readers find their pools. False if something could not be
 * merged, having said why. */
static bool take_rest(const struct cli_command *self, const char *dir)
{
    struct etch_recovered rest = {0};
    char *error = NULL;
    int code = etch_recover_folder(dir, &rest, &error);
    bool taken = code == 0;

    if (!taken)
        cli_error(self, "%s", error ? error : "out of memory");
    if (code == -ENOSPC || code == -EDQUOT || code == -EFBIG)
        cli_error(self,
                  "what is missing stays in memory, where all commands of etch find it, until "
                  "there is room for `etch recover %s`",
                  dir);
    free(error);
    etch_sweep();
    ctf_remove_unmade(dir);
    if (rest.busy)
        cli_error(self, "%u process%s still run%s and record%s into %s", rest.busy,
                  rest.busy == 1 ? "" : "es", rest.busy == 1 ? "s" : "", rest.busy == 1 ? "s" : "",
                  dir);
    return taken;
}

void outcome_sweep(const char *dir)
{
    struct etch_recovered rest = {0};
    char *error = NULL;

    /* What fails now fails again at the end, and is told there. */
    etch_recover_folder(dir, &rest, &error);
    free(error);
    etch_sweep();
}

/* A size for people: "3.4 MB". */
static const char *size_text(uint64_t bytes, char text[32])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double n = (double)bytes;
    size_t unit = 0;

    while (n >= 1000 && unit < 4) {
        n /= 1000;
        unit++;
    }
    snprintf(text, 32, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
    return text;
}

/* The events that a binary declares; none is no error. */
static size_t add_notes(struct recorded *r, const struct launch *l, const char *path)
{
    struct etch_decl_list list = {0};
    char *error = NULL;

    etch_note_load(path, &list, &error);
    free(error);
    recorded_match(r, &list, l->patterns, l->n_patterns);
    size_t n = list.n;
    etch_decl_list_free(&list);
    return n;
}

/* Why there is no trace at all. */
static void tell_nothing(const struct cli_command *self, const struct launch *l, struct recorded *r)
{
    if (l->process) {
        cli_error(self, "no event that was on happened; only those of the backends ctf and simple "
                        "are recorded");
        return;
    }
    size_t declared = add_notes(r, l, l->path);

    if (l->preload[0] && add_notes(r, l, l->preload) == 0) {
        cli_error(self, "%s declares no events of etch", l->preload);
    } else if (l->preload[0]) {
        cli_error(self,
                  "no event happened; a program that is static or set-user-ID does not load %s",
                  l->preload);
    } else if (declared == 0) {
        cli_error(self,
                  "%s declares no events of etch, and no program that it ran recorded one; "
                  "`--preload heap` records malloc and free of any program",
                  l->argv[0]);
    } else {
        cli_error(self,
                  "%s declares %zu event%s, of which none that was on happened; only those of the "
                  "backends ctf and simple are recorded",
                  l->argv[0], declared, PLURAL(declared));
    }
}

static void tell_patterns(const struct cli_command *self, const struct launch *l,
                          const struct recorded *r)
{
    for (size_t i = 0; i < l->n_patterns; i++)
        if (!r->matched[i])
            cli_error(self, "warning: no event is called '%s'",
                      l->patterns[i] + (l->patterns[i][0] == '-'));
}

static void tell_totals(const struct cli_command *self, const struct recorded *r, const char *dir)
{
    char size[32];

    cli_error(self, "%llu event%s of %u process%s in %s (%s), dropped: %llu",
              (unsigned long long)r->events, PLURAL(r->events), r->processes,
              r->processes == 1 ? "" : "es", dir, size_text(r->bytes, size),
              (unsigned long long)r->lost);
    if (r->elsewhere)
        cli_error(self, "%u of the traces lie%s elsewhere (`trace-file`), the last in %s",
                  r->elsewhere, r->elsewhere == 1 ? "s" : "", r->last);
    if (r->lost)
        cli_error(self, "a larger --buffer, or --policy=block, loses fewer");
    if (r->rotated)
        cli_error(self, "%llu %s in files that --max-files removed", (unsigned long long)r->rotated,
                  r->rotated == 1 ? "event was" : "events were");
    if (r->events)
        cli_error(self, "`etch print%s%s` shows them, `etch stat%s%s` counts them",
                  strcmp(dir, RECORD_DIR) ? " " : "", strcmp(dir, RECORD_DIR) ? dir : "",
                  strcmp(dir, RECORD_DIR) ? " " : "", strcmp(dir, RECORD_DIR) ? dir : "");
}

/* What a flight recorder has kept, and what not. */
static void tell_flight(const struct cli_command *self, struct recorded *r, const char *dir)
{
    char size[32];

    if (r->quiet)
        cli_error(self, "no trigger fired in %u process%s, of which nothing is kept", r->quiet,
                  r->quiet == 1 ? "" : "es");
    if (r->fired)
        cli_error(self, "triggers fired %llu time%s", (unsigned long long)r->fired,
                  PLURAL(r->fired));
    recorded_span(r, dir);
    if (r->events || r->overwritten_packets)
        cli_error(self, "kept: %.6f s; overwritten: %llu packet%s (%s)",
                  (double)(r->last_ns - r->first_ns) / 1e9,
                  (unsigned long long)r->overwritten_packets, PLURAL(r->overwritten_packets),
                  size_text(r->overwritten_bytes, size));
}

/* What the user may wonder about: no trace at all, patterns that fit nothing. */
static int tell_doubts(const struct cli_command *self, const struct launch *l, const char *dir,
                       bool taken, struct recorded *r)
{
    r->matched = calloc(l->n_patterns + 1, sizeof(bool));
    if (!r->matched) {
        cli_error(self, "out of memory");
        return CLI_FAILURE;
    }
    r->rest = !taken;
    int status = recorded_read(r, self, dir, l->patterns, l->n_patterns);
    if (status == CLI_OK && r->processes + r->quiet == 0 && taken)
        tell_nothing(self, l, r);
    if (status == CLI_OK && !l->process)
        tell_patterns(self, l, r);
    free(r->matched);
    return status;
}

static void tell_signal(const struct cli_command *self, const struct launch *l,
                        const struct child *child, bool counted, uint64_t lost)
{
    if (child->signal && counted)
        cli_error(self, "%s was killed by signal %d (%s), %llu event%s lost", l->argv[0],
                  child->signal, strsignal(child->signal), (unsigned long long)lost, PLURAL(lost));
    else if (child->signal)
        cli_error(self, "%s was killed by signal %d (%s)", l->argv[0], child->signal,
                  strsignal(child->signal));
}

void outcome_tell(const struct cli_command *self, const struct launch *l, const char *dir,
                  const struct child *child)
{
    struct recorded r = {0};

    bool taken = take_rest(self, dir);
    if (tell_doubts(self, l, dir, taken, &r) != CLI_OK)
        return;
    tell_signal(self, l, child, taken && r.processes, r.lost);
    tell_totals(self, &r, dir);
    if (l->policy && strcmp(l->policy, "overwrite") == 0)
        tell_flight(self, &r, dir);
}

void outcome_trace(const struct cli_command *self, const struct launch *l, const char *dir,
                   const struct child *child, uint64_t lost)
{
    struct recorded r = {0};

    bool taken = take_rest(self, dir);
    if (tell_doubts(self, l, dir, taken, &r) != CLI_OK)
        return;
    tell_signal(self, l, child, taken, lost);
    if (lost)
        cli_error(self, "%llu event%s lost; a larger --buffer, or --policy=block, loses fewer",
                  (unsigned long long)lost, PLURAL(lost));
}
