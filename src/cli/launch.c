/* SPDX-License-Identifier: MIT
 *
 * launch.c: how a program is traced: options in, environment out.
 *
 * Reads:  the options, the environment, where the executable of etch lies.
 * Writes: a new environment; never etch's own, so that a preloaded library is
 *         loaded into the program alone.
 */
#include "cli/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/pattern.h"
#include "cli/tool.h"
#include "condition/condition.h"
#include "format/duration.h"
#include "format/pool.h"

/* ETCH_TRACE separates strings by these: no value can hold them. */
#define SEPARATORS ";\n"

/* Adds a value of ETCH_TRACE to a list. */
static int take_word(const struct cli_command *self, const char *what, const char *value,
                     const char ***list, size_t *n)
{
    if (!*value)
        return cli_usage(self, "'%s' is no %s", value, what);
    if (strpbrk(value, SEPARATORS))
        return cli_usage(self,
                         "'%s' is no %s: in a \"text\" write \\x3b for ; and \\n for a newline",
                         value, what);
    const char **more = realloc(*list, (*n + 1) * sizeof(*more));
    if (!more) {
        cli_error(self, "out of memory");
        return CLI_FAILURE;
    }
    *list = more;
    more[(*n)++] = value;
    return CLI_OK;
}

/* A path for ETCH_TRACE. */
static int take_path(const struct cli_command *self, const char *value, char *path)
{
    char full[PATH_MAX];

    if (!realpath(value, full) || access(full, R_OK) < 0) {
        cli_error(self, "%s: %s", value, strerror(errno));
        return CLI_FAILURE;
    }
    if (strpbrk(full, SEPARATORS)) {
        cli_error(self, "%s: a path with ';' or a newline cannot be used", value);
        return CLI_FAILURE;
    }
    memcpy(path, full, sizeof(full));
    return CLI_OK;
}

/* The value of an option that is a size between two bounds. */
static int take_size(const struct cli_command *self, const struct cli_option *option,
                     const char *value, uint64_t min, uint64_t max, uint64_t *size)
{
    static const char units[] = "KMG";
    char *end;

    errno = 0;
    uint64_t n = strtoull(value, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (end == value || *value == '-' || errno || (*end && (!unit || end[1])) ||
        n > UINT64_MAX >> shift)
        return cli_usage(self, "--%s=%s: not a size such as 16M", option->name, value);
    n <<= shift;
    if (n < min || n > max)
        return cli_usage(self, "--%s=%s: from %lluK to %lluG", option->name, value,
                         (unsigned long long)(min >> 10), (unsigned long long)(max >> 30));
    *size = n;
    return CLI_OK;
}

static int take_count(const struct cli_command *self, const char *value, uint64_t *count)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);

    if (*value < '0' || *value > '9' || *end || n < 2 || n > ETCH_TRACE_FILES_MAX)
        return cli_usage(self, "--max-files=%s: a number from 2 to 1000000", value);
    *count = n;
    return CLI_OK;
}

static int take_time(const struct cli_command *self, const char *value, double *seconds)
{
    uint64_t ns;
    const char *end = duration_parse(value, &ns);

    if (end == NULL || *end != '\0' || ns == 0)
        return cli_usage(self, "--for=%s: not a time such as 10s, 500ms or 2min", value);
    *seconds = (double)ns / 1e9;
    return CLI_OK;
}

/* libetch-heap.so: of the build tree when etch is run from there, else beside
 * the etch that is installed. */
static bool find_heap(char *path)
{
    static const char *const places[] = {
        "../../examples/heap/libetch-heap.so",
        "../" ETCH_LIBDIR "/etch/libetch-heap.so",
    };
    char self[PATH_MAX], candidate[PATH_MAX + 64];

    if (!cli_own_folder(self))
        return false;
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        snprintf(candidate, sizeof(candidate), "%s/%s", self, places[i]);
        if (realpath(candidate, path))
            return true;
    }
    return false;
}

static int take_preload(struct launch *l, const struct cli_command *self, const char *value)
{
    if (strcmp(value, "heap") == 0) {
        if (!find_heap(l->preload)) {
            cli_error(self, "libetch-heap.so is neither installed nor built");
            return CLI_FAILURE;
        }
    } else if (!realpath(value, l->preload) || access(l->preload, R_OK) < 0) {
        cli_error(self, "%s: %s", value, strerror(errno));
        return CLI_FAILURE;
    }
    /* ld.so splits LD_PRELOAD there and knows no escape. */
    if (strpbrk(l->preload, " :")) {
        cli_error(self, "%s: a path with blanks or ':' cannot be preloaded", l->preload);
        return CLI_FAILURE;
    }
    return CLI_OK;
}

/* The syntax; whether there are such an event and such arguments its program finds out. */
static int check_trigger(const struct launch *l, const struct cli_command *self, const char *value)
{
    struct etch_around around;
    const char *error;

    if (l->n_triggers == ETCH_TRIGGERS_MAX)
        return cli_usage(self, "--trigger=%s: there are %u triggers already", value,
                         ETCH_TRIGGERS_MAX);
    size_t length = etch_around_parse(value, &around, &error);
    if (length == 0)
        return cli_usage(self, "--trigger: %s%s", error, value);
    char *text = strndup(value, length);
    int status = text ? cli_pattern_check(self, text, false) : CLI_FAILURE;
    free(text);
    return status;
}

static int take_option(struct launch *l, const struct cli_command *self,
                       const struct cli_option *option, const char *value)
{
    const uint64_t min = (uint64_t)ETCH_POOL_PACKETS_MIN * ETCH_POOL_PACKET_SIZE;
    const uint64_t max = (uint64_t)ETCH_POOL_PACKETS_MAX * ETCH_POOL_PACKET_SIZE;

    if (option->letter == 'e' && cli_pattern_check(self, value, true) != CLI_OK)
        return CLI_USAGE;
    if (option->letter == 'e')
        return take_word(self, "pattern", value, &l->patterns, &l->n_patterns);
    if (option->letter == 'p') {
        l->process = value;
        return CLI_OK;
    }
    if (strcmp(option->name, "for") == 0)
        return take_time(self, value, &l->seconds);
    if (strcmp(option->name, "events") == 0)
        return take_path(self, value, l->events);
    if (strcmp(option->name, "flight") == 0)
        l->policy = "overwrite";
    if (strcmp(option->name, "buffer") == 0 || strcmp(option->name, "flight") == 0)
        return take_size(self, option, value, min, max, &l->buffer);
    if (strcmp(option->name, "trigger") == 0 && check_trigger(l, self, value) != CLI_OK)
        return CLI_USAGE;
    if (strcmp(option->name, "trigger") == 0)
        return take_word(self, "trigger", value, &l->triggers, &l->n_triggers);
    if (strcmp(option->name, "max-size") == 0)
        return take_size(self, option, value, ETCH_TRACE_SIZE_MIN, UINT64_C(1) << 50, &l->max_size);
    if (strcmp(option->name, "max-files") == 0)
        return take_count(self, value, &l->max_files);
    if (strcmp(option->name, "kernel") == 0) {
        l->kernel = value;
        return *value ? CLI_OK
                      : cli_usage(self, "--kernel wants events such as sched:sched_switch");
    }
    if (strcmp(option->name, "preload") == 0)
        return take_preload(l, self, value);
    l->policy = value;
    return CLI_OK;
}

/* Finds the program of argv, which is NULL-ended. */
static int take_program(struct launch *l, const struct cli_command *self, int argc, char **argv)
{
    if (argc == 0)
        return cli_usage(self, "which program? etch %s -- PROG ARG...", self->name);
    l->argv = argv;
    switch (child_find(argv[0], l->path, sizeof(l->path))) {
    case 0:
        return CLI_OK;
    case -ENOENT:
        cli_error(self, "%s: no such program", argv[0]);
        return CHILD_NOT_FOUND;
    default:
        cli_error(self, "%s: not executable", argv[0]);
        return CHILD_NOT_EXECUTABLE;
    }
}

/* A program that runs already is not started, and has its environment. A trigger would be
 * the program's for ever. */
static int check_process(const struct launch *l, const struct cli_command *self, int argc,
                         char **argv)
{
    if (argc > 0)
        return cli_usage(self, "-p %s or a program to start, not both: '%s'", l->process, argv[0]);
    if (l->preload[0])
        return cli_usage(self, "--preload is for a program that etch starts: one that runs has "
                               "loaded its libraries");
    if (l->n_triggers)
        return cli_usage(self, "--trigger is for a program that etch starts; with -p, record with "
                               "--flight and end it when it has happened, or give the condition "
                               "to -e");
    return CLI_OK;
}

int launch_parse(struct launch *l, const struct cli_command *self, int argc, char **argv,
                 const char **output)
{
    const struct cli_option *option;
    const char *value;
    int at = 0, status = CLI_OK;

    while (status == CLI_OK && (option = cli_next_option(self, argc, argv, &at, &value)))
        if (option->letter == 'o')
            *output = value;
        else
            status = take_option(l, self, option, value);
    if (status == CLI_OK && l->max_files && !l->max_size)
        status = cli_usage(self, "--max-files needs --max-size");
    if (!l->policy && l->n_triggers)
        l->policy = "overwrite";
    if (status == CLI_OK && l->process)
        return check_process(l, self, argc - at, argv + at);
    if (status == CLI_OK && l->seconds > 0)
        return cli_usage(self, "--for goes with -p");
    return status == CLI_OK ? take_program(l, self, argc - at, argv + at) : status;
}

/* A value of a --trace string: commas doubled. */
static void put_value(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%s=", key);
    for (; *value; value++) {
        if (*value == ',')
            fputc(',', out);
        fputc(*value, out);
    }
}

/* ETCH_TRACE=...; malloc'd, or NULL. */
static char *trace_variable(const struct launch *l, const char *dir)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs("ETCH_TRACE=", out);
    put_value(out, "dir", dir);
    fprintf(out, ",policy=%s", l->policy ? l->policy : "block");
    if (l->buffer)
        fprintf(out, ",buffer=%llu", (unsigned long long)l->buffer);
    if (l->max_size)
        fprintf(out, ",max-size=%llu", (unsigned long long)l->max_size);
    if (l->max_files)
        fprintf(out, ",max-files=%llu", (unsigned long long)l->max_files);
    if (l->marker) {
        fputc(',', out);
        put_value(out, "ftrace", l->marker);
    }
    for (size_t i = 0; i < l->n_triggers; i++) {
        fputc(';', out);
        put_value(out, "trigger", l->triggers[i]);
    }
    for (size_t i = 0; i < l->n_patterns; i++) {
        fputc(';', out);
        put_value(out, "enable", l->patterns[i]);
    }
    if (l->events[0]) {
        fputc(';', out);
        put_value(out, "events", l->events);
    } else if (l->n_patterns == 0) {
        fputs(";enable=*", out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static char *preload_variable(const struct launch *l)
{
    const char *old = getenv("LD_PRELOAD");
    char *text = NULL;

    if (asprintf(&text, "LD_PRELOAD=%s%s%s", l->preload, old && *old ? ":" : "", old ? old : "") <
        0)
        return NULL;
    return text;
}

static bool is_variable(const char *entry, const char *name)
{
    size_t n = strlen(name);
    return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

int launch_environment(struct launch *l, const struct cli_command *self, const char *dir)
{
    size_t n = 0, k = 0;

    if (strpbrk(dir, SEPARATORS)) {
        cli_error(self, "%s: a folder with ';' or a newline in its name cannot be recorded into",
                  dir);
        return CLI_FAILURE;
    }
    while (environ[n])
        n++;
    l->envp = malloc((n + 3) * sizeof(*l->envp));
    l->added[0] = trace_variable(l, dir);
    l->added[1] = l->preload[0] ? preload_variable(l) : NULL;
    if (!l->envp || !l->added[0] || (l->preload[0] && !l->added[1])) {
        cli_error(self, "out of memory");
        return CLI_FAILURE;
    }
    for (size_t i = 0; i < n; i++)
        if (!is_variable(environ[i], "ETCH_TRACE") &&
            !(l->added[1] && is_variable(environ[i], "LD_PRELOAD")))
            l->envp[k++] = environ[i];
    l->envp[k++] = l->added[0];
    if (l->added[1])
        l->envp[k++] = l->added[1];
    l->envp[k] = NULL;
    return CLI_OK;
}

void launch_free(struct launch *l)
{
    free(l->patterns);
    free(l->triggers);
    free(l->envp);
    free(l->added[0]);
    free(l->added[1]);
}
