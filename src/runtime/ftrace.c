/* SPDX-License-Identifier: MIT
 *
 * ftrace.c: the ftrace backend: one line an event, formatted on the stack, into
 * trace_marker of the kernel's tracefs by one write(2).
 *
 * Reads:  ftrace=.
 * Writes: trace_marker; 1 to tracing_on beside it, unless ftrace= names another.
 * Never:  says more than once that the kernel takes no events.
 */
#include <stdarg.h>
#include <stdio.h>

#include "runtime/folder.h"
#include "runtime/line.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

/* What a message has room for: a kernel takes 1,024 bytes at least. */
#define LINE_SIZE 1024

enum { MARKER_UNSET = -1, MARKER_NONE = -2 };

static int marker = MARKER_UNSET;
static char marker_path[PATH_SIZE];

static const char no_events[] = "the events of the ftrace backend go nowhere";

static int no_marker(const char *path, int error)
{
    etch_say(no_events, path, etch_reason(error));
    return MARKER_NONE;
}

/* As QEMU does: a trace that was switched off would take no events. */
static void switch_on(struct text *path)
{
    size_t folder = path->used;
    text_add(path, "/tracing_on");
    int fd = path->cut ? -1 : sys_openat(AT_FDCWD, path->data, O_WRONLY | O_CLOEXEC, 0);
    if (fd >= 0) {
        sys_write(fd, "1", 1);
        sys_close(fd);
    }
    path->used = folder;
}

static int open_marker(void)
{
    struct text path = text_in(marker_path, sizeof(marker_path));
    if (etch_settings.ftrace[0] != '\0') {
        if (etch_settings.ftrace[0] != '/')
            text_cwd(&path);
        text_add(&path, etch_settings.ftrace);
    } else {
        if (etch_tracefs_find(&path) < 0) {
            etch_say(no_events, "tracefs is not mounted, or not for this user",
                     "mount -t tracefs nodev /sys/kernel/tracing");
            return MARKER_NONE;
        }
        switch_on(&path);
        text_add(&path, "/trace_marker");
    }
    int fd = path.cut ? -ENAMETOOLONG : etch_open_high(marker_path, O_WRONLY);
    return fd < 0 ? no_marker(marker_path, fd) : fd;
}

/* The marker; opened anew after the program closed all that it did not know. */
static int find_marker(int closed)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    if (marker == closed) {
        int fd = closed == MARKER_UNSET ? open_marker() : etch_open_high(marker_path, O_WRONLY);
        __atomic_store_n(&marker, fd < 0 ? MARKER_NONE : fd, __ATOMIC_RELEASE);
    }
    etch_registry_unlock(signals);
    return marker;
}

/* A kernel that cannot take an event says EBADF, as if the file were closed. */
static bool is_open(int fd)
{
    return sys6(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0) >= 0;
}

static void say_refused(int error)
{
    static bool said;
    if (__atomic_exchange_n(&said, true, __ATOMIC_ACQ_REL))
        return;
    etch_say("the kernel refuses events of the ftrace backend", marker_path,
             error == -EBADF ? "its buffer is full and does not overwrite, or tracing_on is 0"
                             : etch_reason(error));
}

void etch_ftrace(const char *format, ...)
{
    int saved = errno;
    int fd = __atomic_load_n(&marker, __ATOMIC_ACQUIRE);
    if (fd == MARKER_UNSET)
        fd = find_marker(fd);
    if (fd < 0)
        goto out;
    char line[LINE_SIZE];
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    const char *end = etch_line(line, line + sizeof(line), format, ap);
    int length = end != NULL ? (int)(end - line) : vsnprintf(line, sizeof(line), format, again);
    va_end(again);
    va_end(ap);
    if (length < 0)
        goto out;
    if (length >= LINE_SIZE) {
        length = LINE_SIZE - 1;
        line[length - 1] = '\n';
    }
    long n = sys_write(fd, line, (size_t)length);
    if (n == -EBADF && !is_open(fd)) {
        fd = find_marker(fd);
        n = fd < 0 ? 0 : sys_write(fd, line, (size_t)length);
    }
    if (n < 0 && n != -EINTR)
        say_refused((int)n);
out:
    errno = saved;
}
