/* SPDX-License-Identifier: MIT
 *
 * say.c: libetch's few messages, on standard error, one write each, said once
 * where the fault is and never once an event. Safe in a signal handler.
 */
#include "runtime/folder.h"
#include "runtime/say.h"
#include "runtime/sys.h"

extern char *program_invocation_short_name;

const char *etch_program_name(void)
{
    const char *name = program_invocation_short_name;
    return name == NULL || name[0] == '\0' ? "etch" : name;
}

/* strerror() allocates and translates; these are the ones that we meet. */
const char *etch_reason(int error)
{
    static const struct {
        int error;
        const char *text;
    } reasons[] = {
        {EACCES, "permission denied"},
        {EPERM, "not permitted, or a folder that is not ours alone"},
        {ENOENT, "no such file or folder"},
        {ENOTDIR, "not a folder"},
        {EISDIR, "is a folder"},
        {EEXIST, "exists already"},
        {ENOSPC, "no space left on device"},
        {EDQUOT, "disk quota exceeded"},
        {EFBIG, "file too large (see ulimit -f)"},
        {EROFS, "read-only file system"},
        {EMFILE, "too many open files"},
        {ENFILE, "too many open files in the system"},
        {ENOMEM, "out of memory"},
        {ENAMETOOLONG, "name too long"},
        {EIO, "input/output error"},
        {EAGAIN, "out of processes (see ulimit -u)"},
        {EPIPE, "nobody reads it"},
        {ECONNREFUSED, "nobody listens"},
        {EINVAL, "invalid"},
        {ENOEXEC, "generated for another version of libetch: generate and build it again"},
    };
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].error == -error)
            return reasons[i].text;
    return "system call failed";
}

void etch_say_to(int fd, const char *what, const char *detail, const char *reason)
{
    char line[2 * PATH_SIZE];
    struct text t = text_in(line, sizeof(line) - 1);
    text_add(&t, etch_program_name());
    text_add(&t, ": etch: ");
    text_add(&t, what);
    if (detail != NULL && detail[0] != '\0') {
        text_add(&t, ": ");
        text_add(&t, detail);
    }
    if (reason != NULL) {
        text_add(&t, ": ");
        text_add(&t, reason);
    }
    line[t.used] = '\n';
    sys_write(fd, line, t.used + 1);
}

void etch_say(const char *what, const char *detail, const char *reason)
{
    etch_say_to(2, what, detail, reason);
}
