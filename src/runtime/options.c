/* SPDX-License-Identifier: MIT
 *
 * options.c: the tracing options of a program's command line, as QEMU's
 * programs have them.
 *
 * Reads:  argv.
 * Writes: the settings; messages on stderr, the list of log items on stdout.
 * Never:  takes an option that may be the program's own: -D only with the log
 *         backend, -d only if it names trace:, -msg only with timestamp=.
 */
#include <etch/etch.h>

#include "runtime/folder.h"
#include "runtime/register.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, text_length(with)) == 0;
}

/* ---- -D FILE ---- */

/* The name with the process id in place of its one %d. */
static int set_logfile(const char *name)
{
    struct text path = text_in(etch_settings.log, PATH_SIZE);
    bool used = false;
    for (const char *s = name; *s != '\0'; s++) {
        if (*s != '%') {
            text_bytes(&path, s, 1);
            continue;
        }
        if (s[1] != 'd' || used) {
            etch_settings.log[0] = '\0';
            return etch_setting_refused("-D", "Bad logfile template: ", name);
        }
        text_u64(&path, (uint64_t)sys_getpid());
        used = true;
        s++;
    }
    if (path.cut) {
        etch_settings.log[0] = '\0';
        return etch_setting_refused("-D", "the name is too long", "");
    }
    etch_settings.pid = (uint32_t)sys_getpid();
    return 0;
}

/* ---- -d ITEM,... ---- */

static int list_items(void)
{
    static const char list[] = "Log items (comma separated):\n"
                               "trace:PATTERN   enable trace events\n"
                               "\n"
                               "Use \"-d trace:help\" to get a list of trace events.\n";
    sys_write(1, list, sizeof(list) - 1);
    return -EINVAL;
}

/* Whether one of the items is ours: then all have to be. */
static bool has_trace_item(const char *items)
{
    for (const char *s = items; s != NULL; s = strchr(s, ',')) {
        s += *s == ',';
        if (starts(s, "trace:"))
            return true;
    }
    return false;
}

static int set_items(const char *items)
{
    for (const char *s = items; s != NULL;) {
        const char *end = strchr(s, ',');
        size_t length = end != NULL ? (size_t)(end - s) : text_length(s);
        char pattern[PATH_SIZE];
        struct text t = text_in(pattern, sizeof(pattern));
        if (!starts(s, "trace:") || length == text_length("trace:"))
            return list_items();
        text_bytes(&t, s + text_length("trace:"), length - text_length("trace:"));
        int r = etch_trace(pattern);
        if (r < 0)
            return r;
        s = end != NULL ? end + 1 : NULL;
    }
    return 0;
}

/* ---- -msg timestamp=on|off ---- */

static int set_message(const char *value)
{
    const char *word = value + text_length("timestamp=");
    if (!text_equal(word, "on") && !text_equal(word, "off"))
        return etch_setting_refused("-msg", "timestamp is on or off, not ", word);
    etch_settings.log_time = text_equal(word, "on") ? ETCH_LOG_TIME_ON : ETCH_LOG_TIME_OFF;
    return 0;
}

/* ---- the command line ---- */

/* An option of two words that log items, file and prefix are given by. How many
 * words were taken, 0 if it is not ours, -errno. */
static int log_option(const char *name, const char *value)
{
    int r;
    if (value == NULL || !etch_backends_have(ETCH_BACKEND_LOG))
        return 0;
    if (text_equal(name, "-D"))
        r = set_logfile(value);
    else if (text_equal(name, "-msg") && starts(value, "timestamp="))
        r = set_message(value);
    else
        return 0;
    return r < 0 ? r : 2;
}

static int trace_option(char **argv)
{
    static const char *const names[] = {"--trace", "-trace", "-T"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *rest = argv[0] + text_length(names[i]);
        if (!starts(argv[0], names[i]))
            continue;
        if (*rest == '=' && i < 2) {
            int r = etch_trace(rest + 1);
            return r < 0 ? r : 1;
        }
        if (*rest != '\0')
            continue;
        if (argv[1] == NULL)
            return etch_setting_refused("--trace", "an argument is missing: PATTERN, or help", "");
        int r = etch_trace(argv[1]);
        return r < 0 ? r : 2;
    }
    return 0;
}

int etch_option(char **argv)
{
    if (text_equal(argv[0], "-d") && argv[1] != NULL && has_trace_item(argv[1])) {
        int r = set_items(argv[1]);
        return r < 0 ? r : 2;
    }
    int taken = log_option(argv[0], argv[1]);
    return taken != 0 ? taken : trace_option(argv);
}
