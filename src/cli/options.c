/* SPDX-License-Identifier: MIT
 *
 * options.c: walks over the options of a command line.
 *
 * Reads:  argv and the command's table of options.
 * Writes: the order of argv; messages on stderr, --help on stdout.
 *
 * Accepts --name=V, --name V, unique prefixes of names, -x V, -xV, -xyz, and
 * "--" as the end of the options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/suggest.h"

static const struct cli_option help_option = {'h', "help", NULL, "show this help", CLI_NONE, NULL};

/* The letters that are left of a word such as -xyz, and the index of the word
 * behind it: operands that were passed over lie between. */
static const char *letters;
static int behind;

/* Moves argv[from] to argv[to], to <= from; what lies between moves up. */
static void bring(char **argv, int from, int to)
{
    char *word = argv[from];
    memmove(&argv[to + 1], &argv[to], (size_t)(from - to) * sizeof(*argv));
    argv[to] = word;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

__attribute__((noreturn)) static void unknown_option(const struct cli_command *self,
                                                     const char *name)
{
    const char *names[64];
    size_t n = 0;

    for (const struct cli_option *o = self->options; o && o->name && n < 64; o++)
        if (o->help)
            names[n++] = o->name;
    const char *near = cli_nearest(name, names, n);
    exit(near ? cli_usage(self, "unknown option '--%s'; did you mean '--%s'?", name, near)
              : cli_usage(self, "unknown option '--%s'", name));
}

/* The option of that name or unique prefix. */
static const struct cli_option *find_long(const struct cli_command *self, const char *name,
                                          size_t length)
{
    const struct cli_option *found = NULL;
    char text[64];

    snprintf(text, sizeof(text), "%.*s", (int)length, name);
    for (const struct cli_option *o = self->options; o && o->name; o++) {
        if (strncmp(o->name, name, length) != 0)
            continue;
        if (o->name[length] == '\0')
            return o;
        if (found)
            exit(cli_usage(self, "option '--%s' can be '--%s' or '--%s'", text, found->name,
                           o->name));
        found = o;
    }
    if (strncmp(help_option.name, name, length) == 0) {
        if (found && length < strlen(help_option.name))
            exit(cli_usage(self, "option '--%s' can be '--%s' or '--help'", text, found->name));
        return &help_option;
    }
    if (!found)
        unknown_option(self, text);
    return found;
}

static const struct cli_option *find_letter(const struct cli_command *self, char letter)
{
    for (const struct cli_option *o = self->options; o && o->name; o++)
        if (o->letter == letter)
            return o;
    if (letter == help_option.letter)
        return &help_option;
    exit(cli_usage(self, "unknown option '-%c'", letter));
}

/* The word behind an option, as its value. */
static const char *next_word(int argc, char **argv, int *at)
{
    if (behind >= argc)
        return NULL;
    bring(argv, behind, *at);
    return argv[(*at)++];
}

static const struct cli_option *take_letter(const struct cli_command *self, int argc, char **argv,
                                            int *at, const char **value)
{
    const struct cli_option *o = find_letter(self, *letters++);

    if (o->arg) {
        *value = *letters ? letters : next_word(argc, argv, at);
        letters = NULL;
        if (!*value)
            exit(cli_usage(self, "option '-%c' needs a value: %s", o->letter, o->arg));
    } else if (!*letters) {
        letters = NULL;
    }
    return o;
}

static const struct cli_option *take_long(const struct cli_command *self, int argc, char **argv,
                                          int *at, const char **value)
{
    const char *name = argv[*at - 1] + 2;
    size_t length = strcspn(name, "=");
    const struct cli_option *o = find_long(self, name, length);

    if (name[length] == '=')
        *value = name + length + 1;
    if (!o->arg && *value)
        exit(cli_usage(self, "option '--%s' takes no value", o->name));
    if (o->arg && !*value)
        *value = next_word(argc, argv, at);
    if (o->arg && !*value)
        exit(cli_usage(self, "option '--%s' needs a value: %s", o->name, o->arg));
    return o;
}

/* Whether a value is one of the words that its option takes. */
static bool is_word(const struct cli_option *o, const char *value)
{
    size_t n = strlen(value);

    for (const char *w = o->words; *w; w += strspn(w, " ")) {
        size_t length = strcspn(w, " ");
        if (length == n && memcmp(w, value, n) == 0)
            return true;
        w += length;
    }
    return false;
}

/* Brings the next word that is an option to argv[*at]; false at the end of
 * the options. */
static bool next_option_word(const struct cli_command *self, int argc, char **argv, int *at)
{
    int from = *at;

    while (from < argc && !is_option(argv[from]) && !self->stop_at_operand)
        from++;
    if (from >= argc || !is_option(argv[from]))
        return false;
    bring(argv, from, *at);
    behind = from + 1;
    return strcmp(argv[(*at)++], "--") != 0;
}

const struct cli_option *cli_next_option(const struct cli_command *self, int argc, char **argv,
                                         int *at, const char **value)
{
    const struct cli_option *o;

    *value = NULL;
    if (*at == 0) {
        *at = 1;
        letters = NULL;
    }
    if (!letters) {
        if (!next_option_word(self, argc, argv, at))
            return NULL;
        if (argv[*at - 1][1] != '-')
            letters = argv[*at - 1] + 1;
    }
    o = letters ? take_letter(self, argc, argv, at, value) : take_long(self, argc, argv, at, value);
    if (o->complete == CLI_WORDS && !is_word(o, *value))
        exit(cli_usage(self, "--%s=%s: not one of: %s", o->name, *value, o->words));
    if (o == &help_option) {
        cli_help_command(self, stdout);
        exit(cli_finish(self, CLI_OK));
    }
    return o;
}
