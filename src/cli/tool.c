/* SPDX-License-Identifier: MIT
 *
 * tool.c: runs etch-NAME as `etch NAME`; see tool.h.
 */
#include "cli/tool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder that etch itself lies in. */
static bool own_folder(char folder[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (n <= 0)
        return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    return slash != NULL;
}

bool cli_tool_path(const char *name, char path[PATH_MAX])
{
    static const char *const places[] = {"", "/../libexec/etch"};
    char folder[PATH_MAX];
    for (size_t i = 0; own_folder(folder) && i < sizeof(places) / sizeof(places[0]); i++) {
        int n = snprintf(path, PATH_MAX, "%s%s/etch-%s", folder, places[i], name);
        if (n < PATH_MAX && access(path, F_OK) == 0)
            return true;
    }
    return false;
}

int cli_tool_run(const struct cli_command *self, const char *name, char **argv, const char *library)
{
    char path[PATH_MAX];
    signal(SIGPIPE, cli_sigpipe);
    if (!cli_tool_path(name, path)) {
        cli_error(self, "etch-%s is not installed: this etch was built without %s", name, library);
        return CLI_FAILURE;
    }
    argv[0] = path;
    execv(path, argv);
    cli_error(self, "%s: %s", path, strerror(errno));
    return CLI_FAILURE;
}
