/* SPDX-License-Identifier: MIT
 *
 * syslog.c: the syslog backend: one message an event, by libc's syslog().
 *
 * Reads:  nothing.
 * Writes: /dev/log, by libc, which connects anew when its daemon was restarted.
 * Never:  says more than once that nobody listens.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>
#include <etch/event.h>

#include "runtime/line.h"
#include "runtime/say.h"

/* Called when the group registers, so that an openlog() of the program's own
 * comes later and counts. Opens nothing yet. */
void etch_syslog_prepare(void)
{
    static bool prepared;
    if (!__atomic_exchange_n(&prepared, true, __ATOMIC_ACQ_REL))
        openlog(NULL, LOG_PID, LOG_DAEMON);
}

/* Whether somebody listens: libc's syslog() does not tell. */
static void say_if_nobody_listens(void)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = _PATH_LOG};
    static bool looked;
    if (__atomic_load_n(&looked, __ATOMIC_RELAXED) ||
        __atomic_exchange_n(&looked, true, __ATOMIC_ACQ_REL))
        return;
    int error = EPROTOTYPE;
    for (int type = SOCK_DGRAM; error == EPROTOTYPE; type = SOCK_STREAM) {
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            return;
        error = connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
        close(fd);
        if (type == SOCK_STREAM)
            break;
    }
    if (error != 0 && error != EAGAIN)
        etch_say("the events of the syslog backend go nowhere until a daemon listens on", _PATH_LOG,
                 etch_reason(-error));
}

void etch_syslog(const char *format, ...)
{
    int saved = errno;
    say_if_nobody_listens();
    va_list ap;
    va_start(ap, format);
    vsyslog(LOG_INFO, format, ap);
    va_end(ap);
    errno = saved;
}
