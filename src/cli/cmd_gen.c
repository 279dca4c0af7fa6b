/* SPDX-License-Identifier: MIT
 *
 * cmd_gen.c: `etch gen`: trace-events files → trace-G.h and trace-G.c.
 *
 * Reads:  the files that are named.
 * Writes: the generated files, untouched if unchanged.
 * Never:  leaves an old output half overwritten, or replaces a file that it
 *         did not write itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/gen_input.h"

static const struct cli_option options[] = {
    {'b', "backends", "LIST", "backends that events go to (nop, log, simple; default simple)",
     CLI_NONE, NULL},
    {'g', "group", "G", "name of the group that all FILEs form", CLI_NONE, NULL},
    {'o', "output", "DIR", "folder to write to, made if missing (default .)", CLI_DIR, NULL},
    {0, "dialect", "NAME", "names in the generated C: etch (default) or qemu", CLI_WORDS,
     "etch qemu"},
    {0, "qemu", "VERSION", "accept what this QEMU accepts, no more", CLI_WORDS, "2.8 7.2 11"},
    {0, "depfile", "FILE", "write what the outputs depend on, for Ninja and Make", CLI_FILE, NULL},
    {0, "merge", NULL, "also write DIR/trace-events-all, all FILEs in one", CLI_NONE, NULL},
    {0, "local", NULL, "also write trace.h beside each FILE (default DIR: trace)", CLI_NONE, NULL},
    {0},
};

struct request {
    const struct cli_command *self;
    struct etch_gen_options gen;
    const char *backends, *group, *folder, *depfile;
    bool merge, local;
    char **files;
    size_t n_files;
    char **groups; /* one a file */
    char *cwd;
    struct etch_text outputs; /* paths, as a depfile names them */
};

static int fail(const struct request *r, const char *path, int error)
{
    cli_error(r->self, "%s: %s", path, strerror(-error));
    return CLI_FAILURE;
}

/* ---- the command line ---- */

static int read_backends(struct request *r)
{
    size_t length;
    if (!r->backends)
        r->backends = r->gen.dialect == ETCH_DIALECT_QEMU ? "log" : "simple";
    const char *bad = etch_gen_backends(&r->gen, r->backends, &length);
    if (!bad)
        return CLI_OK;
    char *names = gen_names(etch_gen_backend_name);
    int status = cli_usage(r->self, "unknown backend '%.*s'; there are %s", (int)length, bad,
                           names ? names : "others");
    free(names);
    return status;
}

/* The group's name becomes part of file names and of C's. */
static int check_group(const struct request *r)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-";
    if (!r->group || (r->group[0] && !r->group[strspn(r->group, allowed)]))
        return CLI_OK;
    return cli_usage(r->self, "group '%s': a name has letters, digits, '_' and '-'", r->group);
}

static int read_options(struct request *r, int argc, char **argv, int *at)
{
    const struct cli_option *option;
    const char *value;
    while ((option = cli_next_option(r->self, argc, argv, at, &value))) {
        const char *name = option->name;
        if (strcmp(name, "backends") == 0)
            r->backends = value;
        else if (strcmp(name, "group") == 0)
            r->group = value;
        else if (strcmp(name, "output") == 0)
            r->folder = value;
        else if (strcmp(name, "dialect") == 0)
            r->gen.dialect = strcmp(value, "qemu") ? ETCH_DIALECT_ETCH : ETCH_DIALECT_QEMU;
        else if (strcmp(name, "qemu") == 0)
            gen_era(value, &r->gen.era);
        else if (strcmp(name, "depfile") == 0)
            r->depfile = value;
        else if (strcmp(name, "merge") == 0)
            r->merge = true;
        else
            r->local = true;
    }
    if (!r->folder)
        r->folder = r->local ? "trace" : ".";
    r->files = argv + *at;
    r->n_files = (size_t)(argc - *at);
    if (r->n_files == 0)
        return cli_usage(r->self, "no trace-events FILE is named");
    int status = read_backends(r);
    return status == CLI_OK ? check_group(r) : status;
}

/* ---- groups ---- */

static char *group_of(const struct request *r, const char *file)
{
    if (r->group)
        return strdup(r->group);
    char *relative = etch_path_relative(file, r->cwd);
    char *group = NULL;
    if (relative && strncmp(relative, "../", 3) == 0)
        cli_error(r->self, "%s: a file outside the working directory has no group; give --group",
                  file);
    else if (relative && !(group = etch_path_group(relative)))
        fail(r, file, -ENOMEM);
    free(relative);
    return group;
}

/* Names the group of each file; two files cannot share a group by accident. */
static int name_groups(struct request *r)
{
    int status = CLI_OK;
    for (size_t i = 0; i < r->n_files; i++) {
        r->groups[i] = group_of(r, r->files[i]);
        if (!r->groups[i])
            status = CLI_FAILURE;
        for (size_t j = 0; j < i && !r->group && r->groups[i]; j++) {
            if (!r->groups[j] || strcmp(r->groups[i], r->groups[j]) != 0)
                continue;
            cli_error(r->self, "%s and %s are both group %s; give --group to make them one",
                      r->files[j], r->files[i], r->groups[i]);
            status = CLI_FAILURE;
        }
    }
    return status;
}

/* ---- outputs ---- */

/* DIR/name, or name alone for the working directory. */
static char *in_folder(const struct request *r, const char *name)
{
    char *path;
    bool here = strcmp(r->folder, ".") == 0;
    return asprintf(&path, "%s%s%s", here ? "" : r->folder, here ? "" : "/", name) < 0 ? NULL
                                                                                       : path;
}

static int write_output(struct request *r, const char *path, const struct etch_text *text)
{
    int error = text->failed ? -ENOMEM : cli_write_file(path, text->v, text->n);
    if (error)
        return fail(r, path, error);
    etch_text_depfile_word(&r->outputs, path);
    return CLI_OK;
}

static int write_format(struct request *r, const char *format, const struct etch_decl_list *decls)
{
    struct etch_text out = {0};
    char name[300]; /* a file name has at most 255 bytes */
    int status = CLI_FAILURE;
    snprintf(name, sizeof(name), "trace-%s.%s", r->gen.group, format);
    char *path = in_folder(r, name);
    char *relative = path ? etch_path_relative(path, r->cwd) : NULL;
    if (relative) {
        etch_generate(etch_gen_format_find(format), &r->gen, decls, relative, &out);
        status = write_output(r, path, &out);
    } else {
        fail(r, name, -ENOMEM);
    }
    etch_text_free(&out);
    free(relative);
    free(path);
    return status;
}

static int read_files(const struct request *r, char **files, size_t n, struct etch_decl_list *decls)
{
    int status = CLI_OK;
    for (size_t i = 0; i < n; i++) {
        struct etch_diags diags = {0};
        int error = gen_read(files[i], r->cwd, r->gen.era, decls, &diags);
        cli_print_diags(&diags);
        if (error && !diags.errors)
            fail(r, files[i], error);
        if (error)
            status = CLI_FAILURE;
        etch_diags_free(&diags);
    }
    return status;
}

static int generate_group(struct request *r, char *group, char **files, size_t n)
{
    struct etch_decl_list decls = {0};
    char header[300];
    snprintf(header, sizeof(header), "trace-%s.h", group);
    r->gen.group = group;
    r->gen.header = header;
    int status = read_files(r, files, n, &decls);
    if (status == CLI_OK && etch_declare_expand_tcg(&decls, r->gen.era) < 0)
        status = fail(r, files[0], -ENOMEM);
    if (status == CLI_OK)
        status = write_format(r, "h", &decls);
    if (status == CLI_OK)
        status = write_format(r, "c", &decls);
    etch_decl_list_free(&decls);
    return status;
}

static int generate_groups(struct request *r)
{
    int status = CLI_OK;
    if (r->group)
        return generate_group(r, r->groups[0], r->files, r->n_files);
    for (size_t i = 0; i < r->n_files; i++)
        if (generate_group(r, r->groups[i], &r->files[i], 1) != CLI_OK)
            status = CLI_FAILURE;
    return status;
}

static int write_merged(struct request *r)
{
    struct etch_text all = {0};
    int status = CLI_OK;
    for (size_t i = 0; i < r->n_files && status == CLI_OK; i++) {
        char *text;
        size_t size;
        int error = cli_read_file(r->files[i], &text, &size);
        if (error) {
            status = fail(r, r->files[i], error);
            break;
        }
        etch_text_add(&all, text, size);
        if (size && text[size - 1] != '\n')
            etch_text_puts(&all, "\n");
        free(text);
    }
    char *path = in_folder(r, "trace-events-all");
    if (status == CLI_OK)
        status = path ? write_output(r, path, &all) : fail(r, r->folder, -ENOMEM);
    free(path);
    etch_text_free(&all);
    return status;
}

/* Whether a trace.h may be replaced: it is not there, or it is one line that
 * includes a generated header. */
static bool is_ours(const char *path)
{
    static const char start[] = "#include \"";
    char *text;
    size_t size;
    int error = cli_read_file(path, &text, &size);
    if (error)
        return error == -ENOENT;
    bool ours = strncmp(text, start, strlen(start)) == 0 && strstr(text, "trace-") &&
                strchr(text, '\n') == text + size - 1;
    free(text);
    return ours;
}

/* trace.h beside a file: sources of that folder include "trace.h". */
static int write_local(struct request *r, const char *file, const char *group)
{
    struct etch_text line = {0};
    const char *slash = strrchr(file, '/');
    char *path = NULL, *folder = etch_path_relative(r->folder, r->cwd);
    int status = CLI_FAILURE;
    if (!folder || asprintf(&path, "%.*strace.h", slash ? (int)(slash + 1 - file) : 0, file) < 0) {
        fail(r, file, -ENOMEM);
    } else if (!is_ours(path)) {
        cli_error(r->self, "%s: not a file of --local's; remove it, or do without --local", path);
    } else {
        const char *last = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;
        bool here = strcmp(folder, ".") == 0;
        etch_text_puts(&line, "#include \"");
        etch_text_puts(&line, here ? "" : last);
        etch_text_puts(&line, here ? "trace-" : "/trace-");
        etch_text_puts(&line, group);
        etch_text_puts(&line, ".h\"\n");
        status = write_output(r, path, &line);
    }
    etch_text_free(&line);
    free(path);
    free(folder);
    return status;
}

static int write_depfile(const struct request *r)
{
    struct etch_text text = {0};
    etch_text_add(&text, r->outputs.v, r->outputs.n);
    etch_text_puts(&text, ": ");
    for (size_t i = 0; i < r->n_files; i++) {
        etch_text_puts(&text, "\\\n");
        etch_text_depfile_word(&text, r->files[i]);
    }
    etch_text_puts(&text, "\n");
    int error =
        text.failed || r->outputs.failed ? -ENOMEM : cli_write_file(r->depfile, text.v, text.n);
    etch_text_free(&text);
    return error ? fail(r, r->depfile, error) : CLI_OK;
}

/* mkdir -p. */
static int make_folder(const char *path)
{
    char *copy = strdup(path);
    int error = copy ? 0 : -ENOMEM;
    for (char *slash = copy; !error && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (mkdir(copy, 0777) < 0 && errno != EEXIST)
            error = -errno;
        *slash = '/';
    }
    if (!error && mkdir(path, 0777) < 0 && errno != EEXIST)
        error = -errno;
    free(copy);
    return error;
}

static int run_request(struct request *r)
{
    int status = name_groups(r);
    if (status != CLI_OK)
        return status;
    int error = make_folder(r->folder);
    if (error)
        return fail(r, r->folder, error);
    status = generate_groups(r);
    if (status == CLI_OK && r->merge)
        status = write_merged(r);
    for (size_t i = 0; i < r->n_files && r->local && status == CLI_OK; i++) {
        char *relative = etch_path_relative(r->files[i], r->cwd);
        if (!relative || strchr(relative, '/'))
            status = write_local(r, r->files[i], r->groups[i]);
        free(relative);
    }
    if (status == CLI_OK && r->depfile)
        status = write_depfile(r);
    return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct request r = {.self = self};
    int at = 0;
    int status = read_options(&r, argc, argv, &at);
    if (status != CLI_OK)
        return status;
    r.cwd = getcwd(NULL, 0);
    r.groups = calloc(r.n_files, sizeof(*r.groups));
    if (r.cwd && r.groups)
        status = run_request(&r);
    else
        status = fail(&r, "working directory", -errno);
    for (size_t i = 0; i < r.n_files && r.groups; i++)
        free(r.groups[i]);
    free(r.groups);
    free(r.cwd);
    etch_text_free(&r.outputs);
    return cli_finish(self, status);
}

const struct cli_command cli_gen = {
    .name = "gen",
    .summary = "Generate C from trace-events files",
    .operands = "FILE...",
    .about =
        "Writes trace-G.h and trace-G.c for each trace-events FILE. The group G is named from the "
        "folder: hw/net/trace-events is hw_net, a file at the top is root. A file whose content "
        "does not change is left untouched.\n"
        "\n"
        "Sources include trace-G.h and call trace_NAME(); trace-G.c is compiled with them. "
        "--dialect=qemu gives the names that QEMU's sources use too; its default backend is log.",
    .examples = "etch gen trace-events\twrite trace-root.h and trace-root.c\n"
                "etch gen -g heap -o build trace-events\twrite build/trace-heap.h and .c\n"
                "etch gen --local */trace-events\tone group a folder, under trace/",
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
