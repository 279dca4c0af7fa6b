/* SPDX-License-Identifier: MIT
 *
 * remote.c: a running program as a target of the monitor's commands.
 */
#include "cli/remote.h"

static struct monitor_event remote_event(const struct monitor_target *target, size_t i)
{
    const struct remote *r = target->data;
    struct attach_event e = attach_event(r->attach, i);
    return (struct monitor_event){.name = e.name,
                                  .args = e.args,
                                  .format = e.format,
                                  .disabled = e.disabled,
                                  .vcpu = e.vcpu,
                                  .on = r->words[i] != 0,
                                  .some = ETCH_CONTROL_SET(r->words[i]) != 0,
                                  .lent = r->words[i] == ETCH_CONTROL_RECORDED};
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

int remote_refresh(struct remote *r, char **error)
{
    size_t n = 0;
    int code = attach_events(r->attach, &n, error);
    if (code == 0)
        code = attach_words(r->attach, &r->words, error);
    r->target.n_events = code == 0 ? n : 0;
    return code;
}

int remote_open(struct remote *r, const char *pid_or_name, char **error)
{
    *r = (struct remote){.target = {.event = remote_event,
                                    .set = remote_set,
                                    .cpu = remote_cpu,
                                    .on_cpu = remote_on_cpu,
                                    .set_cpu = remote_set_cpu,
                                    .timer = remote_timer}};
    r->target.data = r;
    int code = attach_open(&r->attach, pid_or_name, error);
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
