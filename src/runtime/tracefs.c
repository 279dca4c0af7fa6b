/* SPDX-License-Identifier: MIT
 *
 * tracefs.c: where the kernel's tracefs is mounted.
 *
 * Reads:  /proc/self/mounts; what it names is looked at.
 * Writes: nothing.
 */
#include "runtime/folder.h"
#include "runtime/line.h"
#include "runtime/sys.h"

/* A word of a line of /proc/self/mounts, its octal escapes undone; *at moves
 * behind it and the blank. */
static void read_word(const char **at, struct text *word)
{
    const char *s = *at;
    for (; *s != '\0' && *s != ' '; s++) {
        char c = *s;
        if (c == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
            s[3] <= '7') {
            c = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 3;
        }
        text_bytes(word, &c, 1);
    }
    *at = *s == ' ' ? s + 1 : s;
}

/* Whether a line mounts a tracefs, or a debugfs, in which it lies in a folder:
 * then its name is in `path`. */
static bool is_mount(const char *line, struct text *path)
{
    char device_text[64], type_text[64];
    struct text device = text_in(device_text, sizeof(device_text));
    struct text type = text_in(type_text, sizeof(type_text));
    path->used = 0;
    path->cut = false;
    read_word(&line, &device);
    read_word(&line, path);
    read_word(&line, &type);
    if (text_equal(type_text, "debugfs"))
        text_add(path, "/tracing");
    else if (!text_equal(type_text, "tracefs"))
        return false;
    return !path->cut;
}

static bool has_marker(const struct text *path)
{
    int folder = sys_openat(AT_FDCWD, path->data, O_PATH | O_CLOEXEC, 0);
    if (folder < 0)
        return false;
    int fd = sys_openat(folder, "trace_marker", O_PATH | O_CLOEXEC, 0);
    sys_close(folder);
    if (fd >= 0)
        sys_close(fd);
    return fd >= 0;
}

static bool find_mount(struct text *path)
{
    int fd = sys_openat(AT_FDCWD, "/proc/self/mounts", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    char line_text[PATH_SIZE], data[1024];
    struct text line = text_in(line_text, sizeof(line_text));
    bool found = false;
    long n;
    while (!found && (n = sys_read(fd, data, sizeof(data))) > 0) {
        for (long i = 0; i < n && !found; i++) {
            if (data[i] != '\n') {
                text_bytes(&line, &data[i], 1);
                continue;
            }
            found = !line.cut && is_mount(line_text, path) && has_marker(path);
            line = text_in(line_text, sizeof(line_text));
        }
    }
    sys_close(fd);
    return found;
}

int etch_tracefs_find(struct text *path)
{
    static const char *const usual[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    if (find_mount(path))
        return 0;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        *path = text_in(path->data, path->size);
        text_add(path, usual[i]);
        if (has_marker(path))
            return 0;
    }
    return -ENOENT;
}
