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

#include "runtime/runtime.h"

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

static void add_padded(struct text *t, uint64_t v, unsigned width)
{
    for (uint64_t limit = 10; width > 1; width--) {
        uint64_t least = 1;
        for (unsigned i = 1; i < width; i++)
            least *= limit;
        if (v >= least)
            break;
        text_add(t, "0");
    }
    text_u64(t, v);
}

static void add_prefix(struct text *t)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (stamp == STAMP_ISO) {
        struct tm tm;
        gmtime_r(&now.tv_sec, &tm);
        add_padded(t, (uint64_t)tm.tm_year + 1900, 4);
        text_add(t, "-");
        add_padded(t, (uint64_t)tm.tm_mon + 1, 2);
        text_add(t, "-");
        add_padded(t, (uint64_t)tm.tm_mday, 2);
        text_add(t, "T");
        add_padded(t, (uint64_t)tm.tm_hour, 2);
        text_add(t, ":");
        add_padded(t, (uint64_t)tm.tm_min, 2);
        text_add(t, ":");
        add_padded(t, (uint64_t)tm.tm_sec, 2);
        text_add(t, ".");
        add_padded(t, (uint64_t)now.tv_nsec / 1000, 6);
        text_add(t, "Z ");
        return;
    }
    text_u64(t, (uint64_t)sys_gettid());
    text_add(t, "@");
    text_u64(t, (uint64_t)now.tv_sec);
    text_add(t, ".");
    add_padded(t, (uint64_t)now.tv_nsec / 1000, 6);
    text_add(t, ":");
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

void etch_log(const char *format, ...)
{
    int saved = errno;
    int fd = log_file();
    char line[1024];
    struct text t = text_in(line, sizeof(line));
    if (stamp != STAMP_NONE)
        add_prefix(&t);
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(line + t.used, sizeof(line) - t.used, format, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(line) - t.used) {
        write_line(fd, line, t.used + (size_t)n);
    } else if (n >= 0) {
        /* Longer than most: memory of its own. */
        size_t size = t.used + (size_t)n + 1;
        char *longer = sys_mmap_anonymous(size);
        if (longer != NULL) {
            __builtin_memcpy(longer, line, t.used);
            vsnprintf(longer + t.used, size - t.used, format, again);
            write_line(fd, longer, size - 1);
            sys_munmap(longer, size);
        }
    }
    va_end(again);
    errno = saved;
}
