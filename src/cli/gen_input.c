/* SPDX-License-Identifier: MIT
 *
 * gen_input.c: trace-events files and the words of the generating commands.
 *
 * Reads:  the files that are named.
 * Writes: nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/gen_input.h"

int gen_read(const char *path, const char *cwd, enum etch_era era, struct etch_decl_list *decls,
             struct etch_diags *diags)
{
    char *text;
    size_t size;
    int error = cli_read_file(path, &text, &size);
    if (error)
        return error;
    char *name = etch_path_relative(path, cwd);
    error = name ? etch_declare_parse(decls, name, text, size, era, diags) : -ENOMEM;
    for (size_t i = 0; i < diags->n; i++)
        diags->v[i].file = path;
    free(name);
    free(text);
    return error;
}

bool gen_era(const char *word, enum etch_era *era)
{
    static const struct {
        const char *word;
        enum etch_era era;
    } eras[] = {{"2.8", ETCH_ERA_2_8}, {"7.2", ETCH_ERA_7_2}, {"11", ETCH_ERA_11}};
    for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
        if (strcmp(word, eras[i].word) != 0)
            continue;
        *era = eras[i].era;
        return true;
    }
    return false;
}

char *gen_names(const char *(*name)(size_t index))
{
    struct etch_text list = {0};
    for (size_t i = 0; name(i); i++) {
        etch_text_puts(&list, i ? ", " : "");
        etch_text_puts(&list, name(i));
    }
    etch_text_add(&list, "", 1);
    if (list.failed)
        etch_text_free(&list);
    return list.v;
}
