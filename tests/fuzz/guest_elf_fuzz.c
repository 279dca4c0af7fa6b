/* SPDX-License-Identifier: MIT
 *
 * guest_elf_fuzz.c: any bytes as a guest's program: it is refused with a reason,
 * or mapped where a guest may be.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "files.h"
#include "guest/elf.h"
#include "guest/memory.h"
#include "guest/thread.h"

static void start(void)
{
    static bool started;
    if (started)
        return;
    guest_engine = &guest_interpreter;
    if (guest_first_thread() == NULL || guest_memory_start() < 0)
        abort();
    started = true;
}

static void map(struct elf_file *file)
{
    const char *error = NULL;
    int code = elf_map(file, GUEST_TOP / 2, &error);
    uint64_t start_at = file->low + file->bias, size = file->high - file->low;
    if ((code < 0) != (error != NULL))
        abort();
    if (code == 0 && !guest_memory_owns(start_at, size))
        abort();
    elf_headers(file);
    /* Whatever was mapped. */
    if (guest_memory_owns(start_at, size))
        guest_munmap(start_at, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct elf_file file;
    const char *error = NULL;
    start();
    fuzz_enter();
    fuzz_write("program", data, size);
    int fd = open(fuzz_path("program"), O_RDONLY | O_CLOEXEC);
    int code = elf_read(&file, fd, &error);
    if ((code < 0) != (error != NULL))
        abort();
    /* Larger ones would take long to note page by page. */
    if (code == 0 && file.high - file.low <= 1 << 26)
        map(&file);
    close(fd);
    return 0;
}
