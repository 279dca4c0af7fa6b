/* SPDX-License-Identifier: MIT
 *
 * check.c: counts what a recording holds, and refuses one whose events are out
 * of order: in the file by time, and of each process and stream by number.
 *
 *     check [--gaps] [--pools] [--attached] PATH...
 *
 * prints `events N`, `lost N`, then a line a process and event: `PID NAME N`.
 * A folder's traces are looked at one by one. --gaps: events may be missing, and
 * where they are, order over threads gives way to not losing more; --pools: with what a process
 * that ended without a word left in its pool; --attached: streams begin anywhere, and end so.
 *
 * Reads:  traces, through libetch-read.
 * Writes: stdout; what is wrong on stderr, status 1.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <etch/read.h>

/* The drain waits so long for a thread that was stopped in the middle of an
 * event; its event comes late after that, and keeps its time. */
#define STOPPED_NS 100000000u

struct count {
    uint32_t pid;
    char name[64];
    uint64_t n;
};

/* A stream: process, event and its first argument. */
struct stream {
    uint32_t pid;
    char name[64];
    uint64_t who, next;
};

static struct count *counts;
static size_t n_counts;
static struct stream *streams;
static size_t n_streams;
static uint64_t events, lost, wrong;
static bool gaps, pools, attached;

static void *more(void *list, size_t n, size_t size)
{
    void *p = realloc(list, (n + 1) * size);
    if (p == NULL)
        abort();
    memset((char *)p + n * size, 0, size);
    return p;
}

static void count(uint32_t pid, const char *name)
{
    size_t i = 0;
    while (i < n_counts && (counts[i].pid != pid || strcmp(counts[i].name, name) != 0))
        i++;
    if (i == n_counts) {
        counts = more(counts, n_counts++, sizeof(*counts));
        counts[i].pid = pid;
        snprintf(counts[i].name, sizeof(counts[i].name), "%s", name);
    }
    counts[i].n++;
}

static struct stream *stream_of(const struct etch_record *r)
{
    static size_t latest;
    for (size_t k = 0; k < n_streams; k++) {
        size_t i = (latest + k) % n_streams;
        if (streams[i].pid == r->pid && streams[i].who == r->value[0] &&
            strcmp(streams[i].name, r->name) == 0) {
            latest = i;
            return &streams[i];
        }
    }
    streams = more(streams, n_streams++, sizeof(*streams));
    struct stream *s = &streams[n_streams - 1];
    s->pid = r->pid;
    s->who = r->value[0];
    s->next = attached ? r->value[1] : 0;
    snprintf(s->name, sizeof(s->name), "%s", r->name);
    return s;
}

static void complain(const struct etch_record *r, const char *what, uint64_t expected)
{
    if (wrong++ < 5)
        fprintf(stderr, "check: process %u: %s %" PRIu64 " %" PRIu64 ": %s %" PRIu64 "\n", r->pid,
                r->name, r->value[0], r->value[1], what, expected);
}

static void event(const struct etch_record *r)
{
    events++;
    count(r->pid, r->name);
    if (r->n_values != 2 || strstr(r->name, "_tick") == NULL)
        return;
    struct stream *s = stream_of(r);
    if (r->value[1] < s->next || (r->value[1] > s->next && !gaps))
        complain(r, "expected was number", s->next);
    s->next = r->value[1] + 1;
}

/* One trace file, in the order that it is stored in. */
static void read_file(const char *path)
{
    struct etch_read_options options = {.unordered = !pools};
    struct etch_reader *reader;
    struct etch_record record;
    char *error = NULL;
    uint64_t before = 0;
    int r;

    n_streams = 0;
    if (etch_reader_open(&reader, &path, 1, &options, &error) < 0) {
        fprintf(stderr, "check: %s\n", error);
        exit(1);
    }
    while ((r = etch_reader_next(reader, &record, &error)) != 0) {
        if (r < 0) {
            fprintf(stderr, "check: %s\n", error);
            free(error);
            wrong++;
        } else if (record.type == ETCH_RECORD_LOST) {
            lost += record.lost;
        } else {
            if (!gaps && record.time_ns < before && before - record.time_ns < STOPPED_NS)
                complain(&record, "earlier than the event before, by ns", before - record.time_ns);
            before = record.time_ns;
            event(&record);
        }
    }
    etch_reader_close(reader);
}

static int by_pid(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int is_trace(const struct dirent *e)
{
    return strncmp(e->d_name, "trace-", 6) == 0 && strstr(e->d_name, ".meta") == NULL &&
           strstr(e->d_name, ".part") == NULL;
}

static void read_path(const char *path)
{
    struct stat st;
    struct dirent **list;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
        read_file(path);
        return;
    }
    int n = scandir(path, &list, is_trace, alphasort);
    for (int i = 0; i < n; i++) {
        char file[4096];
        snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
        read_file(file);
        free(list[i]);
    }
    free(list);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--gaps") == 0)
            gaps = true;
        else if (strcmp(argv[i], "--pools") == 0)
            pools = true;
        else if (strcmp(argv[i], "--attached") == 0)
            attached = true;
        else
            read_path(argv[i]);
    printf("events %" PRIu64 "\nlost %" PRIu64 "\n", events, lost);
    qsort(counts, n_counts, sizeof(*counts), by_pid);
    for (size_t i = 0; i < n_counts; i++)
        printf("%u %s %" PRIu64 "\n", counts[i].pid, counts[i].name, counts[i].n);
    free(counts);
    free(streams);
    if (wrong != 0)
        fprintf(stderr, "check: %" PRIu64 " faults\n", wrong);
    return wrong != 0;
}
