/* SPDX-License-Identifier: MIT
 *
 * sys_exec.c: execve. A RISC-V program is run by etch-guest again, with the same
 * options; another is the host's.
 *
 * Reads the first bytes of the file. The lists of strings stay where the guest has
 * them: an address of its is one of ours.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "memory.h"
#include "syscall.h"

char *const *guest_restart;

enum { SCRIPTS = 4, SCRIPT_LINE = 256 };

static size_t count_of(char *const *list)
{
    size_t n = 0;
    while (list[n] != NULL)
        n++;
    return n;
}

/* etch-guest OPTIONS --argv0 NAME PATH ARGUMENTS. */
static int execute_guest(const char *path, char **argv, char **envp)
{
    size_t options = count_of(guest_restart), count = count_of(argv), n = 0;
    char **all = calloc(options + count + 4, sizeof(*all));
    if (all == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < options; i++)
        all[n++] = guest_restart[i];
    all[n++] = (char *)"--argv0";
    all[n++] = count > 0 ? argv[0] : (char *)"";
    all[n++] = (char *)path;
    for (size_t i = 1; i < count; i++)
        all[n++] = argv[i];
    execve("/proc/self/exe", all, envp);
    int error = errno;
    free(all);
    return -error;
}

static int execute(const char *path, char **argv, char **envp, unsigned depth);

/* "#!INTERPRETER [ARGUMENT]": runs it with the script as its argument. */
static int execute_script(char *line, const char *path, char **argv, char **envp, unsigned depth)
{
    char *end = strchr(line, '\n'), found[PATH_MAX];
    if (end == NULL || depth == 0)
        return -ENOEXEC;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    char *name = line + 2 + strspn(line + 2, " \t");
    char *space = strpbrk(name, " \t"), *argument = NULL;
    if (space != NULL) {
        *space = '\0';
        argument = space + 1 + strspn(space + 1, " \t");
    }
    if (*name == '\0')
        return -ENOEXEC;
    size_t count = count_of(argv), n = 0;
    char **all = calloc(count + 4, sizeof(*all));
    if (all == NULL)
        return -ENOMEM;
    all[n++] = name;
    if (argument != NULL && *argument != '\0')
        all[n++] = argument;
    all[n++] = (char *)path;
    for (size_t i = 1; i < count; i++)
        all[n++] = argv[i];
    int code = execute(guest_path(name, found), all, envp, depth - 1);
    free(all);
    return code;
}

static int execute(const char *path, char **argv, char **envp, unsigned depth)
{
    char start[SCRIPT_LINE + 1] = "";
    Elf64_Ehdr header;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, start, SCRIPT_LINE) : 0;
    if (fd >= 0)
        close(fd);
    if (access(path, X_OK) == 0 && n >= (ssize_t)sizeof(header)) {
        memcpy(&header, start, sizeof(header));
        if (memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_machine == EM_RISCV)
            return execute_guest(path, argv, envp);
    }
    if (access(path, X_OK) == 0 && n > 2 && start[0] == '#' && start[1] == '!')
        return execute_script(start, path, argv, envp, depth);
    execve(path, argv, envp);
    return -errno;
}

/* A list of the guest's, as one of ours with the same strings; NULL with the
 * reason in *code. */
static char **read_list(uint64_t address, int *code)
{
    enum { MOST = 1 << 20 };
    size_t room = 64, n = 0;
    char **list = malloc(room * sizeof(*list));
    for (;; n++) {
        uint64_t string = 0;
        if (list != NULL && n == room) {
            char **more = reallocarray(list, room *= 2, sizeof(*list));
            if (more == NULL)
                free(list);
            list = more;
        }
        *code = list == NULL ? -ENOMEM : n == MOST ? -E2BIG : 0;
        if (*code == 0 && address != 0)
            *code = guest_read(&string, address + n * sizeof(string), sizeof(string));
        if (*code == 0 && string >= GUEST_TOP)
            *code = -EFAULT;
        if (*code < 0) {
            free(list);
            return NULL;
        }
        list[n] = (char *)string;
        if (string == 0)
            return list;
    }
}

static int64_t execute_lists(const char *path, uint64_t argv_at, uint64_t envp_at)
{
    int code;
    char **envp = NULL, **argv = read_list(argv_at, &code);
    if (argv != NULL)
        envp = read_list(envp_at, &code);
    if (envp != NULL)
        code = execute(path, argv, envp, SCRIPTS);
    free(argv);
    free(envp);
    return code;
}

int64_t sys_execve(struct guest_cpu *cpu, const uint64_t *a)
{
    char given[PATH_MAX], found[PATH_MAX];
    (void)cpu;
    int64_t length = guest_read_string(given, a[0], sizeof(given));
    return length < 0 ? length : execute_lists(guest_path(given, found), a[1], a[2]);
}

int64_t sys_execveat(struct guest_cpu *cpu, const uint64_t *a)
{
    char given[PATH_MAX], found[PATH_MAX], path[PATH_MAX + 32];
    (void)cpu;
    int64_t length = guest_read_string(given, a[1], sizeof(given));
    if (length < 0)
        return length;
    if ((int)a[0] == AT_FDCWD || given[0] == '/')
        return execute_lists(guest_path(given, found), a[2], a[3]);
    if (length == 0 && !(a[4] & AT_EMPTY_PATH))
        return -ENOENT;
    snprintf(path, sizeof(path), "/proc/self/fd/%d%s%s", (int)a[0], length == 0 ? "" : "/", given);
    return execute_lists(path, a[2], a[3]);
}
