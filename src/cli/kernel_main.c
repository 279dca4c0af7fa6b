/* SPDX-License-Identifier: MIT
 *
 * kernel_main.c: etch-kernel EVENTS FILE, which `etch record --kernel` runs: the
 * kernel's events of an instance of tracefs of its own, as long as stdin is open.
 *
 * Reads:  the instance; stdin, for its end.
 * Writes: FILE; "ready MARKER" on stdout, once the events are on.
 * Never:  touches the top-level trace, or another's instance; leaves its own
 *         behind, but when it is killed itself: the next one removes that.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event-parse.h>
#include <trace-seq.h>
#include <tracefs.h>

#include "cli/kernel_file.h"

#define NAME     "etch-"
#define ROUND_MS 50 /* between looks at the buffers */
/* Of two names, and of KERNEL_FIELDS_MAX fields. */
#define KERNEL_NAME_MAX 4096
#define BUFFER_KB       4096 /* a processor, for what happens in a round */

static volatile sig_atomic_t ended;

static void on_term(int number)
{
    (void)number;
    ended = 1;
}

static int fail(const char *what, const char *detail)
{
    fprintf(stderr, "etch record: --kernel: %s%s%s\n", what, detail ? ": " : "",
            detail ? detail : "");
    return EXIT_FAILURE;
}

/* ---- the instance ---- */

/* Instances of processes that were killed. */
static int remove_stale(const char *name, void *unused)
{
    (void)unused;
    long pid = strncmp(name, NAME, strlen(NAME)) == 0 ? strtol(name + strlen(NAME), NULL, 10) : 0;
    char own[32];
    snprintf(own, sizeof(own), NAME "%ld", pid);
    if (pid <= 0 || strcmp(own, name) != 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
        return 0;
    struct tracefs_instance *stale = tracefs_instance_create(name);
    if (stale) {
        tracefs_event_disable(stale, NULL, NULL);
        tracefs_instance_destroy(stale);
        tracefs_instance_free(stale);
    }
    return 0;
}

static struct tracefs_instance *create(void)
{
    char name[32], size[16];
    tracefs_instances_walk(remove_stale, NULL);
    snprintf(name, sizeof(name), NAME "%d", (int)getpid());
    struct tracefs_instance *instance = tracefs_instance_create(name);
    if (!instance)
        return NULL;
    snprintf(size, sizeof(size), "%d", BUFFER_KB);
    tracefs_instance_file_write(instance, "trace_clock", "mono");
    tracefs_instance_file_write(instance, "buffer_size_kb", size);
    return instance;
}

static void destroy(struct tracefs_instance *instance)
{
    tracefs_event_disable(instance, NULL, NULL);
    tracefs_instance_destroy(instance);
    tracefs_instance_free(instance);
}

/* Whether the kernel has SYSTEM:EVENT, or SYSTEM alone; tracefs's own functions
 * take patterns, and are content with none that matches. */
static int enable(struct tracefs_instance *instance, char *events)
{
    for (char *at = NULL, *one = strtok_r(events, ",", &at); one; one = strtok_r(NULL, ",", &at)) {
        char whole[256];
        snprintf(whole, sizeof(whole), "%s", one);
        char *event = strchr(one, ':');
        if (event)
            *event++ = '\0';
        char *folder = tracefs_event_get_file(instance, one, event, "enable");
        int error = folder && access(folder, W_OK) == 0 ? 0 : -errno;
        tracefs_put_tracing_file(folder);
        if (error || tracefs_event_enable(instance, one, event) < 0) {
            fail(whole, "this kernel has no such event, or does not let you trace it; "
                        "/sys/kernel/tracing/available_events lists them");
            return -1;
        }
    }
    return 0;
}

/* ---- its events ---- */

struct work {
    struct tep_handle *tep;
    struct kernel_file *file;
    struct trace_seq text;
    uint64_t lost;
};

/* What is taken of a field: by its type alone, so that all events of a kind agree. */
enum field_kind {
    FIELD_NONE = 0,
    FIELD_STRING = 's',
    FIELD_SIGNED = 'i',
    FIELD_UNSIGNED = 'u',
    FIELD_POINTER = 'p',
};

static enum field_kind kind_of(const struct tep_format_field *field)
{
    if (field->flags & TEP_FIELD_IS_STRING)
        return FIELD_STRING;
    if (field->flags & (TEP_FIELD_IS_ARRAY | TEP_FIELD_IS_DYNAMIC) || field->size > 8 ||
        (field->size & (field->size - 1)) != 0)
        return FIELD_NONE;
    if (field->flags & TEP_FIELD_IS_POINTER)
        return FIELD_POINTER;
    return field->flags & TEP_FIELD_IS_SIGNED ? FIELD_SIGNED : FIELD_UNSIGNED;
}

/* A string lies in the record, or behind a word that says where: the low half its
 * offset, the high half its length. */
static void take_string(struct kernel_value *value, const struct tep_format_field *field,
                        const struct tep_record *record)
{
    uint64_t at = (unsigned)field->offset, size = (unsigned)field->size;
    value->string = "";
    value->length = 0;
    if (field->flags & TEP_FIELD_IS_DYNAMIC) {
        uint32_t where;
        if (at + sizeof(where) > (unsigned)record->size)
            return;
        memcpy(&where, (const char *)record->data + at, sizeof(where));
        at = field->flags & TEP_FIELD_IS_RELATIVE ? at + size + (where & 0xffff) : where & 0xffff;
        size = where >> 16;
    }
    if (at + size > (unsigned)record->size)
        return;
    value->string = (const char *)record->data + at;
    value->length = (uint32_t)strnlen(value->string, size);
}

static uint64_t extended(uint64_t v, int size)
{
    unsigned shift = 64 - 8 * (unsigned)size;
    return (uint64_t)((int64_t)(v << shift) >> shift);
}

static void take_values(struct kernel_event *e, const struct tep_event *event,
                        const struct tep_record *record)
{
    for (struct tep_format_field *field = event->format.fields;
         field && e->n_values < KERNEL_FIELDS_MAX; field = field->next) {
        enum field_kind kind = kind_of(field);
        struct kernel_value *value = &e->values[e->n_values];
        unsigned long long number = 0;
        if (kind == FIELD_NONE)
            continue;
        e->n_values++;
        if (kind == FIELD_STRING) {
            take_string(value, field, record);
            continue;
        }
        if (field->offset + field->size <= record->size)
            tep_read_number_field(field, record->data, &number);
        value->string = NULL;
        value->number = kind == FIELD_SIGNED ? extended(number, field->size) : number;
    }
}

/* SYSTEM:EVENT(FIELD:KIND...), with the fields that take_values() takes. */
static void name_event(struct kernel_file *file, const struct tep_event *event)
{
    char name[KERNEL_NAME_MAX];
    unsigned n = 0;
    size_t used = (size_t)snprintf(name, sizeof(name), "%.200s:%.200s", event->system, event->name);
    for (const struct tep_format_field *field = event->format.fields;
         field && n < KERNEL_FIELDS_MAX; field = field->next) {
        enum field_kind kind = kind_of(field);
        if (kind != FIELD_NONE)
            used += (size_t)snprintf(name + used, sizeof(name) - used, "%c%.100s:%c",
                                     n++ == 0 ? '(' : ',', field->name, kind);
    }
    snprintf(name + used, sizeof(name) - used, "%s", n == 0 ? "" : ")");
    kernel_file_name(file, (unsigned)event->id, name);
}

static int take(struct tep_event *event, struct tep_record *record, int cpu, void *arg)
{
    struct work *w = arg;
    trace_seq_reset(&w->text);
    tep_print_event(w->tep, &w->text, record, "%s", TEP_PRINT_INFO);
    trace_seq_terminate(&w->text);
    if (event->id < 0 || (unsigned)event->id >= KERNEL_IDS)
        return 0;
    struct kernel_event e = {.id = (unsigned)event->id,
                             .cpu = (unsigned)cpu,
                             .pid = (uint32_t)tep_data_pid(w->tep, record),
                             .time_ns = record->ts,
                             .text = w->text.buffer};
    take_values(&e, event, record);
    if (!kernel_file_has(w->file, e.id))
        name_event(w->file, event);
    if (record->missed_events > 0)
        kernel_file_lost(w->file, record->ts, (uint64_t)record->missed_events);
    kernel_file_event(w->file, &e);
    return 0;
}

static int round_of(struct tracefs_instance *instance, struct work *w)
{
    tracefs_iterate_raw_events(w->tep, instance, NULL, 0, take, w);
    return kernel_file_flush(w->file);
}

/* Until the other end of stdin is closed. */
static int follow(struct tracefs_instance *instance, struct work *w)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    int error = 0;
    while (!ended && poll(&in, 1, ROUND_MS) <= 0)
        if (!error)
            error = round_of(instance, w);
    tracefs_trace_off(instance);
    int last = round_of(instance, w);
    return error ? error : last;
}

static int run(struct tracefs_instance *instance, char *events, const char *path)
{
    static struct kernel_file file;
    struct work w = {.tep = tracefs_local_events(NULL), .file = &file};
    if (!w.tep)
        return fail("the kernel's descriptions of its events cannot be read", NULL);
    int error = kernel_file_open(&file, path);
    if (error)
        return fail(path, strerror(-error));
    if (enable(instance, events) < 0)
        return EXIT_FAILURE;
    char *marker = tracefs_instance_get_file(instance, "trace_marker");
    printf("ready %s\n", marker);
    fclose(stdout);
    tracefs_put_tracing_file(marker);
    trace_seq_init(&w.text);
    error = follow(instance, &w);
    trace_seq_destroy(&w.text);
    tep_free(w.tep);
    return error ? fail(path, strerror(-error)) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const int others[] = {SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
    if (argc != 3)
        return fail("etch-kernel EVENTS FILE", NULL);
    /* What the terminal sends is for the program; etch ends when that does. */
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        signal(others[i], SIG_IGN);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
    tracefs_set_loglevel(TEP_LOG_NONE);
    struct tracefs_instance *instance = create();
    if (!instance)
        return fail("no instance can be made in the kernel's tracefs",
                    errno == EACCES || errno == EPERM ? "that takes root" : strerror(errno));
    int status = run(instance, argv[1], argv[2]);
    destroy(instance);
    return status;
}
