/* SPDX-License-Identifier: MIT
 *
 * gen_write.c: the files that `etch gen` makes.
 *
 * Reads:  trace-events files.
 * Writes: the outputs, untouched if unchanged.
 * Never:  leaves an old output half overwritten, or replaces a file that it
 *         did not write itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/gen_input.h"
#include "cli/gen_write.h"

int gen_fail(const struct gen_request *r, const char *path, int error)
{
    cli_error(r->self, "%s: %s", path, strerror(-error));
    return CLI_FAILURE;
}

/* DIR/name, or name alone for the working directory. */
static char *in_folder(const struct gen_request *r, const char *name)
{
    char *path;
    bool here = strcmp(r->folder, ".") == 0;
    return asprintf(&path, "%s%s%s", here ? "" : r->folder, here ? "" : "/", name) < 0 ? NULL
                                                                                       : path;
}

static int write_output(struct gen_request *r, const char *path, const struct etch_text *text)
{
    int error = text->failed ? -ENOMEM : cli_write_file(path, text->v, text->n);
    if (error)
        return gen_fail(r, path, error);
    etch_text_depfile_word(&r->outputs, path);
    return CLI_OK;
}

/* The file whose name is the group's between two texts. */
static int write_format(struct gen_request *r, const char *format, const char *head,
                        const char *tail, const struct etch_decl_list *decls)
{
    struct etch_text out = {0};
    char name[300]; /* a file name has at most 255 bytes */
    int status = CLI_FAILURE;
    snprintf(name, sizeof(name), "%s%s%s", head, r->gen.group, tail);
    char *path = in_folder(r, name);
    char *relative = path ? etch_path_relative(path, r->cwd) : NULL;
    if (relative &&
        etch_generate(etch_gen_format_find(format), &r->gen, decls, relative, &out) == 0)
        status = write_output(r, path, &out);
    else
        gen_fail(r, name, -ENOMEM);
    etch_text_free(&out);
    free(relative);
    free(path);
    return status;
}

static int read_files(const struct gen_request *r, char **files, size_t n,
                      struct etch_decl_list *decls)
{
    int status = CLI_OK;
    for (size_t i = 0; i < n; i++) {
        struct etch_diags diags = {0};
        int error = gen_read(files[i], r->cwd, r->gen.era, decls, &diags);
        cli_print_diags(&diags);
        if (error && !diags.errors)
            gen_fail(r, files[i], error);
        if (error)
            status = CLI_FAILURE;
        etch_diags_free(&diags);
    }
    return status;
}

/* Whether the group's C would compile; messages are printed. */
static int check_group_events(const struct gen_request *r, const struct etch_decl_list *decls)
{
    struct etch_diags diags = {0};
    int error = etch_gen_check(&r->gen, decls, &diags);
    cli_print_diags(&diags);
    if (error && !diags.errors)
        gen_fail(r, r->gen.group, error);
    etch_diags_free(&diags);
    return error ? CLI_FAILURE : CLI_OK;
}

static bool has_tcg(const struct etch_decl_list *decls)
{
    for (size_t i = 0; i < decls->n; i++)
        if (decls->v[i].properties & ETCH_PROP_TCG_EXEC)
            return true;
    return false;
}

int gen_write_group(struct gen_request *r, char *group, char **files, size_t n, bool *tcg)
{
    struct etch_decl_list decls = {0};
    const char *head, *tail;
    char header[300];
    snprintf(header, sizeof(header), "trace-%s.h", group);
    r->gen.group = group;
    r->gen.header = header;
    r->gen.own_translator = true;
    int status = read_files(r, files, n, &decls);
    if (status == CLI_OK && etch_declare_expand_tcg(&decls, r->gen.era) < 0)
        status = gen_fail(r, files[0], -ENOMEM);
    if (status == CLI_OK)
        status = check_group_events(r, &decls);
    if (status == CLI_OK)
        status = write_format(r, "h", "trace-", ".h", &decls);
    if (status == CLI_OK)
        status = write_format(r, "c", "trace-", ".c", &decls);
    *tcg = has_tcg(&decls);
    if (status == CLI_OK && *tcg)
        status = write_format(r, "tcg-h", "trace-tcg-", ".h", &decls);
    for (size_t i = 0; i < r->gen.n_backends && status == CLI_OK; i++) {
        const char *format = etch_gen_backend_file(&r->gen, i, &head, &tail);
        if (format)
            status = write_format(r, format, head, tail, &decls);
    }
    etch_decl_list_free(&decls);
    return status;
}

int gen_write_merged(struct gen_request *r)
{
    struct etch_text all = {0};
    int status = CLI_OK;
    for (size_t i = 0; i < r->n_files && status == CLI_OK; i++) {
        char *text;
        size_t size;
        int error = cli_read_file(r->files[i], &text, &size);
        if (error) {
            status = gen_fail(r, r->files[i], error);
            break;
        }
        etch_text_add(&all, text, size);
        if (size && text[size - 1] != '\n')
            etch_text_puts(&all, "\n");
        free(text);
    }
    char *path = in_folder(r, "trace-events-all");
    if (status == CLI_OK)
        status = path ? write_output(r, path, &all) : gen_fail(r, r->folder, -ENOMEM);
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

int gen_write_local(struct gen_request *r, const char *file, const char *group, bool tcg)
{
    struct etch_text line = {0};
    const char *slash = strrchr(file, '/');
    char *path = NULL, *folder = etch_path_relative(r->folder, r->cwd);
    int status = CLI_FAILURE;
    if (!folder || asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - file) : 0, file,
                            tcg ? "trace-tcg.h" : "trace.h") < 0) {
        gen_fail(r, file, -ENOMEM);
    } else if (!is_ours(path)) {
        cli_error(r->self, "%s: not a file of --local's; remove it, or do without --local", path);
    } else {
        const char *last = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;
        bool here = strcmp(folder, ".") == 0;
        etch_text_puts(&line, "#include \"");
        etch_text_puts(&line, here ? "" : last);
        etch_text_puts(&line, here ? "trace-" : "/trace-");
        etch_text_puts(&line, tcg ? "tcg-" : "");
        etch_text_puts(&line, group);
        etch_text_puts(&line, ".h\"\n");
        status = write_output(r, path, &line);
    }
    etch_text_free(&line);
    free(path);
    free(folder);
    return status;
}

int gen_write_depfile(const struct gen_request *r)
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
    return error ? gen_fail(r, r->depfile, error) : CLI_OK;
}

int gen_make_folder(const struct gen_request *r)
{
    char *path = strdup(r->folder);
    int error = path ? 0 : -ENOMEM;
    for (char *slash = path; !error && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
            error = -errno;
        *slash = '/';
    }
    if (!error && mkdir(r->folder, 0777) < 0 && errno != EEXIST)
        error = -errno;
    free(path);
    return error ? gen_fail(r, r->folder, error) : CLI_OK;
}
