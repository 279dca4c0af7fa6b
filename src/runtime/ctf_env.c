/* SPDX-License-Identifier: MIT
 *
 * ctf_env.c: what a CTF trace's metadata tell of the process: machine, program,
 * command line, build id.
 *
 * Reads:  uname, /proc of the process, its program headers.
 * Writes: lines of the environment block.
 * Never:  calls libc: the drain writes metadata, too.
 */
#include <elf.h>
#include <sys/utsname.h>

#include "format/tsdl.h"
#include "runtime/ctf_metadata.h"
#include "runtime/folder.h"
#include "runtime/session.h"
#include "runtime/sys.h"

static size_t read_file(const char *path, void *data, size_t size)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    size_t used = 0;
    for (long n; used < size && (n = sys_read(fd, (char *)data + used, size - used)) > 0;)
        used += (size_t)n;
    sys_close(fd);
    return used;
}

/* Arguments with blanks between them, as ps shows them. */
static void env_command(struct text *t)
{
    char line[4096];
    size_t n = read_file("/proc/self/cmdline", line, sizeof(line));
    for (size_t i = 0; i + 1 < n; i++)
        if (line[i] == '\0')
            line[i] = ' ';
    if (n != 0 && line[n - 1] == '\0')
        n--;
    if (n != 0)
        tsdl_env_string(t, "command", line, n);
}

static void env_executable(struct text *t)
{
    char path[PATH_SIZE], name[64];
    long n = sys6(SYS_readlinkat, AT_FDCWD, SYS_PTR("/proc/self/exe"), SYS_PTR(path), sizeof(path),
                  0, 0);
    if (n > 0)
        tsdl_env_string(t, "executable", path, (size_t)n);
    n = (long)read_file("/proc/self/comm", name, sizeof(name));
    if (n > 1)
        tsdl_env_string(t, "procname", name, (size_t)n - 1);
}

/* The executable's program headers, as the kernel mapped them: NULL if it does
 * not say. */
static const Elf64_Phdr *program_headers(size_t *count)
{
    uint64_t auxv[64][2];
    size_t n = read_file("/proc/self/auxv", auxv, sizeof(auxv)) / sizeof(auxv[0]);
    const Elf64_Phdr *headers = NULL;
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        if (auxv[i][0] == AT_PHDR)
            headers = (const Elf64_Phdr *)(uintptr_t)auxv[i][1];
        if (auxv[i][0] == AT_PHNUM)
            *count = auxv[i][1];
    }
    return headers;
}

/* The build id among the notes of a segment, in hexadecimal. */
static bool build_id_in(struct text *t, const unsigned char *p, const unsigned char *end)
{
    while ((size_t)(end - p) >= sizeof(Elf64_Nhdr)) {
        const Elf64_Nhdr *note = (const Elf64_Nhdr *)(const void *)p;
        size_t name = (note->n_namesz + 3u) & ~3u, size = (note->n_descsz + 3u) & ~3u;
        const unsigned char *id = p + sizeof(*note) + name;
        if (name > (size_t)(end - p) - sizeof(*note) ||
            size > (size_t)(end - p) - sizeof(*note) - name)
            return false;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && note->n_descsz <= 64) {
            char hex[2 * 64];
            for (size_t i = 0; i < note->n_descsz; i++) {
                hex[2 * i] = "0123456789abcdef"[id[i] >> 4];
                hex[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
            }
            tsdl_env_string(t, "build_id", hex, 2 * note->n_descsz);
            return true;
        }
        p = id + size;
    }
    return false;
}

/* They lie in the first page of the file, which is mapped. */
static void env_build_id(struct text *t)
{
    size_t n;
    const Elf64_Phdr *h = program_headers(&n);
    const Elf64_Phdr *first = NULL;
    for (size_t i = 0; h != NULL && i < n; i++)
        if (h[i].p_type == PT_LOAD && h[i].p_offset == 0)
            first = &h[i];
    if (first == NULL)
        return;
    uintptr_t base = ((uintptr_t)h & ~(uintptr_t)4095) - first->p_vaddr;
    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = (const unsigned char *)(base + (uintptr_t)h[i].p_vaddr);
        if (h[i].p_type == PT_NOTE && build_id_in(t, p, p + h[i].p_memsz))
            return;
    }
}

void ctf_env(struct text *t, const struct session *s)
{
    struct utsname machine;
    if (sys6(SYS_uname, SYS_PTR(&machine), 0, 0, 0, 0, 0) == 0) {
        tsdl_env_string(t, "hostname", machine.nodename, text_length(machine.nodename));
        tsdl_env_string(t, "sysname", machine.sysname, text_length(machine.sysname));
        tsdl_env_string(t, "release", machine.release, text_length(machine.release));
        tsdl_env_string(t, "machine", machine.machine, text_length(machine.machine));
    }
    tsdl_env_number(t, "vpid", s->pid);
    tsdl_env_number(t, "ppid", (uint64_t)sys_getppid());
    tsdl_env_number(t, "start_time", s->pool->start_time);
    env_executable(t);
    env_command(t);
    env_build_id(t);
    tsdl_env_number(t, "long_size", sizeof(long));
    tsdl_env_number(t, "pointer_size", sizeof(void *));
    tsdl_env_number(t, "char_signed", (char)-1 < 0);
}
