/* SPDX-License-Identifier: MIT
 *
 * paths.c: paths as text: relative to a folder, and the group that a folder
 * stands for.
 *
 * Reads:  strings; no file is looked at.
 * Writes: memory.
 */
#include "generate/generate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Writes the absolute path cwd/path without ".", ".." and doubled slashes:
 * "/a/b", or "" for the root. `out` has room for both and two bytes more. */
static void normalise(char *out, const char *path, const char *cwd)
{
    size_t n = 0;
    const char *parts[2] = {path[0] == '/' ? "" : cwd, path};
    for (int i = 0; i < 2; i++) {
        for (const char *at = parts[i]; *at;) {
            size_t length = strcspn(at, "/");
            if (length == 2 && at[0] == '.' && at[1] == '.') {
                while (n && out[--n] != '/')
                    ;
            } else if (length && !(length == 1 && at[0] == '.')) {
                out[n++] = '/';
                memcpy(out + n, at, length);
                n += length;
            }
            at += length + (at[length] == '/');
        }
    }
    out[n] = '\0';
}

char *etch_path_relative(const char *path, const char *cwd)
{
    size_t room = strlen(path) + strlen(cwd) + 3;
    char *to = malloc(2 * room);
    /* Each step up is at most three bytes for the two of "/x". */
    char *relative = malloc(3 * room);
    if (to && relative) {
        char *from = to + room;
        normalise(to, path, cwd);
        normalise(from, "", cwd);
        size_t common = 0;
        for (size_t i = 0; to[i] == from[i] || !to[i] || !from[i]; i++) {
            if ((!to[i] || to[i] == '/') && (!from[i] || from[i] == '/'))
                common = i;
            if (!to[i] || !from[i])
                break;
        }
        char *at = relative;
        for (const char *up = from + common; (up = strchr(up, '/')); up++)
            at = stpcpy(at, "../");
        if (to[common])
            strcpy(at, to + common + 1);
        else if (at > relative)
            at[-1] = '\0';
        else
            strcpy(at, ".");
    } else {
        free(relative);
        relative = NULL;
    }
    free(to);
    return relative;
}

char *etch_path_group(const char *relative)
{
    const char *slash = strrchr(relative, '/');
    if (!slash)
        return strdup("root");
    char *group = strndup(relative, (size_t)(slash - relative));
    for (char *c = group; c && *c; c++)
        if ((unsigned char)*c >= 128 || !isalnum((unsigned char)*c))
            *c = '_';
    return group;
}
