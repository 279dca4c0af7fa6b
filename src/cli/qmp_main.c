/* SPDX-License-Identifier: MIT
 *
 * qmp_main.c: etch-qmp, which `etch ctl --json` runs: commands in the shape of
 * QMP, a JSON object a line, on a running program.
 *
 * Reads:  lines of stdin; the program's control page.
 * Writes: an answer for each, a line on stdout.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/remote.h"
#include "format/pattern.h"
#include "read/sweep.h"

static json_t *fault(const char *class, const char *format, const char *detail)
{
    return json_pack("{s:{s:s,s:o}}", "error", "class", class, "desc",
                     json_sprintf(format, detail));
}

static json_t *result(json_t *value)
{
    return json_pack("{s:o}", "return", value);
}

/* Takes apart the arguments; NULL, or the error. Unknown ones are refused, as
 * QMP does. */
static json_t *take(json_t *arguments, const char *const *known, const char *name)
{
    const char *key;
    json_t *value;
    json_object_foreach(arguments, key, value)
    {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] == NULL)
            return fault("GenericError", "Parameter '%s' is unexpected", key);
    }
    value = json_object_get(arguments, name);
    if (value == NULL)
        return fault("GenericError", "Parameter '%s' is missing", name);
    if (!json_is_string(value))
        return fault("GenericError", "Invalid parameter type for '%s', expected: string", name);
    return NULL;
}

/* Also one by its exact name, which has to be there. */
static json_t *check_name(const struct remote *r, const char *name)
{
    if (strchr(name, '*') != NULL || strchr(name, '?') != NULL)
        return NULL;
    for (size_t i = 0; i < r->target.n_events; i++)
        if (strcmp(attach_event(r->attach, i).name, name) == 0)
            return NULL;
    return fault("GenericError", "unknown event \"%s\"", name);
}

/* The CPU that the arguments name; -1: none. An error if there is none of that
 * number, or if a name that is no pattern is of an event that has no CPU. */
static json_t *take_cpu(const struct remote *r, json_t *arguments, const char *name, long *cpu)
{
    json_t *value = json_object_get(arguments, "vcpu");
    *cpu = -1;
    if (value == NULL)
        return NULL;
    if (!json_is_integer(value))
        return fault("GenericError", "Invalid parameter type for '%s', expected: integer", "vcpu");
    json_int_t number = json_integer_value(value);
    if (number < 0 || number > UINT16_MAX || !r->target.cpu(&r->target, (unsigned)number)) {
        char text[32];
        snprintf(text, sizeof(text), "%lld", (long long)number);
        return fault("GenericError", "invalid vCPU index %s", text);
    }
    *cpu = (long)number;
    for (size_t i = 0; i < r->target.n_events; i++) {
        struct monitor_event e = r->target.event(&r->target, i);
        if (strcmp(e.name, name) == 0 && !e.vcpu)
            return fault("GenericError", "event \"%s\" is not vCPU-specific", name);
    }
    return NULL;
}

/* Whether the request speaks of an event. */
static bool is_meant(const struct monitor_event *e, const char *name, long cpu)
{
    return pattern_match(name, e->name) && (cpu < 0 || e->vcpu);
}

static json_t *state_of(const struct remote *r, size_t i, long cpu)
{
    struct monitor_event e = r->target.event(&r->target, i);
    bool on = cpu < 0 ? e.on : r->target.on_cpu(&r->target, i, (unsigned)cpu);
    json_t *state = json_pack("{s:s,s:s}", "name", e.name, "state",
                              e.disabled ? "unavailable"
                              : on       ? "enabled"
                                         : "disabled");
    if (e.vcpu)
        json_object_set_new(state, "vcpu", json_true());
    return state;
}

static json_t *get_state(struct remote *r, json_t *arguments)
{
    static const char *const known[] = {"name", "vcpu", NULL};
    json_t *error = take(arguments, known, "name");
    const char *name = error ? NULL : json_string_value(json_object_get(arguments, "name"));
    long cpu = -1;
    if (error == NULL)
        error = check_name(r, name);
    if (error == NULL)
        error = take_cpu(r, arguments, name, &cpu);
    if (error != NULL)
        return error;
    json_t *list = json_array();
    for (size_t i = r->target.n_events; i-- > 0;) {
        struct monitor_event e = r->target.event(&r->target, i);
        if (is_meant(&e, name, cpu))
            json_array_append_new(list, state_of(r, i, cpu));
    }
    return result(list);
}

/* NAME if EXPR limit N/s: no name has a blank. */
static json_t *set_rule(struct remote *r, const char *rule, bool on)
{
    char *said = NULL;
    size_t size;
    FILE *err = open_memstream(&said, &size);
    if (err == NULL)
        return fault("GenericError", "%s", strerror(ENOMEM));
    long n = monitor_switch(&r->target, rule, on, 0, err);
    fclose(err);
    said[strcspn(said, "\n")] = '\0';
    json_t *answer = n < 0 ? fault("GenericError", "%s", said) : result(json_object());
    free(said);
    return answer;
}

/* Nothing is switched unless all can be. */
static json_t *set_state(struct remote *r, json_t *arguments)
{
    static const char *const known[] = {"name", "enable", "ignore-unavailable", "vcpu", NULL};
    json_t *error = take(arguments, known, "name");
    const char *name = error ? NULL : json_string_value(json_object_get(arguments, "name"));
    json_t *enable = json_object_get(arguments, "enable");
    if (error == NULL && !json_is_boolean(enable))
        error = fault("GenericError",
                      enable == NULL ? "Parameter '%s' is missing"
                                     : "Invalid parameter type for '%s', expected: boolean",
                      "enable");
    if (error == NULL && strchr(name, ' ') != NULL)
        return set_rule(r, name, json_is_true(enable));
    if (error == NULL)
        error = check_name(r, name);
    long cpu = -1;
    if (error == NULL)
        error = take_cpu(r, arguments, name, &cpu);
    bool ignore = json_is_true(json_object_get(arguments, "ignore-unavailable"));
    for (size_t i = 0; error == NULL && !ignore && i < r->target.n_events; i++) {
        struct monitor_event e = r->target.event(&r->target, i);
        if (e.disabled && is_meant(&e, name, cpu))
            error = fault("GenericError", "event \"%s\" is disabled", e.name);
    }
    for (size_t i = 0; error == NULL && i < r->target.n_events; i++) {
        struct monitor_event e = r->target.event(&r->target, i);
        int code = 0;
        if (!e.disabled && is_meant(&e, name, cpu))
            code = cpu < 0 ? r->target.set(&r->target, i, 1, json_is_true(enable))
                           : r->target.set_cpu(&r->target, i, (unsigned)cpu, json_is_true(enable));
        if (code < 0)
            error = fault("GenericError", "the event cannot be switched: %s", strerror(-code));
    }
    return error != NULL ? error : result(json_object());
}

/* ---- the trace itself ---- */

static json_t *no_recording(int error)
{
    return fault("GenericError", "%s",
                 error == -EIO ? "the program has cut its page" : strerror(-error));
}

static json_t *files_of(const struct monitor_recording *m)
{
    const struct etch_control_recording *now = &m->now;
    json_t *files = json_array();
    bool waits = now->state == ETCH_RECORDING_NONE;
    const char *set = waits ? strchr(m->waiting, '/') : NULL;
    if (set != NULL)
        json_array_append_new(files, json_pack("{s:s}", "name", set));
    if (!waits && now->trace_path[0] != '\0')
        json_array_append_new(files,
                              json_pack("{s:s,s:s}", "name", now->trace_path, "backend", "simple"));
    if (!waits && now->ctf_path[0] != '\0')
        json_array_append_new(files,
                              json_pack("{s:s,s:s}", "name", now->ctf_path, "backend", "ctf"));
    return files;
}

/* As it stands now. */
static json_t *file_state(struct remote *r, const char *said)
{
    struct monitor_recording m;
    int error = r->target.recording(&r->target, &m);
    if (error < 0)
        return no_recording(error);
    bool waits = m.now.state == ETCH_RECORDING_NONE;
    bool on = waits ? strncmp(m.waiting, "start off", 9) != 0 : m.now.outputs != 0;
    json_t *state = json_pack("{s:b,s:b,s:o}", "enabled", on, "recording",
                              m.now.state == ETCH_RECORDING_RUNNING, "files", files_of(&m));
    if (said[0] != '\0')
        json_object_set_new(state, "message", json_string(said));
    return result(state);
}

static json_t *trace_file(struct remote *r, json_t *arguments)
{
    static const char *const known[] = {"action", "path", NULL};
    static const char *const actions[] = {"on", "off", "flush", "set", "snapshot"};
    char said[ETCH_CONTROL_TEXT] = "";
    if (json_object_size(arguments) == 0)
        return file_state(r, said);
    json_t *error = take(arguments, known, "action");
    if (error != NULL)
        return error;
    const char *action = json_string_value(json_object_get(arguments, "action"));
    const char *path = json_string_value(json_object_get(arguments, "path"));
    size_t i = 0;
    while (i < sizeof(actions) / sizeof(actions[0]) && strcmp(actions[i], action) != 0)
        i++;
    if (i == sizeof(actions) / sizeof(actions[0]))
        return fault("GenericError", "Parameter 'action' does not accept value '%s'", action);
    if ((path != NULL) != (i > 2))
        return fault("GenericError",
                     i > 2 ? "Parameter '%s' is missing" : "Parameter '%s' is unexpected", "path");
    int code = monitor_file(&r->target, action, path, said);
    if (code < 0)
        return fault("GenericError", "%s", said[0] != '\0' ? said : monitor_reason(code));
    return file_state(r, said);
}

static json_t *query_buffers(struct remote *r, json_t *arguments)
{
    struct monitor_recording m;
    const struct etch_control_recording *now = &m.now;
    if (json_object_size(arguments) != 0)
        return fault("GenericError", "Parameter '%s' is unexpected",
                     json_object_iter_key(json_object_iter(arguments)));
    int error = r->target.recording(&r->target, &m);
    if (error < 0)
        return no_recording(error);
    if (now->state != ETCH_RECORDING_RUNNING)
        return result(json_pack("{s:b}", "recording", 0));
    return result(
        json_pack("{s:b,s:s,s:i,s:i,s:i,s:i,s:I,s:I,s:I,s:I,s:I}", "recording", 1, "policy",
                  monitor_policy(now->policy), "packet-size", (int)now->packet_size, "packets",
                  (int)now->packet_count, "packets-used", (int)now->packets_used, "threads",
                  (int)now->threads, "recorded-bytes", (json_int_t)now->bytes, "recorded-packets",
                  (json_int_t)now->packets, "discarded-events", (json_int_t)now->discarded,
                  "overwritten-packets", (json_int_t)now->overwritten_packets, "overwritten-bytes",
                  (json_int_t)now->overwritten_bytes));
}

static const struct {
    const char *name;
    json_t *(*run)(struct remote *r, json_t *arguments);
} commands[] = {
    {"trace-event-get-state", get_state},
    {"trace-event-set-state", set_state},
    {"trace-file", trace_file},
    {"query-trace-buffers", query_buffers},
};

static json_t *carry_out(struct remote *r, json_t *request)
{
    json_t *command = json_object_get(request, "execute");
    json_t *arguments = json_object_get(request, "arguments");
    char *error = NULL;
    if (!json_is_string(command))
        return fault("GenericError", "QMP input lacks member '%s'", "execute");
    if (arguments != NULL && !json_is_object(arguments))
        return fault("GenericError", "QMP input member '%s' must be an object", "arguments");
    if (!remote_lives(r))
        return fault("GenericError", "%s", "the program has ended");
    if (remote_refresh(r, &error) < 0) {
        json_t *answer = fault("GenericError", "%s", error ? error : strerror(ENOMEM));
        free(error);
        return answer;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, json_string_value(command)) == 0)
            return commands[i].run(r, arguments);
    return fault("CommandNotFound", "The command %s has not been found",
                 json_string_value(command));
}

static void answer_line(struct remote *r, const char *line, size_t length)
{
    json_error_t where;
    json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, &where);
    json_t *answer = request == NULL ? fault("GenericError", "JSON parse error, %s", where.text)
                     : !json_is_object(request)
                         ? fault("GenericError", "QMP input must be a JSON %s", "object")
                         : carry_out(r, request);
    json_t *id = json_object_get(request, "id");
    if (id != NULL)
        json_object_set(answer, "id", id);
    json_dumpf(answer, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
    fflush(stdout);
    json_decref(answer);
    json_decref(request);
}

int main(int argc, char **argv)
{
    struct remote remote;
    char *error = NULL, *line = NULL;
    size_t size = 0;
    ssize_t n;

    if (argc != 2)
        return 2;
    etch_sweep();
    if (remote_open(&remote, argv[1], &error) < 0) {
        fprintf(stderr, "etch ctl: %s\n", error ? error : strerror(ENOMEM));
        free(error);
        return 1;
    }
    while (!ferror(stdout) && (n = getline(&line, &size, stdin)) >= 0)
        if (line[strspn(line, " \t\r\n")] != '\0')
            answer_line(&remote, line, (size_t)n);
    free(line);
    remote_close(&remote);
    return ferror(stdout) ? 1 : 0;
}
