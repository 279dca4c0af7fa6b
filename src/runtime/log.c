/* SPDX-License-Identifier: MIT
 *
 * log.c: the log backend: one line an event, whole even when many threads and
 * processes write: formatted on the stack, written by one write(2).
 *
 * Reads:  ETCH_LOG_TIME, file=, -D, -msg.
 * Writes: stderr, the file, or the program's own sink.
 */
#include <etch/etch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/folder.h"
#include "runtime/line.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

enum stamp { STAMP_UNSET = 0, STAMP_UNIX, STAMP_ISO, STAMP_NONE };

static enum stamp stamp;
static int log_fd = -1;
static char log_path[PATH_SIZE]; /* absolute, of the file that log_fd is */
static void (*log_sink)(const char *line, size_t length, void *data);
static void *log_sink_data;

void etch_log_set_sink(void (*sink)(const char *line, size_t length, void *data), void *data)
{
    log_sink_data = data;
    __atomic_store_n(&log_sink, sink, __ATOMIC_RELEASE);
}

static enum stamp stamp_setting(void)
{
    const char *s = etch_environment("ETCH_LOG_TIME");
    if (etch_settings.log_time == ETCH_LOG_TIME_OFF)
        return STAMP_NONE;
    if (s == NULL || text_equal(s, "unix"))
        return STAMP_UNIX;
    if (text_equal(s, "none"))
        return etch_settings.log_time == ETCH_LOG_TIME_ON ? STAMP_UNIX : STAMP_NONE;
    if (text_equal(s, "iso"))
        return STAMP_ISO;
    etch_say("ETCH_LOG_TIME is none, unix or iso, not", s, NULL);
    return STAMP_UNIX;
}

static int open_file(int flags)
{
    return etch_open_high(log_path, O_WRONLY | O_CREAT | O_APPEND | flags);
}

/* Where lines go: file= if no other backend takes it, else -D; "" is stderr. */
static const char *file_setting(void)
{
    const char *file = etch_settings.file;
    return file[0] == '\0' || etch_backends_have(ETCH_BACKEND_SIMPLE) ? etch_settings.log : file;
}

/* Appended, so that processes share it; emptied by the first one as QEMU does. */
static int open_log(void)
{
    const char *file = file_setting();
    if (file[0] == '\0')
        return STDERR_FILENO;
    struct text path = text_in(log_path, sizeof(log_path));
    if (file[0] != '/')
        text_cwd(&path);
    text_add(&path, file);
    bool first = etch_settings.pid == (uint32_t)sys_getpid();
    int fd = open_file(first ? O_TRUNC : 0);
    if (fd >= 0)
        return fd;
    etch_say("Error opening logfile", file, etch_reason(fd));
    return STDERR_FILENO;
}

/* After the program closed all that it did not know (closefrom). */
static int reopen_log(int closed)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    if (log_fd == closed && closed != STDERR_FILENO) {
        int fd = open_file(0);
        __atomic_store_n(&log_fd, fd < 0 ? STDERR_FILENO : fd, __ATOMIC_RELEASE);
    }
    etch_registry_unlock(signals);
    return log_fd;
}

/* A file that the log alone has is there before the children that share it, so
 * that none of their lines is lost when the parent empties it. The registry lock
 * is held. */
void etch_log_fork(void)
{
    if (log_fd >= 0 || file_setting()[0] == '\0' || etch_settings.pid != (uint32_t)sys_getpid() ||
        !etch_backends_have(ETCH_BACKEND_LOG))
        return;
    stamp = stamp_setting();
    __atomic_store_n(&log_fd, open_log(), __ATOMIC_RELEASE);
}

static int log_file(void)
{
    int fd = __atomic_load_n(&log_fd, __ATOMIC_ACQUIRE);
    if (fd >= 0)
        return fd;
    sys_sigset signals;
    etch_registry_lock(&signals);
    if (log_fd < 0) {
        stamp = stamp_setting();
        __atomic_store_n(&log_fd, open_log(), __ATOMIC_RELEASE);
    }
    etch_registry_unlock(signals);
    return log_fd;
}

/* ISO 8601, UTC. */
static char *put_date(char *p, time_t seconds)
{
    struct tm tm;
    gmtime_r(&seconds, &tm);
    const unsigned parts[] = {(unsigned)tm.tm_year + 1900, (unsigned)tm.tm_mon + 1,
                              (unsigned)tm.tm_mday,        (unsigned)tm.tm_hour,
                              (unsigned)tm.tm_min,         (unsigned)tm.tm_sec};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        p = etch_line_number(p, parts[i], i == 0 ? 4 : 2);
        *p++ = "--T::."[i];
    }
    return p;
}

static char *put_prefix(char *p)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (stamp == STAMP_ISO) {
        p = put_date(p, now.tv_sec);
    } else {
        p = etch_line_number(p, etch_line_thread(), 1);
        *p++ = '@';
        p = etch_line_number(p, (uint64_t)now.tv_sec, 1);
        *p++ = '.';
    }
    p = etch_line_number(p, (uint64_t)now.tv_nsec / 1000, 6);
    if (stamp == STAMP_ISO)
        *p++ = 'Z';
    *p++ = stamp == STAMP_ISO ? ' ' : ':';
    return p;
}

static void write_line(int fd, const char *line, size_t length)
{
    void (*sink)(const char *, size_t, void *) = __atomic_load_n(&log_sink, __ATOMIC_ACQUIRE);
    if (sink != NULL) {
        sink(line, length, log_sink_data);
        return;
    }
    bool reopened = false;
    for (size_t done = 0; done < length;) {
        long n = sys_write(fd, line + done, length - done);
        if (n == -EINTR)
            continue;
        if (n == -EBADF && !reopened) {
            reopened = true;
            fd = reopen_log(fd);
            continue;
        }
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

/* A line that is long, or has a conversion that line.c does not know. */
static void write_long(int fd, char *line, size_t size, size_t prefix, const char *format,
                       va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(line + prefix, size - prefix, format, ap);
    if (n >= 0 && (size_t)n < size - prefix) {
        write_line(fd, line, prefix + (size_t)n);
    } else if (n >= 0) {
        size = prefix + (size_t)n + 1;
        char *longer = sys_mmap_anonymous(size);
        if (longer != NULL) {
            __builtin_memcpy(longer, line, prefix);
            vsnprintf(longer + prefix, size - prefix, format, again);
            write_line(fd, longer, size - 1);
            sys_munmap(longer, size);
        }
    }
    va_end(again);
}

void etch_log(const char *format, ...)
{
    int saved = errno;
    int fd = log_file();
    char line[1024];
    char *text = stamp == STAMP_NONE ? line : put_prefix(line);
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    const char *end = etch_line(text, line + sizeof(line), format, ap);
    if (ETCH_LIKELY(end != NULL))
        write_line(fd, line, (size_t)(end - line));
    else
        write_long(fd, line, sizeof(line), (size_t)(text - line), format, again);
    va_end(again);
    va_end(ap);
    errno = saved;
}
