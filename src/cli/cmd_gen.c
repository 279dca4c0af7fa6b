/* SPDX-License-Identifier: MIT
 *
 * cmd_gen.c: `etch gen`: trace-events files → trace-G.h and trace-G.c.
 *
 * Reads:  the files that are named.
 * Writes: the generated files (gen_write.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/gen_input.h"
#include "cli/gen_write.h"

static const struct cli_option options[] = {
    {'b', "backends", "LIST", "backends that events go to, joined by commas (default ctf)",
     CLI_NONE, NULL},
    {'g', "group", "G", "name of the group that all FILEs form", CLI_NONE, NULL},
    {0, "provider", "P", "provider of the probes of dtrace and ust (default: G; qemu)", CLI_NONE,
     NULL},
    {'o', "output", "DIR", "folder to write to, made if missing (default .)", CLI_DIR, NULL},
    {0, "dialect", "NAME", "names in the generated C: etch (default) or qemu", CLI_WORDS,
     "etch qemu"},
    {0, "header", "FILE", "include FILE, etch in two files, in place of <etch/...>", CLI_FILE,
     NULL},
    {0, "qemu", "VERSION", "accept what this QEMU accepts, no more", CLI_WORDS, "2.8 7.2 11"},
    {0, "depfile", "FILE", "write what the outputs depend on, for Ninja and Make", CLI_FILE, NULL},
    {0, "merge", NULL, "also write DIR/trace-events-all, all FILEs in one", CLI_NONE, NULL},
    {0, "local", NULL, "also write trace.h (trace-tcg.h) beside each FILE (default DIR: trace)",
     CLI_NONE, NULL},
    {0},
};

/* ---- the command line ---- */

static int read_backends(struct gen_request *r)
{
    size_t length;
    if (!r->backends)
        r->backends = r->gen.dialect == ETCH_DIALECT_QEMU ? "log" : "ctf";
    const char *bad = etch_gen_backends(&r->gen, r->backends, &length);
    for (size_t i = 0; !bad && i < r->gen.n_backends; i++)
        for (size_t j = 0; j < i; j++)
            if (r->gen.backends[i] == r->gen.backends[j])
                return cli_usage(r->self, "--backends=%s names a backend twice", r->backends);
    if (!bad)
        return CLI_OK;
    char *names = gen_names(etch_gen_backend_name);
    bool left_out = etch_gen_backend_left_out(bad, length);
    int status = cli_usage(
        r->self, "%s '%.*s'%s; there are %s", left_out ? "backend" : "unknown backend", (int)length,
        bad, left_out ? " was left out when etch was built" : "", names ? names : "others");
    free(names);
    return status;
}

/* The provider's name becomes part of C's; two groups cannot both define one of
 * LTTng's. */
static int check_provider(struct gen_request *r)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_";
    const char *p = r->gen.provider;
    if (p && (!*p || (*p >= '0' && *p <= '9') || p[strspn(p, allowed)]))
        return cli_usage(r->self, "provider '%s': a name has letters, digits and '_'", p);
    if (!p && r->gen.dialect == ETCH_DIALECT_QEMU)
        r->gen.provider = "qemu";
    for (size_t i = 0; i < r->gen.n_backends && r->gen.provider && !r->group && r->n_files > 1;
         i++) {
        const char *head, *tail, *format = etch_gen_backend_file(&r->gen, i, &head, &tail);
        if (format && strcmp(format, "ust-events-h") == 0)
            return cli_usage(r->self,
                             "a provider of LTTng has one group: make the FILEs one by --group, or "
                             "give each group a --provider of its own");
    }
    return CLI_OK;
}

/* The group's name becomes part of file names and of C's. */
static int check_group(const struct gen_request *r)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-";
    if (!r->group || (r->group[0] && !r->group[strspn(r->group, allowed)]))
        return CLI_OK;
    return cli_usage(r->self, "group '%s': a name has letters, digits, '_' and '-'", r->group);
}

static int read_options(struct gen_request *r, int argc, char **argv, int *at)
{
    const struct cli_option *option;
    const char *value;
    while ((option = cli_next_option(r->self, argc, argv, at, &value))) {
        const char *name = option->name;
        if (strcmp(name, "backends") == 0)
            r->backends = value;
        else if (strcmp(name, "group") == 0)
            r->group = value;
        else if (strcmp(name, "provider") == 0)
            r->gen.provider = value;
        else if (strcmp(name, "output") == 0)
            r->folder = value;
        else if (strcmp(name, "dialect") == 0)
            r->gen.dialect = strcmp(value, "qemu") ? ETCH_DIALECT_ETCH : ETCH_DIALECT_QEMU;
        else if (strcmp(name, "qemu") == 0)
            gen_era(value, &r->gen.era);
        else if (strcmp(name, "header") == 0)
            r->gen.single = value;
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
    if (r->gen.single && r->gen.dialect == ETCH_DIALECT_QEMU)
        return cli_usage(r->self, "--header and --dialect=qemu: QEMU's sources want etch's folder");
    int status = read_backends(r);
    if (status == CLI_OK)
        status = check_group(r);
    return status == CLI_OK ? check_provider(r) : status;
}

/* ---- groups ---- */

static char *group_of(const struct gen_request *r, const char *file)
{
    if (r->group)
        return strdup(r->group);
    char *relative = etch_path_relative(file, r->cwd);
    char *group = NULL;
    if (relative && strncmp(relative, "../", 3) == 0)
        cli_error(r->self, "%s: a file outside the working directory has no group; give --group",
                  file);
    else if (relative && !(group = etch_path_group(relative)))
        gen_fail(r, file, -ENOMEM);
    free(relative);
    return group;
}

/* Names the group of each file; two files cannot share a group by accident. */
static int name_groups(struct gen_request *r)
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

static int generate_groups(struct gen_request *r)
{
    int status = CLI_OK;
    if (r->group)
        return gen_write_group(r, r->groups[0], r->files, r->n_files, &r->tcg[0]);
    for (size_t i = 0; i < r->n_files; i++)
        if (gen_write_group(r, r->groups[i], &r->files[i], 1, &r->tcg[i]) != CLI_OK)
            status = CLI_FAILURE;
    return status;
}

static int run_request(struct gen_request *r)
{
    int status = name_groups(r);
    if (status != CLI_OK)
        return status;
    status = gen_make_folder(r);
    if (status == CLI_OK)
        status = generate_groups(r);
    if (status == CLI_OK && r->merge)
        status = gen_write_merged(r);
    for (size_t i = 0; i < r->n_files && r->local && status == CLI_OK; i++) {
        char *relative = etch_path_relative(r->files[i], r->cwd);
        if (!relative || strchr(relative, '/'))
            status = gen_write_local(r, r->files[i], r->groups[i], false);
        if (status == CLI_OK && r->tcg[r->group ? 0 : i] && (!relative || strchr(relative, '/')))
            status = gen_write_local(r, r->files[i], r->groups[i], true);
        free(relative);
    }
    if (status == CLI_OK && r->depfile)
        status = gen_write_depfile(r);
    return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct gen_request r = {.self = self};
    int at = 0;
    int status = read_options(&r, argc, argv, &at);
    if (status != CLI_OK)
        return status;
    r.cwd = getcwd(NULL, 0);
    r.groups = calloc(r.n_files, sizeof(*r.groups));
    r.tcg = calloc(r.n_files, sizeof(*r.tcg));
    if (r.cwd && r.groups && r.tcg)
        status = run_request(&r);
    else
        status = gen_fail(&r, "working directory", -errno);
    for (size_t i = 0; i < r.n_files && r.groups; i++)
        free(r.groups[i]);
    free(r.groups);
    free(r.tcg);
    free(r.cwd);
    etch_text_free(&r.outputs);
    return cli_finish(self, status);
}

const struct cli_command cli_gen = {
    .name = "gen",
    .summary = "Generate C from trace-events files",
    .operands = "FILE...",
    .about =
        "Writes trace-G.h and trace-G.c for each trace-events FILE, and trace-tcg-G.h if it has "
        "events of translated code. The group G is named from the "
        "folder: hw/net/trace-events is hw_net, a file at the top is root. A file whose content "
        "does not change is left untouched.\n"
        "\n"
        "The backend dtrace adds trace-dtrace-G.dtrace, of which dtrace(1) makes a header and an "
        "object; ust adds trace-ust-G.h, which trace-G.c includes.\n"
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
