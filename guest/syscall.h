/* SPDX-License-Identifier: MIT
 *
 * syscall.h: within the system calls: those that are more than the host's of the
 * same name.
 */
#ifndef ETCH_GUEST_SYSCALL_H
#define ETCH_GUEST_SYSCALL_H

#include <limits.h>
#include <stdint.h>

#include "cpu.h"

/* The arguments are the guest's registers a0 to a5; the result, or -errno. */
#define PASS(number, name, arguments)
#define NONE(number, name)
#define OWN(number, name) int64_t sys_##name(struct guest_cpu *cpu, const uint64_t *a);
#include "syscalls.def"
#undef PASS
#undef NONE
#undef OWN

/* Where a path leads: below the sysroot (-L) if it is there, or itself. */
extern const char *guest_sysroot;    /* NULL: there is none */
extern const char *guest_executable; /* what the guest's /proc/self/exe is */
const char *guest_path(const char *path, char found[PATH_MAX]);
/* `path`, relative to `folder`, is /proc/self/exe or the same by another name. */
bool guest_path_is_self(const char *path);

/* How etch-guest is started anew: its path and options, NULL at the end. */
extern char *const *guest_restart;

#endif
