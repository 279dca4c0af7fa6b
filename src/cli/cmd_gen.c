/* SPDX-License-Identifier: MIT
 *
 * cmd_gen.c: `etch gen`: trace-events files → trace-G.h and trace-G.c.
 *
 * Reads:  the files that are named.
 * Writes: the generated files, untouched if unchanged.
 * Never:  leaves an old output half overwritten.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "generate/generate.h"

static const struct cli_option options[] = {
    {'b', "backends", "LIST", "backends that events go to, as in log,simple", CLI_NONE, NULL},
    {'g', "group", "G", "name of the group; all FILEs are one", CLI_NONE, NULL},
    {'o', "output", "DIR", "folder to write to, made if missing (default .)", CLI_DIR, NULL},
    {0, "dialect", "NAME", "which names the generated C uses", CLI_WORDS, "etch qemu"},
    {0, "qemu", "VERSION", "accept what this QEMU accepts", CLI_WORDS, "2.8 7.2 11"},
    {0},
};

/* What the command line says. */
struct request {
    const struct cli_command *self;
    struct etch_gen_options gen;
    const char *backends, *group, *folder;
    char *cwd;
};

static int bad_word(const struct request *r, const char *what, const char *value, size_t length,
                    const char *(*name)(size_t))
{
    struct etch_text list = {0};
    for (size_t i = 0; name(i); i++) {
        etch_text_puts(&list, i ? ", " : "");
        etch_text_puts(&list, name(i));
    }
    etch_text_add(&list, "", 1);
    int status = cli_usage(r->self, "unknown %s '%.*s'; there are %s", what, (int)length, value,
                           list.failed ? "others" : list.v);
    etch_text_free(&list);
    return status;
}

static int write_output(const struct request *r, const char *letter, const struct etch_decl_list *d)
{
    const struct etch_gen_format *format = etch_gen_format_find(letter);
    struct etch_text out = {0};
    char *path = NULL, *name = NULL;
    int error = -ENOMEM;
    if (asprintf(&path, "%s/trace-%s.%s", r->folder, r->gen.group, letter) < 0)
        path = NULL;
    if (path && (name = etch_path_relative(path, r->cwd)))
        error = etch_generate(format, &r->gen, d, name, &out);
    if (!error)
        error = cli_write_file(path, out.v, out.n);
    if (error)
        cli_error(r->self, "%s: %s", path ? path : letter, strerror(-error));
    etch_text_free(&out);
    free(path);
    free(name);
    return error ? CLI_FAILURE : CLI_OK;
}

/* Reads one file into the list; messages are printed. */
static int read_declarations(const struct request *r, const char *path, struct etch_decl_list *d)
{
    struct etch_diags diags = {0};
    char *text = NULL;
    size_t size;
    int error = cli_read_file(path, &text, &size);
    if (error) {
        cli_error(r->self, "%s: %s", path, strerror(-error));
        return CLI_FAILURE;
    }
    char *name = etch_path_relative(path, r->cwd);
    error = name ? etch_declare_parse(d, name, text, size, r->gen.era, &diags) : -ENOMEM;
    cli_print_diags(&diags);
    if (error && !diags.errors)
        cli_error(r->self, "%s: %s", path, strerror(-error));
    etch_diags_free(&diags);
    free(name);
    free(text);
    return error ? CLI_FAILURE : CLI_OK;
}

static int generate_group(struct request *r, char **files, int n)
{
    struct etch_decl_list decls = {0};
    int status = CLI_OK;
    for (int i = 0; i < n; i++)
        if (read_declarations(r, files[i], &decls) != CLI_OK)
            status = CLI_FAILURE;
    if (status == CLI_OK && etch_declare_expand_tcg(&decls, r->gen.era) < 0)
        status = CLI_FAILURE;
    if (status == CLI_OK)
        status = write_output(r, "h", &decls);
    if (status == CLI_OK)
        status = write_output(r, "c", &decls);
    etch_decl_list_free(&decls);
    return status;
}

static int generate_all(struct request *r, char **files, int n)
{
    int status = CLI_OK;
    if (r->group) {
        r->gen.group = r->group;
        return generate_group(r, files, n);
    }
    for (int i = 0; i < n; i++) {
        char *relative = etch_path_relative(files[i], r->cwd);
        char *group = relative ? etch_path_group(relative) : NULL;
        if (relative && strncmp(relative, "../", 3) == 0) {
            cli_error(r->self,
                      "%s: its group cannot be named from a folder outside the working "
                      "directory; give --group",
                      files[i]);
            status = CLI_FAILURE;
        } else if ((r->gen.group = group)) {
            status = generate_group(r, &files[i], 1) == CLI_OK ? status : CLI_FAILURE;
        }
        free(relative);
        free(group);
    }
    return status;
}

static int read_options(struct request *r, int argc, char **argv, int *at)
{
    const struct cli_option *option;
    const char *value;
    while ((option = cli_next_option(r->self, argc, argv, at, &value))) {
        if (option->letter == 'b') {
            r->backends = value;
        } else if (option->letter == 'g') {
            r->group = value;
        } else if (option->letter == 'o') {
            r->folder = value;
        } else if (strcmp(option->name, "dialect") == 0) {
            r->gen.dialect = strcmp(value, "qemu") == 0 ? ETCH_DIALECT_QEMU : ETCH_DIALECT_ETCH;
        } else {
            r->gen.era = strcmp(value, "2.8") == 0   ? ETCH_ERA_2_8
                         : strcmp(value, "7.2") == 0 ? ETCH_ERA_7_2
                                                     : ETCH_ERA_11;
        }
    }
    if (!r->backends)
        r->backends = r->gen.dialect == ETCH_DIALECT_QEMU ? "log" : "simple";
    size_t length;
    const char *bad = etch_gen_backends(&r->gen, r->backends, &length);
    return bad ? bad_word(r, "backend", bad, length, etch_gen_backend_name) : CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct request r = {.self = self, .folder = "."};
    int at = 0;
    int status = read_options(&r, argc, argv, &at);
    if (status != CLI_OK)
        return status;
    if (at == argc)
        return cli_usage(self, "no trace-events FILE is named");
    r.cwd = getcwd(NULL, 0);
    if (!r.cwd) {
        cli_error(self, "working directory: %s", strerror(errno));
        return CLI_FAILURE;
    }
    if (mkdir(r.folder, 0777) < 0 && errno != EEXIST) {
        cli_error(self, "%s: %s", r.folder, strerror(errno));
        status = CLI_FAILURE;
    } else {
        status = generate_all(&r, argv + at, argc - at);
    }
    free(r.cwd);
    return cli_finish(self, status);
}

const struct cli_command cli_gen = {
    .name = "gen",
    .summary = "Generate C from trace-events files",
    .operands = "FILE...",
    .about = "Writes trace-G.h and trace-G.c for each trace-events FILE, where the group G is\n"
             "named from its folder (hw/net/trace-events is hw_net, trace-events at the top\n"
             "is root). A file whose content does not change is left untouched.",
    .examples = "etch gen trace-events\twrite trace-root.h and trace-root.c\n"
                "etch gen -g heap -o build trace-events\twrite build/trace-heap.h and .c",
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
