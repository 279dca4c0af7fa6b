/* SPDX-License-Identifier: MIT
 *
 * monitor_file.c: the monitor's commands on the trace itself: trace-file, snapshot,
 * info trace-buffers, info trace-backends.
 *
 * Reads:  how the target records.
 * Writes: commands for its drain; answers.
 */
#include <errno.h>
#include <string.h>

#include <etch/event.h>

#include "runtime/monitor_words.h"

/* ---- what is recorded ---- */

const char *monitor_policy(uint32_t policy)
{
    return policy == ETCH_POLICY_BLOCK       ? "block"
           : policy == ETCH_POLICY_OVERWRITE ? "overwrite"
                                             : "drop";
}

static int nothing_recorded(FILE *out, const char *what)
{
    fprintf(out, "%snothing is recorded: no event that is on has fired\n", what);
    return -1;
}

int monitor_info_buffers(const struct monitor_target *t, const struct command *c, int n,
                         const char *const *words, FILE *out, FILE *err)
{
    struct monitor_recording r;
    (void)words;
    if (n > 0)
        return monitor_usage(c, err, "info: extraneous characters at the end of line");
    int error = t->recording(t, &r);
    if (error < 0) {
        fprintf(err, "%s\n", strerror(-error));
        return -1;
    }
    if (r.now.state == ETCH_RECORDING_NONE || r.now.state == ETCH_RECORDING_FAILED) {
        nothing_recorded(out, "");
        return 0;
    }
    fprintf(out,
            "policy : %s\npackets : %u of %u used, %u bytes each\nthreads : %u\n"
            "recorded : %llu bytes in files, %llu packets begun\ndiscarded : %llu events\n",
            monitor_policy(r.now.policy), r.now.packets_used, r.now.packet_count, r.now.packet_size,
            r.now.threads, (unsigned long long)r.now.bytes, (unsigned long long)r.now.packets,
            (unsigned long long)r.now.discarded);
    if (r.now.overwritten_packets != 0 || r.now.policy == ETCH_POLICY_OVERWRITE)
        fprintf(out, "overwritten : %llu packets, %llu bytes of events\n",
                (unsigned long long)r.now.overwritten_packets,
                (unsigned long long)r.now.overwritten_bytes);
    return 0;
}

int monitor_info_backends(const struct monitor_target *t, const struct command *c, int n,
                          const char *const *words, FILE *out, FILE *err)
{
    static const char *const names[] = {"log",    "simple", "ctf", "syslog",
                                        "ftrace", "dtrace", "ust"};
    size_t events[MONITOR_BACKENDS];
    (void)words;
    if (n > 0)
        return monitor_usage(c, err, "info: extraneous characters at the end of line");
    t->backends(t, events);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (events[i] != 0)
            fprintf(out, "%s : %zu event%s\n", names[i], events[i], events[i] == 1 ? "" : "s");
    return 0;
}

/* ---- commands for the drain ---- */

/* What waits for the first event, once this is added to it. */
static int join(const char *waiting, const char *verb, const char *path,
                char command[ETCH_CONTROL_TEXT])
{
    bool off = strncmp(waiting, "start off", 9) == 0;
    const char *named = strchr(waiting, '/');
    if (strcmp(verb, "set") != 0)
        off = strcmp(verb, "off") == 0;
    else
        named = path;
    int n = snprintf(command, ETCH_CONTROL_TEXT, "start %s%s%s", off ? "off" : "on",
                     named != NULL ? " " : "", named != NULL ? named : "");
    return n < (int)ETCH_CONTROL_TEXT ? 0 : -ENAMETOOLONG;
}

int monitor_file(const struct monitor_target *t, const char *verb, const char *path,
                 char said[ETCH_CONTROL_TEXT])
{
    struct monitor_recording r;
    char command[ETCH_CONTROL_TEXT];
    bool setting = strcmp(verb, "flush") != 0 && strcmp(verb, "snapshot") != 0;
    int error = t->recording(t, &r);
    said[0] = '\0';
    if (error < 0)
        return error;
    if (r.now.state == ETCH_RECORDING_FAILED || r.now.state == ETCH_RECORDING_ENDED)
        return -ENXIO;
    if (r.now.state == ETCH_RECORDING_NONE && !setting)
        return -ENODATA;
    if (r.now.state == ETCH_RECORDING_NONE) {
        error = join(r.waiting, verb, path, command);
        return error < 0 ? error : (error = t->command(t, command, said)) < 0 ? error : 1;
    }
    if (snprintf(command, sizeof(command), "%s%s%s", verb, path != NULL ? " " : "",
                 path != NULL ? path : "") >= (int)sizeof(command))
        return -ENAMETOOLONG;
    return t->command(t, command, said);
}

const char *monitor_reason(int error)
{
    switch (error) {
    case -ENODATA:
        return "nothing is recorded: no event that is on has fired";
    case -ENXIO:
        return "the program records nothing any more: its trace could not be written, or it ends";
    case -ETIMEDOUT:
        return "the program does not answer: it is stopped, or waits for a disk";
    case -EBUSY:
        return "another etch gives this program a command";
    case -ESRCH:
        return "the program has ended";
    default:
        return strerror(-error);
    }
}

static int run(const struct monitor_target *t, const char *verb, const char *path, FILE *out,
               FILE *err)
{
    char said[ETCH_CONTROL_TEXT];
    int error = monitor_file(t, verb, path, said);
    if (error < 0)
        fprintf(err, "%s\n", said[0] != '\0' ? said : monitor_reason(error));
    else if (error > 0)
        fputs("no event was recorded yet: this holds from the first one on\n", out);
    else if (said[0] != '\0')
        fprintf(out, "%s\n", said);
    return error < 0 ? -1 : 0;
}

/* ---- trace-file ---- */

static void show_file(const char *path, bool on, FILE *out)
{
    if (path[0] != '\0')
        fprintf(out, "Trace file \"%s\" %s.\n", path, on ? "on" : "off");
}

static int show(const struct monitor_target *t, FILE *out, FILE *err)
{
    struct monitor_recording r;
    int error = t->recording(t, &r);
    if (error < 0 || r.now.state == ETCH_RECORDING_FAILED) {
        fprintf(err, "%s\n", error < 0 ? strerror(-error) : monitor_reason(-ENXIO));
        return -1;
    }
    if (r.now.state == ETCH_RECORDING_NONE) {
        const char *path = strchr(r.waiting, '/');
        bool off = strncmp(r.waiting, "start off", 9) == 0;
        show_file(path != NULL ? path : "", !off, out);
        fprintf(out, "No event was recorded yet%s.\n",
                off ? ", and none will be until `trace-file on`" : "");
        return 0;
    }
    show_file(r.now.trace_path, r.now.outputs & ETCH_OUT_SIMPLE, out);
    show_file(r.now.ctf_path, r.now.outputs & ETCH_OUT_CTF, out);
    return 0;
}

int monitor_trace_file(const struct monitor_target *t, const struct command *c, int n,
                       const char *const *words, FILE *out, FILE *err)
{
    if (n == 0)
        return show(t, out, err);
    bool set = strcmp(words[0], "set") == 0;
    if (n > 2 || (n == 2 && !set))
        return monitor_usage(c, err, "trace-file: extraneous characters at the end of line");
    if (set)
        return n == 2 ? run(t, "set", words[1], out, err) : 0;
    if (strcmp(words[0], "on") == 0 || strcmp(words[0], "off") == 0 ||
        strcmp(words[0], "flush") == 0)
        return run(t, words[0], NULL, out, err);
    fprintf(err, "unexpected argument \"%s\"\n", words[0]);
    monitor_print_help(c, err);
    return -1;
}

int monitor_snapshot(const struct monitor_target *t, const struct command *c, int n,
                     const char *const *words, FILE *out, FILE *err)
{
    if (n != 1)
        return monitor_usage(c, err,
                             n == 0 ? "snapshot: string expected"
                                    : "snapshot: extraneous characters at the end of line");
    return run(t, "snapshot", words[0], out, err);
}
