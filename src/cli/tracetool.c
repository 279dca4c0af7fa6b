/* SPDX-License-Identifier: MIT
 *
 * tracetool.c: etch-tracetool, which takes the command line of QEMU's
 * scripts/tracetool.py and generates with the names of QEMU.
 *
 * Reads:  trace-events files.
 * Writes: one generated file; an old one survives any error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/gen_input.h"
#include "cli/tracetool_options.h"

/* What is to be done, once the command line is understood. */
struct job {
    const struct tracetool_options *o;
    struct etch_gen_options gen;
    char **inputs;
    int n_inputs;
    const char *output; /* NULL: standard output */
};

static void usage(void)
{
    fputs("Usage: etch-tracetool --format=FORMAT --backends=BACKENDS --group=GROUP [OPTION]...\n"
          "                      TRACE-EVENTS... OUTPUT\n"
          "\n"
          "Generates one file of a program's tracing code, as QEMU's tracetool does.\n"
          "\n"
          "  --format=FORMAT      what to generate: c, h, d, stap, log-stap, simpletrace-stap,\n"
          "                       ust-events-h, ust-events-c, rs; of 2.8 also tcg-h,\n"
          "                       tcg-helper-h, tcg-helper-c, tcg-helper-wrapper-h\n"
          "  --backends=LIST      backends, separated by commas\n"
          "  --group=GROUP        name of the group (from QEMU 2.9 on)\n"
          "  --binary=PATH        program of a tapset\n"
          "  --probe-prefix=P     prefix of a tapset's probes\n"
          "  --target-type=TYPE   parts of the default prefix (up to QEMU 8.2)\n"
          "  --target-name=NAME\n"
          "  --list-backends      show the backends\n"
          "  --check-backends     exit with 0 if all of --backends exist, else 1\n"
          "  --qemu=VERSION       take the command line and declarations of 2.8, 7.2 or 11\n"
          "                       (default 11); in 2.8 one TRACE-EVENTS, to standard output\n"
          "  --help               show this\n",
          stderr);
}

static int usage_error(const char *text)
{
    fprintf(stderr, "Error: %s\n\n", text);
    usage();
    return CLI_FAILURE;
}

static int list_backends(void)
{
    char *names = gen_names(etch_gen_backend_name);
    if (names)
        puts(names);
    free(names);
    return cli_finish(NULL, names ? CLI_OK : CLI_FAILURE);
}

/* ---- what is asked for ---- */

/* Those of translated code, which QEMU had up to 6.2. */
static bool is_tcg(const char *format)
{
    return strncmp(format, "tcg", 3) == 0;
}

/* The formats of later eras: those of translated code are the last. */
static const char *name_of_today(size_t index)
{
    const char *name = etch_gen_format_name(index);
    return name && !is_tcg(name) ? name : NULL;
}

/* Everything that can be wrong before a file is read, in QEMU's order; NULL or
 * the text. */
static const char *missing_option(const struct tracetool_options *o)
{
    bool prefix_needed = o->format && strcmp(o->format, "stap") == 0;
    if (o->era != ETCH_ERA_2_8 && !o->group)
        return "group name is required";
    if (!prefix_needed)
        return NULL;
    if (!o->binary)
        return "--binary is required for SystemTAP tapset generator";
    if (o->probe_prefix)
        return NULL;
    if (o->era == ETCH_ERA_11)
        return "--probe-prefix is required for SystemTAP tapset generator";
    if (!o->target_type)
        return "--target-type is required for SystemTAP tapset generator";
    return o->target_name ? NULL : "--target-name is required for SystemTAP tapset generator";
}

/* Splits the operands into inputs and output; NULL or the text. */
static const char *operands(struct job *job)
{
    const struct tracetool_options *o = job->o;
    job->inputs = o->operands;
    if (o->era == ETCH_ERA_2_8) {
        job->n_inputs = 1;
        return o->n_operands == 1 ? NULL : "missing trace-events filepath";
    }
    if (o->n_operands < 2)
        return "missing trace-events and output filepaths";
    job->n_inputs = o->n_operands - 1;
    job->output = o->operands[job->n_inputs];
    return NULL;
}

/* Whether a tapset is of probes that stand on those of another one: then
 * --target-type and --target-name give no prefix. */
static bool is_alias(const char *format)
{
    return strncmp(format, "log", 3) == 0 || strncmp(format, "simpletrace", 11) == 0;
}

/* Checks format and backends, before anything is written. */
static int choose(struct job *job, const struct etch_gen_format **format)
{
    const char *name = job->o->format;
    size_t length;
    char text[300];
    const char *bad = etch_gen_backends(&job->gen, job->o->backends, &length);
    if (!name)
        return usage_error("format not set");
    *format = is_tcg(name) && job->o->era != ETCH_ERA_2_8 ? NULL : etch_gen_format_find(name);
    if (*format && !bad && is_alias(name) && !job->o->probe_prefix) {
        fputs("etch-tracetool: you must set PROBEPREFIX: give --probe-prefix\n", stderr);
        return CLI_FAILURE;
    }
    if (*format && !bad)
        return CLI_OK;
    char *formats = gen_names(job->o->era == ETCH_ERA_2_8 ? etch_gen_format_name : name_of_today);
    char *backends = gen_names(etch_gen_backend_name);
    if (*format)
        snprintf(text, sizeof(text), "unknown backend: %.*s (%sthere are: %s)",
                 (int)(length > 99 ? 99 : length), bad,
                 etch_gen_backend_left_out(bad, length) ? "left out when this was built; " : "",
                 backends ? backends : "");
    else
        snprintf(text, sizeof(text), "unknown format: %.99s (there are: %s)", name,
                 formats ? formats : "");
    free(formats);
    free(backends);
    return usage_error(text);
}

/* ---- doing it ---- */

/* The last line on stderr is the one that QEMU's tracetool ends with. */
static void print_as_qemu(const struct etch_diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        const struct etch_diag *d = &diags->v[i];
        if (d->severity != ETCH_ERROR || !d->qemu_text)
            continue;
        if (d->line)
            fprintf(stderr, "Error at %s:%u: %s\n", d->file, d->line, d->message);
        else
            fprintf(stderr, "%s\n", d->message);
        return;
    }
}

static int read_inputs(const struct job *job, const char *cwd, struct etch_decl_list *decls)
{
    for (int i = 0; i < job->n_inputs; i++) {
        struct etch_diags diags = {0};
        int error = gen_read(job->inputs[i], cwd, job->o->era, decls, &diags);
        cli_print_diags(&diags);
        print_as_qemu(&diags);
        if (error && !diags.errors)
            fprintf(stderr, "etch-tracetool: %s: %s\n", job->inputs[i], strerror(-error));
        etch_diags_free(&diags);
        if (error)
            return CLI_FAILURE;
    }
    if (etch_declare_expand_tcg(decls, job->o->era) == 0)
        return CLI_OK;
    fprintf(stderr, "etch-tracetool: %s\n", strerror(ENOMEM));
    return CLI_FAILURE;
}

static int write_text(const struct job *job, const struct etch_text *text)
{
    if (!job->output) {
        fwrite(text->v, 1, text->n, stdout);
        return cli_finish(NULL, CLI_OK);
    }
    int error = cli_write_file(job->output, text->v, text->n);
    if (error)
        fprintf(stderr, "etch-tracetool: %s: %s\n", job->output, strerror(-error));
    return error ? CLI_FAILURE : CLI_OK;
}

/* What up to QEMU 8.2 stands for --probe-prefix; malloc'd, or NULL. */
static char *default_prefix(const struct tracetool_options *o)
{
    char *prefix;
    if (!o->target_type || !o->target_name ||
        asprintf(&prefix, "qemu.%s.%s", o->target_type, o->target_name) < 0)
        return NULL;
    return prefix;
}

/* Whether QEMU's TCG knows the types of all that translated code traces; said if not. */
static bool tcg_types(const struct etch_decl_list *decls)
{
    size_t i;
    const struct etch_decl *decl = etch_gen_tcg_refused(decls, &i);
    if (decl)
        fprintf(stderr, "Error at %s:%u: Don't know how to translate '%s' into a TCG type\n",
                decl->file, decl->line, decl->args[i].type);
    return !decl;
}

static int generate(struct job *job, const char *cwd, const struct etch_decl_list *decls,
                    const struct etch_gen_format *format)
{
    struct etch_text text = {0};
    char header[300];
    snprintf(header, sizeof(header), "trace-%s.h", job->o->group ? job->o->group : "");
    job->gen.group = job->o->group ? job->o->group : "common";
    job->gen.header = job->o->group ? header : "trace.h";
    job->gen.dialect = ETCH_DIALECT_QEMU;
    job->gen.era = job->o->era;
    job->gen.provider = "qemu";
    job->gen.probes_elsewhere = true;
    job->gen.binary = job->o->binary;
    char *prefix = job->o->probe_prefix ? strdup(job->o->probe_prefix) : default_prefix(job->o);
    job->gen.probe_prefix = prefix;
    char *output = job->output ? etch_path_relative(job->output, cwd) : strdup("<stdout>");
    int error = output ? etch_generate(format, &job->gen, decls, output, &text) : -ENOMEM;
    int status = CLI_FAILURE;
    if (error)
        fprintf(stderr, "etch-tracetool: %s\n", strerror(-error));
    else
        status = write_text(job, &text);
    etch_text_free(&text);
    free(output);
    free(prefix);
    return status;
}

static int run_job(struct job *job)
{
    const struct etch_gen_format *format = NULL;
    struct etch_decl_list decls = {0};
    char *cwd = getcwd(NULL, 0);
    int status = CLI_FAILURE;
    if (!cwd)
        fprintf(stderr, "etch-tracetool: working directory: %s\n", strerror(errno));
    else if (read_inputs(job, cwd, &decls) == CLI_OK && choose(job, &format) == CLI_OK &&
             (!is_tcg(job->o->format) || tcg_types(&decls)))
        status = generate(job, cwd, &decls, format);
    etch_decl_list_free(&decls);
    free(cwd);
    return status;
}

int main(int argc, char **argv)
{
    struct tracetool_options o;
    struct job job = {.o = &o};
    const char *message;
    size_t length;
    if (tracetool_read_options(&o, argc, argv, &message) < 0)
        return usage_error(message);
    if (o.help) {
        usage();
        return CLI_OK;
    }
    if (o.list_backends)
        return list_backends();
    if (!o.backends)
        return usage_error("no backends specified");
    if (o.check_backends)
        return etch_gen_backends(&job.gen, o.backends, &length) ? CLI_FAILURE : CLI_OK;
    message = missing_option(&o);
    if (!message)
        message = operands(&job);
    return message ? usage_error(message) : run_job(&job);
}
