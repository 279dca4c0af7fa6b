/* SPDX-License-Identifier: MIT
 *
 * remote.c: a running program as a target of the monitor's commands.
 */
#include "cli/remote.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct monitor_event remote_event(const struct monitor_target *target, size_t i)
{
    const struct remote *r = target->data;
    struct attach_event e = attach_event(r->attach, i);
    return (struct monitor_event){.name = e.name,
                                  .args = e.args,
                                  .format = e.format,
                                  .kinds = e.kinds,
                                  .long_size = e.long_size,
                                  .ptr_size = e.ptr_size,
                                  .char_signed = e.char_signed,
                                  .disabled = e.disabled,
                                  .vcpu = e.vcpu,
                                  .on = r->words[i] != 0,
                                  .some = ETCH_CONTROL_SET(r->words[i]) != 0,
                                  .lent = etch_control_lent(r->words[i])};
}

static int remote_set(const struct monitor_target *target, size_t i, size_t n, uint16_t word)
{
    const struct remote *r = target->data;
    return attach_set(r->attach, i, n, word);
}

static bool remote_cpu(const struct monitor_target *target, unsigned cpu)
{
    const struct remote *r = target->data;
    return attach_cpu(r->attach, cpu);
}

static bool remote_on_cpu(const struct monitor_target *target, size_t i, unsigned cpu)
{
    const struct remote *r = target->data;
    return attach_on_cpu(r->attach, i, cpu);
}

static int remote_set_cpu(const struct monitor_target *target, size_t i, unsigned cpu, bool on)
{
    const struct remote *r = target->data;
    return attach_set_cpu(r->attach, i, cpu, on);
}

static int remote_timer(const struct monitor_target *target, uint64_t ns)
{
    const struct remote *r = target->data;
    return attach_timer(r->attach, ns);
}

static int remote_rule(const struct monitor_target *target, const char *rule)
{
    const struct remote *r = target->data;
    return attach_rule(r->attach, rule);
}

static int remote_recording(const struct monitor_target *target, struct monitor_recording *to)
{
    const struct remote *r = target->data;
    return attach_status(r->attach, &to->now, to->waiting);
}

/* A path is where we are, not where the program is. */
static int remote_command(const struct monitor_target *target, const char *command,
                          char said[ETCH_CONTROL_TEXT])
{
    const struct remote *r = target->data;
    char absolute[ETCH_CONTROL_TEXT], folder[PATH_MAX];
    bool set = strncmp(command, "set ", 4) == 0, snapshot = strncmp(command, "snapshot ", 9) == 0;
    const char *path = set ? command + 4 : snapshot ? command + 9 : "/";
    said[0] = '\0';
    if (strncmp(command, "start ", 6) == 0 && strncmp(command, "start on ", 9) == 0)
        path = command + 9;
    else if (strncmp(command, "start off ", 10) == 0)
        path = command + 10;
    if (path[0] == '/')
        return attach_command(r->attach, command, said);
    if (getcwd(folder, sizeof(folder)) == NULL)
        return -errno;
    int n = snprintf(absolute, sizeof(absolute), "%.*s%s/%s", (int)(path - command), command,
                     strcmp(folder, "/") == 0 ? "" : folder, path);
    return n >= (int)sizeof(absolute) ? -ENAMETOOLONG : attach_command(r->attach, absolute, said);
}

static void remote_backends(const struct monitor_target *target, size_t events[MONITOR_BACKENDS])
{
    const struct remote *r = target->data;
    attach_backends(r->attach, events);
}

int remote_refresh(struct remote *r, char **error)
{
    size_t n = 0;
    int code = attach_events(r->attach, &n, error);
    if (code == 0)
        code = attach_words(r->attach, &r->words, error);
    r->target.n_events = code == 0 ? n : 0;
    return code;
}

/* The only program that there is. */
struct only {
    pid_t pid;
    unsigned n;
    char names[512]; /* of all, as far as there is room */
};

static int count(void *arg, const struct attach_process *p)
{
    struct only *only = arg;
    if (p->version != ETCH_CONTROL_VERSION)
        return 0;
    size_t used = strlen(only->names);
    snprintf(only->names + used, sizeof(only->names) - used, "%s%d %s", only->n ? ", " : "", p->pid,
             p->command);
    only->pid = p->pid;
    only->n++;
    return 0;
}

static int choose(char number[16], char **error)
{
    struct only only = {0};
    int code = attach_each(0, count, &only);
    if (code == 0 && only.n == 1) {
        snprintf(number, 16, "%d", only.pid);
        return 0;
    }
    code = code < 0      ? asprintf(error, "%s", strerror(-code))
           : only.n == 0 ? asprintf(error, "no running program of %s is linked with libetch",
                                    geteuid() == 0 ? "any user" : "yours")
                         : asprintf(error, "which program? give its PID or NAME: %s", only.names);
    if (code < 0)
        *error = NULL;
    return -ENOENT;
}

int remote_open(struct remote *r, const char *pid_or_name, char **error)
{
    char number[16];
    *r = (struct remote){.target = {.event = remote_event,
                                    .set = remote_set,
                                    .cpu = remote_cpu,
                                    .on_cpu = remote_on_cpu,
                                    .set_cpu = remote_set_cpu,
                                    .timer = remote_timer,
                                    .rule = remote_rule,
                                    .recording = remote_recording,
                                    .command = remote_command,
                                    .backends = remote_backends}};
    r->target.data = r;
    int code = pid_or_name != NULL ? 0 : choose(number, error);
    if (code == 0)
        code = attach_open(&r->attach, pid_or_name != NULL ? pid_or_name : number, error);
    if (code == 0)
        code = remote_refresh(r, error);
    if (code < 0)
        remote_close(r);
    return code;
}

bool remote_lives(const struct remote *r)
{
    return attach_lives(r->attach);
}

void remote_close(struct remote *r)
{
    attach_close(r->attach);
    r->attach = NULL;
}
