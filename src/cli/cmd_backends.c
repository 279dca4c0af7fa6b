/* SPDX-License-Identifier: MIT
 *
 * cmd_backends.c: `etch backends`: what events can become, and whether it works
 * on this machine now.
 *
 * Reads:  whether files and sockets of the other side are there; what etch-cost-BACKEND
 *         measures.
 * Writes: a list or JSON on stdout.
 * Never:  leaves a trace there.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/cost.h"
#include "generate/generate.h"
#include "sink/escape.h"
#include "sink/out.h"

static const struct cli_option options[] = {
    {'j', "json", NULL,
     "one JSON array of {name, writes, needs, off_ns, on_ns, cost_why, usable, why}", CLI_NONE,
     NULL},
    {0},
};

/* ---- what each needs: NULL, or why it does not work ---- */

static const char *why_not_ftrace(void)
{
    static const char *const markers[] = {"/sys/kernel/tracing/trace_marker",
                                          "/sys/kernel/debug/tracing/trace_marker"};
    int error = ENOENT;
    for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
        if (access(markers[i], W_OK) == 0)
            return NULL;
        error = errno == EACCES ? EACCES : error;
    }
    return error == EACCES ? "the kernel's trace is not writable for this user"
                           : "no tracefs: mount -t tracefs nodev /sys/kernel/tracing";
}

/* Whether somebody listens on a socket of the file system. */
static bool listens(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = strlen(path) < sizeof(address.sun_path) ? socket(AF_UNIX, type | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return false;
    memcpy(address.sun_path, path, strlen(path) + 1);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return connected;
}

static const char *why_not_syslog(void)
{
    return listens(_PATH_LOG, SOCK_DGRAM) || listens(_PATH_LOG, SOCK_STREAM)
               ? NULL
               : "nobody listens on " _PATH_LOG;
}

static const char *why_not_dtrace(void)
{
    char path[PATH_MAX];
    if (child_find("dtrace", path, sizeof(path)) == 0)
        return NULL;
    return "to build with it takes dtrace(1): apt install systemtap-sdt-dev";
}

/* The socket of root's daemon, or of this user's. */
static const char *why_not_ust(void)
{
    char path[PATH_MAX];
    const char *home = getenv("LTTNG_HOME") ? getenv("LTTNG_HOME") : getenv("HOME");
    snprintf(path, sizeof(path), "%s/.lttng/lttng-ust-sock-8", home ? home : "");
    if (listens("/var/run/lttng/lttng-ust-sock-8", SOCK_STREAM) || listens(path, SOCK_STREAM))
        return NULL;
    return "no lttng-sessiond runs (programs work without it)";
}

static const char *why_not(const char *name)
{
    static const struct {
        const char *name;
        const char *(*check)(void);
    } checks[] = {
        {"dtrace", why_not_dtrace},
        {"ftrace", why_not_ftrace},
        {"syslog", why_not_syslog},
        {"ust", why_not_ust},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        if (strcmp(checks[i].name, name) == 0)
            return checks[i].check();
    return NULL; /* it needs nothing but libetch */
}

/* ---- the list ---- */

static void put_string(struct etch_out *out, const char *key, const char *text)
{
    etch_out_format(out, "\"%s\":\"", key);
    out->p = etch_put_json(out, out->p, text, strlen(text));
    etch_out_text(out, "\"");
}

static void put_string_or_null(struct etch_out *out, const char *key, const char *text)
{
    if (text)
        put_string(out, key, text);
    else
        etch_out_format(out, "\"%s\":null", key);
}

static void put_ns(struct etch_out *out, const char *key, double ns)
{
    if (ns >= 0)
        etch_out_format(out, "\"%s\":%.1f,", key, ns);
    else
        etch_out_format(out, "\"%s\":null,", key);
}

struct row {
    const char *name, *writes, *needs;
    const char *why; /* it does not work now; NULL: it does */
    struct cost cost;
};

static void put_json(struct etch_out *out, const struct row *row)
{
    put_string(out, "name", row->name);
    etch_out_text(out, ",");
    put_string(out, "writes", row->writes);
    etch_out_text(out, ",");
    put_string_or_null(out, "needs", row->needs);
    etch_out_text(out, ",");
    put_ns(out, "off_ns", row->cost.off);
    put_ns(out, "on_ns", row->cost.on);
    put_string_or_null(out, "cost_why", row->cost.why[0] ? row->cost.why : NULL);
    etch_out_format(out, ",\"usable\":%s,", row->why ? "false" : "true");
    put_string_or_null(out, "why", row->why);
    etch_out_text(out, "}");
}

static void put_text(struct etch_out *out, const struct row *row)
{
    etch_out_format(out, "%-8s %s\n", row->name, row->writes);
    if (row->needs)
        etch_out_format(out, "%-8s needs %s\n", "", row->needs);
    etch_out_format(out, "%-8s an event:", "");
    if (row->cost.off >= 0)
        etch_out_format(out, " %.1f ns off,", row->cost.off);
    if (row->cost.on >= 0)
        etch_out_format(out, " %.1f ns on\n", row->cost.on);
    else
        etch_out_format(out, " on not measured: %s\n", row->cost.why);
    if (row->why)
        etch_out_format(out, "%-8s not now: %s\n", "", row->why);
}

static void put(struct etch_out *out, size_t index, bool json)
{
    struct row row = {.name = etch_gen_backend_name(index),
                      .writes = etch_gen_backend_writes(index),
                      .needs = etch_gen_backend_needs(index)};
    row.why = why_not(row.name);
    /* Of nop there is no code that could be measured. */
    if (strcmp(row.name, "nop") != 0)
        cost_measure(&row.cost, row.name);
    if (json) {
        etch_out_text(out, index ? ",\n{" : "\n{");
        put_json(out, &row);
    } else {
        put_text(out, &row);
        etch_out_flush(out);
    }
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    const struct cli_option *option;
    struct etch_out out;
    const char *value;
    bool json = false;
    int at = 0;

    while ((option = cli_next_option(self, argc, argv, &at, &value)))
        json = true;
    if (at < argc)
        return cli_usage(self, "'%s': it takes no operand", argv[at]);
    int error = etch_out_open(&out, STDOUT_FILENO);
    if (!error) {
        etch_out_text(&out, json ? "[" : "");
        for (size_t i = 0; etch_gen_backend_name(i); i++)
            put(&out, i, json);
        etch_out_text(&out, json ? "\n]\n" : "");
        error = etch_out_close(&out);
    }
    if (error && error != -EPIPE)
        cli_error(self, "%s", strerror(-error));
    return cli_finish(self, error ? CLI_FAILURE : CLI_OK);
}

const struct cli_command cli_backends = {
    .name = "backends",
    .summary = "Show what events can become, what it costs, and whether it works here",
    .operands = "",
    .about = "Lists the backends that `etch gen --backends` takes: what an event becomes with "
             "each, what that needs, what an event of two 64-bit integers costs its thread on this "
             "machine, and, where it would not arrive now, why. A program is built with one or "
             "several; each event that is on goes to all of them. dtrace and ust are switched by "
             "their own tools, the others by --trace, ETCH_TRACE, `etch record` and `etch ctl`.\n"
             "\n"
             "The costs are measured anew each time, in one to three seconds: the best of some "
             "rounds of one thread. The events go to a file on tmpfs, a /dev/log, an instance of "
             "the kernel's tracefs and an lttng-sessiond that are made for it and removed; a probe "
             "is counted by a uprobe. doc/benchmarks.md compares them with other tracers.",
    .examples = "etch backends\twhat there is\n"
                "etch backends --json | jq '.[] | select(.usable).name'\twhat works here",
    .options = options,
    .run = run,
};
