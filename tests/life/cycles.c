/* SPDX-License-Identifier: MIT
 *
 * cycles.c: attaches to a program, has it record, switches its events, detaches, many
 * times:
 *
 *     cycles PID NUMBER DIR
 *
 * In each cycle the program begins a session and ends it, whole. DIR is made and
 * removed each time.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "attach/attach.h"

#define PATIENCE_S 20

static int fail(int code, char *error)
{
    fprintf(stderr, "cycles: %s\n", error ? error : strerror(-code));
    return 1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* Until the program has made a pool for us: an event has fired. */
static bool recorded(struct attach *a)
{
    time_t end = time(NULL) + PATIENCE_S;
    struct timespec pause = {0, 100000};
    char *error;
    size_t n;
    while (attach_events(a, &n, &error) == 0 && time(NULL) < end) {
        if (attach_process(a)->pool != 0)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static int cycle(struct attach *a, const char *dir)
{
    struct attach_recording recording = {.dir = dir, .policy = ETCH_POLICY_BLOCK};
    const uint16_t *words;
    char *error = NULL;
    size_t n;
    int code = attach_events(a, &n, &error);
    if (code == 0)
        code = attach_words(a, &words, &error);
    if (code == 0)
        code = attach_record(a, &recording, &error);
    for (size_t i = 0; code == 0 && i < n; i++)
        if (!attach_event(a, i).disabled)
            code = attach_mark(a, i, 1);
    if (code == 0 && !recorded(a))
        code = -ETIMEDOUT;
    if (code == 0)
        code = attach_record_end(a, false, &error);
    return code < 0 ? fail(code, error) : 0;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int failed = 0;
    for (long i = strtol(argv[2], NULL, 10); i > 0 && !failed; i--) {
        struct attach *a;
        char *error = NULL;
        int code = mkdir(argv[3], 0700) < 0 ? -errno : attach_open(&a, argv[1], &error);
        if (code < 0)
            return fail(code, error);
        failed = cycle(a, argv[3]);
        attach_close(a);
        nftw(argv[3], remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    return failed;
}
