/* SPDX-License-Identifier: MIT
 *
 * cmd_ps.c: `etch ps`: the running programs that can be attached to.
 *
 * Reads:  control pages, /proc.
 * Writes: a table or JSON on stdout.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach/attach.h"
#include "cli/cli.h"
#include "read/sweep.h"
#include "sink/escape.h"
#include "sink/out.h"

static const struct cli_option options[] = {
    {'j', "json", NULL,
     "one JSON array of {pid, inner_pid, uid, user, command, known, on, recorded, dropped, "
     "trace, output}; trace: none, on, off, failed or ended",
     CLI_NONE, NULL},
    {0},
};

struct listing {
    const struct cli_command *self;
    struct etch_out out;
    bool json;
    size_t n;
    uid_t uid; /* whose name `user` is, unless that is "" */
    char user[64];
};

/* Most programs are of one user: the last answer is kept. */
static const char *user_name(struct listing *l, uid_t uid)
{
    if (l->user[0] != '\0' && l->uid == uid)
        return l->user;
    const struct passwd *user = getpwuid(uid);
    l->uid = uid;
    if (user != NULL)
        snprintf(l->user, sizeof(l->user), "%s", user->pw_name);
    else
        snprintf(l->user, sizeof(l->user), "%u", (unsigned)uid);
    return l->user;
}

static void put_string(struct etch_out *out, const char *key, const char *text)
{
    etch_out_format(out, ",\"%s\":\"", key);
    out->p = etch_put_json(out, out->p, text, strlen(text));
    etch_out_text(out, "\"");
}

static const char *trace_state(const struct etch_control_recording *r)
{
    return r->state == ETCH_RECORDING_RUNNING  ? r->outputs != 0 ? "on" : "off"
           : r->state == ETCH_RECORDING_FAILED ? "failed"
           : r->state == ETCH_RECORDING_ENDED  ? "ended"
                                               : "none";
}

static void put_json(struct listing *l, const struct attach_process *p, const char *user)
{
    const struct etch_control_recording *r = &p->recording;
    bool recorded = r->state != ETCH_RECORDING_NONE;
    etch_out_format(&l->out, "%s{\"pid\":%d,\"inner_pid\":%d,\"uid\":%u", l->n ? ",\n" : "\n",
                    p->pid, p->inner, (unsigned)p->uid);
    put_string(&l->out, "user", user);
    put_string(&l->out, "command", p->command);
    etch_out_format(&l->out, ",\"known\":%u,\"on\":%u,\"recorded\":%llu,\"dropped\":%llu", p->known,
                    p->on, (unsigned long long)(recorded ? r->bytes : 0),
                    (unsigned long long)(recorded ? r->discarded : 0));
    put_string(&l->out, "trace", trace_state(r));
    put_string(&l->out, "output", attach_output(r));
    etch_out_text(&l->out, "}");
}

static void put_line(struct listing *l, const struct attach_process *p, const char *user)
{
    const struct etch_control_recording *r = &p->recording;
    bool recorded = r->state != ETCH_RECORDING_NONE;
    const char *output = attach_output(r), *state = trace_state(r);
    char pid[32], events[32];
    if (l->n == 0)
        etch_out_format(&l->out, "%-10s %-8s %12s %12s %8s %-15s %s\n", "PID", "USER", "EVENTS ON",
                        "RECORDED", "DROPPED", "COMMAND", "OUTPUT");
    snprintf(pid, sizeof(pid), p->pid == p->inner ? "%d" : "%d (%d)", p->pid, p->inner);
    snprintf(events, sizeof(events), "%u/%u", p->on, p->known);
    etch_out_format(&l->out, "%-10s %-8s %12s %12llu %8llu ", pid, user, events,
                    (unsigned long long)(recorded ? r->bytes : 0),
                    (unsigned long long)(recorded ? r->discarded : 0));
    size_t width = strlen(p->command);
    l->out.p = etch_put_text(&l->out, l->out.p, p->command, width);
    etch_out_format(&l->out, "%*s", (int)(width < 16 ? 16 - width : 1), "");
    if (strcmp(state, "on") != 0)
        etch_out_format(&l->out, "%s%s", recorded ? state : "-", output[0] ? ": " : "");
    l->out.p = etch_put_text(&l->out, l->out.p, output, strlen(output));
    etch_out_text(&l->out, "\n");
}

static int visit(void *arg, const struct attach_process *p)
{
    struct listing *l = arg;
    const char *user = user_name(l, p->uid);
    if (p->version != ETCH_CONTROL_VERSION) {
        cli_error(l->self, "process %d (%s) " ATTACH_OTHER_VERSION, p->pid, p->command, p->version,
                  ETCH_CONTROL_VERSION);
        return 0;
    }
    if (l->json)
        put_json(l, p, user);
    else
        put_line(l, p, user);
    l->n++;
    return 0;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct listing l = {.self = self};
    const struct cli_option *option;
    const char *value;
    int at = 0;

    while ((option = cli_next_option(self, argc, argv, &at, &value)))
        l.json = true;
    if (at < argc)
        return cli_usage(self, "'%s': it takes no operand", argv[at]);
    etch_sweep_others();
    int error = etch_out_open(&l.out, STDOUT_FILENO);
    if (!error) {
        etch_out_text(&l.out, l.json ? "[" : "");
        error = attach_each(0, visit, &l);
        etch_out_text(&l.out, l.json ? "\n]\n" : "");
        int closed = etch_out_close(&l.out);
        error = error ? error : closed;
    }
    if (error && error != -EPIPE)
        cli_error(self, "%s", strerror(-error));
    if (!error && !l.json && l.n == 0)
        cli_error(self, "no running program of %s is linked with libetch",
                  geteuid() == 0 ? "any user" : "yours");
    return cli_finish(self, error ? CLI_FAILURE : CLI_OK);
}

const struct cli_command cli_ps = {
    .name = "ps",
    .summary = "Show the running programs whose events can be switched",
    .operands = "",
    .about =
        "Lists the running programs that are linked with libetch: of this user, or of all for "
        "root, in containers, too (there with the number that they have inside, in "
        "parentheses). EVENTS ON are those that are switched on, of those that the program "
        "has; RECORDED the bytes in its trace; DROPPED the events that it could not store; "
        "OUTPUT the trace, behind `off:` if it was switched off (`trace-file off`), and `-` if "
        "no event was recorded yet, `failed` if its trace could not be written.\n"
        "\n"
        "A program started with ETCH_CONTROL=0, or with raised privileges, is not listed.",
    .examples = "etch ps\twhat can be attached to\n"
                "etch ps --json | jq '.[] | select(.on > 0).pid'\twho records",
    .options = options,
    .run = run,
};
