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

#include "cli/help.h"

bool cli_own_folder(char folder[PATH_MAX])
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    memcpy(folder, path, (size_t)(slash - path) + 1);
    return true;
}

/* In a folder of PATH, as a shell would find it. */
static bool in_path(const char *name, char path[PATH_MAX])
{
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, ":");
        int n = snprintf(path, PATH_MAX, "%.*s/etch-%s", (int)length, at, name);
        if (length > 0 && n < PATH_MAX && access(path, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

bool cli_tool_path(const char *name, char path[PATH_MAX])
{
    /* Beside it; in a build, where those of the guest have their folder; installed. */
    static const char *const places[] = {"", "/../../guest", "/../libexec/etch"};
    char folder[PATH_MAX];
    for (size_t i = 0; cli_own_folder(folder) && i < sizeof(places) / sizeof(places[0]); i++) {
        int n = snprintf(path, PATH_MAX, "%s%s/etch-%s", folder, places[i], name);
        if (n < PATH_MAX && access(path, F_OK) == 0)
            return true;
    }
    return in_path(name, path);
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

int cli_tool_or_help(const struct cli_command *self, const char *name, int argc, char **argv,
                     const char *library)
{
    if (argc < 2 || (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0))
        return cli_tool_run(self, name, argv, library);
    cli_help_command(self, stdout);
    return cli_finish(self, CLI_OK);
}
