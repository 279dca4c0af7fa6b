/* SPDX-License-Identifier: MIT
 *
 * control_fuzz.c: any bytes as a control page, which the process that it names scribbles
 * over: what etch reads there is printable, ends, and leads nowhere else.
 *
 * The input is the page, zeros behind it.
 */
#include <fcntl.h>

#include "attach/names.h"
#include "attach/page.h"
#include "files.h"

#define PAGE_SIZE_MIN (ETCH_CONTROL_HEADER_SIZE + 4096)

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void require_printable(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    require(length < size);
    for (size_t i = 0; i < length; i++)
        require((unsigned char)text[i] >= ' ' || text[i] == '\n');
}

static void read_page(struct attach *a)
{
    struct etch_control_recording recording;
    char waiting[ETCH_CONTROL_TEXT], *error = NULL;
    size_t events[ATTACH_BACKENDS], n;
    const uint16_t *words;
    if (attach_status(a, &recording, waiting) == 0) {
        require_printable(waiting, sizeof(waiting));
        require_printable(recording.trace_path, sizeof(recording.trace_path));
        require_printable(recording.ctf_path, sizeof(recording.ctf_path));
        require_printable(attach_output(&recording), sizeof(recording.ctf_path));
    }
    attach_record_error(a);
    if (attach_events(a, &n, &error) == 0 && attach_words(a, &words, &error) == 0) {
        attach_backends(a, events);
        for (size_t i = 0; i < n && i < 1000; i++) {
            struct attach_event e = attach_event(a, i);
            require(e.name != NULL);
            attach_on_cpu(a, i, words[i]);
            if (!e.disabled)
                require(attach_set(a, i, 1, 1) == 0);
        }
        attach_timer(a, 1);
    }
    free(error);
    /* What waits is kept as far as it is lines; a rule more, and once more. */
    for (int i = 0; i < 2; i++)
        attach_rule(a, "event if n == 1");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char zeros[PAGE_SIZE_MIN];
    struct stat st;
    const char *why = NULL;
    fuzz_enter();
    const char *path = fuzz_path("control.1.0");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    if (size < PAGE_SIZE_MIN)
        require(write(fd, zeros, PAGE_SIZE_MIN - size) == (ssize_t)(PAGE_SIZE_MIN - size));
    close(fd);
    int dir = open(fuzz_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct attach *a = calloc(1, sizeof(*a));
    require(dir >= 0 && a != NULL);
    a->fd = page_open(dir, "control.1.0", geteuid(), &st, &a->header, &why);
    close(dir);
    /* No process's: a description is in the page or nowhere. */
    a->process.pid = a->process.inner = INT32_MAX;
    if (a->fd < 0) {
        free(a);
        return 0;
    }
    read_page(a);
    attach_close(a);
    return 0;
}
