/* SPDX-License-Identifier: MIT
 *
 * outcome.c: what came of a recording.
 *
 * Reads:  the traces of the folder.
 * Writes: stderr.
 */
#include "cli/outcome.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <etch/read.h>

struct outcome {
    uint64_t events, lost, bytes;
    unsigned processes;
};

/* Counts the files: one trace a process, beside its .meta. */
static int count_files(const char *dir, struct outcome *o)
{
    DIR *d = opendir(dir);
    struct stat st;

    if (!d)
        return -errno;
    for (struct dirent *e; (e = readdir(d));) {
        if (strncmp(e->d_name, "trace-", 6) != 0 || fstatat(dirfd(d), e->d_name, &st, 0) < 0)
            continue;
        size_t n = strlen(e->d_name);
        o->bytes += (uint64_t)st.st_size;
        o->processes += n < 5 || strcmp(e->d_name + n - 5, ".meta") != 0;
    }
    closedir(d);
    return 0;
}

static void count_events(const struct cli_command *self, const char *dir, struct outcome *o)
{
    static const struct etch_read_options options = {.unordered = true};
    struct etch_record record;
    struct etch_reader *reader;
    char *error = NULL;
    int r;

    if (etch_reader_open(&reader, &dir, 1, &options, &error) < 0) {
        cli_error(self, "%s", error);
        free(error);
        return;
    }
    while ((r = etch_reader_next(reader, &record, &error)) != 0) {
        if (r < 0) {
            cli_error(self, "%s", error);
            free(error);
        } else if (record.type == ETCH_RECORD_LOST) {
            o->lost += record.lost;
        } else {
            o->events++;
        }
    }
    etch_reader_close(reader);
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

void outcome_tell(const struct cli_command *self, const struct launch *l, const char *dir,
                  const struct child *child)
{
    struct outcome o = {0};
    char size[32];
    int error = count_files(dir, &o);

    if (error) {
        cli_error(self, "%s: %s", dir, strerror(-error));
        return;
    }
    if (o.processes)
        count_events(self, dir, &o);
    if (child->signal)
        cli_error(self, "%s was killed by signal %d (%s), %llu events lost", l->argv[0],
                  child->signal, strsignal(child->signal), (unsigned long long)o.lost);
    cli_error(self, "%llu event%s of %u process%s in %s (%s), dropped: %llu",
              (unsigned long long)o.events, o.events == 1 ? "" : "s", o.processes,
              o.processes == 1 ? "" : "es", dir, size_text(o.bytes, size),
              (unsigned long long)o.lost);
    if (o.events)
        fprintf(stderr, "`etch print %s` shows them\n", dir);
}
