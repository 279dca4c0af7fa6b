/* SPDX-License-Identifier: MIT
 *
 * tracetool_options.c: reads the command line of QEMU's tracetool.
 *
 * Reads:  argv.
 * Writes: nothing.
 * Never:  exits.
 */
#include "cli/tracetool_options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/gen_input.h"

enum { ERA_2_8 = 1, ERA_7_2 = 2, ERA_11 = 4, ALL = 7 };

enum kind { TEXT, FLAG, ERA };

static const struct option {
    const char *name;
    enum kind kind;
    unsigned eras;
    size_t field; /* of struct tracetool_options */
} options[] = {
#define FIELD(name) offsetof(struct tracetool_options, name)
    {"help", FLAG, ALL, FIELD(help)},
    {"list-backends", FLAG, ALL, FIELD(list_backends)},
    {"check-backends", FLAG, ALL, FIELD(check_backends)},
    {"format", TEXT, ALL, FIELD(format)},
    {"backends", TEXT, ALL, FIELD(backends)},
    {"group", TEXT, ERA_7_2 | ERA_11, FIELD(group)},
    {"binary", TEXT, ALL, FIELD(binary)},
    {"probe-prefix", TEXT, ALL, FIELD(probe_prefix)},
    {"target-type", TEXT, ERA_2_8 | ERA_7_2, FIELD(target_type)},
    {"target-name", TEXT, ERA_2_8 | ERA_7_2, FIELD(target_name)},
    {"qemu", ERA, ALL, FIELD(era)},
#undef FIELD
};

enum { N_OPTIONS = sizeof(options) / sizeof(options[0]) };

static char message_text[512];

static int fail(const char **message, const char *format, const char *word)
{
    snprintf(message_text, sizeof(message_text), format, word);
    *message = message_text;
    return -1;
}

static unsigned era_bit(enum etch_era era)
{
    return era == ETCH_ERA_2_8 ? ERA_2_8 : era == ETCH_ERA_7_2 ? ERA_7_2 : ERA_11;
}

/* The option that `name` says, whole or by a unique prefix. */
static int find(const struct tracetool_options *o, const char *name, const struct option **found,
                const char **message)
{
    size_t matches = 0;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (!(options[i].eras & era_bit(o->era)) ||
            strncmp(options[i].name, name, strlen(name)) != 0)
            continue;
        *found = &options[i];
        matches++;
        if (strcmp(options[i].name, name) == 0)
            return 0;
    }
    if (matches == 0)
        return fail(message, "option --%s not recognized", name);
    return matches == 1 ? 0 : fail(message, "option --%s not a unique prefix", name);
}

static int set(struct tracetool_options *o, const struct option *option, const char *value,
               const char **message)
{
    void *field = (char *)o + option->field;
    if (option->kind == FLAG) /* help and the list come at once: the first counts */
        *(bool *)field = !o->help && !o->list_backends;
    else if (option->kind == TEXT)
        *(const char **)field = value;
    else if (!gen_era(value, field))
        return fail(message, "unknown QEMU version: %s; there are 2.8, 7.2 and 11", value);
    return 0;
}

/* Reads the long option at argv[*at] and its value; *at moves behind both. */
static int read_long(struct tracetool_options *o, int argc, char **argv, int *at,
                     const char **message)
{
    char name[128];
    const struct option *option = NULL;
    const char *word = argv[(*at)++] + 2;
    const char *value = strchr(word, '=');
    size_t length = value ? (size_t)(value++ - word) : strlen(word);
    if (length >= sizeof(name))
        return fail(message, "option --%s not recognized", word);
    memcpy(name, word, length);
    name[length] = '\0';
    if (find(o, name, &option, message) < 0)
        return -1;
    if (option->kind == FLAG && value)
        return fail(message, "option --%s must not have an argument", option->name);
    if (option->kind != FLAG && !value && *at == argc)
        return fail(message, "option --%s requires argument", option->name);
    if (option->kind != FLAG && !value)
        value = argv[(*at)++];
    return set(o, option, value, message);
}

int tracetool_read_options(struct tracetool_options *o, int argc, char **argv, const char **message)
{
    int at = 1;
    *o = (struct tracetool_options){.era = ETCH_ERA_11};
    while (at < argc && argv[at][0] == '-' && argv[at][1]) {
        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        if (argv[at][1] != '-') {
            char letter[2] = {argv[at][1], '\0'};
            return fail(message, "option -%s not recognized", letter);
        }
        if (read_long(o, argc, argv, &at, message) < 0)
            return -1;
    }
    o->operands = argv + at;
    o->n_operands = argc - at;
    return 0;
}
